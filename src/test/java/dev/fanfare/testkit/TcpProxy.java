package dev.fanfare.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The network between a client and a server on this machine, which fails when told to. Any thread may call.
 *
 * <p>What has begun passes or not as a whole; what was not read when a connection is cut is lost, as it is on a real
 * network.
 */
public final class TcpProxy implements AutoCloseable {

    private final ServerSocket listener;
    private final int target;
    private final Gate gate = new Gate();
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();

    private TcpProxy(ServerSocket listener, int target) {
        this.listener = listener;
        this.target = target;
    }

    /** Starts a proxy in front of a port of the loopback interface. */
    public static TcpProxy to(int target) throws IOException {
        TcpProxy proxy = new TcpProxy(new ServerSocket(0, 0, InetAddress.getLoopbackAddress()), target);
        run("proxy-accept", proxy::accept);
        return proxy;
    }

    /** Where clients connect instead. */
    public int port() {
        return listener.getLocalPort();
    }

    /** How many connections came so far. */
    public int accepted() {
        return accepted.get();
    }

    /** How many connections there are. */
    public int open() {
        return links.size();
    }

    /** Cuts all connections with RST at both ends. */
    public void reset() {
        links.forEach(Link::reset);
    }

    /** Ends all connections with FIN at both ends. */
    public void finish() {
        links.forEach(Link::finish);
    }

    /** Cuts all connections with RST at the client's end. The server is not told, and hears nothing any more. */
    public void resetClients() {
        links.forEach(Link::resetClient);
    }

    /** Holds all bytes, of connections to come, too. */
    public void freeze() {
        gate.shut();
    }

    /** Lets held bytes pass, and all that follow, at once. */
    public void heal() {
        gate.open();
    }

    /** Holds bytes for a time each before they pass; they come later, and in fewer pieces. */
    public void delay(Duration time) {
        gate.delay(time);
    }

    /** Ends the proxy and its connections. */
    @Override
    public void close() throws IOException {
        listener.close();
        heal();
        reset();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                accepted.incrementAndGet();
                link(client);
            } catch (IOException closed) {
                // The loop ends, or the next client may have more luck.
            }
        }
    }

    private void link(Socket client) throws IOException {
        Socket server = new Socket();
        try {
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
        } catch (IOException unreachable) {
            cut(client);
            return;
        }
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        Link link = new Link(client, server);
        links.add(link);
        run("proxy-up", () -> link.pump(client, server));
        run("proxy-down", () -> link.pump(server, client));
    }

    private static void run(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void cut(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException alreadyClosed) {
            // As wanted.
        }
    }

    private static void end(Socket socket) {
        try {
            socket.shutdownOutput();
        } catch (IOException alreadyClosed) {
            // As wanted.
        }
    }

    /** A client's connection and the one to the server that belongs to it. */
    private final class Link {

        private final Socket client;
        private final Socket server;
        private final AtomicInteger pumping = new AtomicInteger(2);
        private volatile boolean severed;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void pump(Socket from, Socket to) {
            try {
                forward(from, to);
            } catch (IOException broken) {
                if (!severed) {
                    reset();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (pumping.decrementAndGet() == 0) {
                reset();
            }
        }

        private void forward(Socket from, Socket to) throws IOException, InterruptedException {
            byte[] buffer = new byte[16 * 1024];
            int length;
            do {
                length = from.getInputStream().read(buffer);
                gate.pass();
                if (!severed && length > 0) {
                    to.getOutputStream().write(buffer, 0, length);
                }
            } while (length >= 0);
            if (!severed) {
                to.shutdownOutput();
            }
        }

        void reset() {
            severed = true;
            cut(client);
            cut(server);
            links.remove(this);
        }

        void finish() {
            severed = true;
            end(client);
            end(server);
        }

        void resetClient() {
            severed = true;
            cut(client);
        }
    }

    /** Where bytes wait, if they have to. */
    private static final class Gate {

        private boolean shut;
        private Duration delay = Duration.ZERO;

        synchronized void shut() {
            shut = true;
        }

        synchronized void open() {
            shut = false;
            notifyAll();
        }

        synchronized void delay(Duration time) {
            delay = time;
        }

        void pass() throws InterruptedException {
            Thread.sleep(currentDelay().toMillis());
            awaitOpen();
        }

        private synchronized Duration currentDelay() {
            return delay;
        }

        private synchronized void awaitOpen() throws InterruptedException {
            while (shut) {
                wait();
            }
        }
    }
}
