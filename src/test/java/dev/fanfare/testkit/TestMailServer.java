package dev.fanfare.testkit;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A mail server of which a test decides how it behaves: it may offer STARTTLS, which GreenMail does not, and it may do
 * wrong. One thread for each connection.
 */
public final class TestMailServer implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 10;

    private final ServerSocket listener;
    private final Behaviour behaviour;
    private final BlockingQueue<Dialogue> ended = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> mails = new LinkedBlockingQueue<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();

    /** What it does with a connection. */
    public interface Behaviour {
        void talk(Dialogue dialogue) throws IOException;
    }

    private TestMailServer(String address, Behaviour behaviour) {
        this.behaviour = behaviour;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getByName(address));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        daemon(this::accept);
    }

    public static TestMailServer start(Behaviour behaviour) {
        return start("127.0.0.1", behaviour);
    }

    /** @param address of this machine */
    public static TestMailServer start(String address, Behaviour behaviour) {
        return new TestMailServer(address, behaviour);
    }

    /** Behaves well, with STARTTLS. */
    public static TestMailServer withStartTls(TestCertificate certificate) {
        return start(dialogue -> {
            dialogue.say("220 test");
            dialogue.serve(certificate.serverContext(), "secret");
        });
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "test mail server");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                accepted.incrementAndGet();
                sockets.add(socket);
                daemon(() -> talk(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void talk(Socket socket) {
        try (socket) {
            Dialogue dialogue = new Dialogue(socket);
            try {
                behaviour.talk(dialogue);
            } catch (IOException e) {
                // The client has gone, which is for the test to judge.
            } finally {
                ended.add(dialogue);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** How many connections it has accepted. */
    public int accepted() {
        return accepted.get();
    }

    /** Waits until a connection has ended. */
    public Dialogue awaitEnd() throws InterruptedException {
        return present(ended.poll(PATIENCE_SECONDS, TimeUnit.SECONDS), "no connection ended");
    }

    /** Waits for a mail: its lines as they came, without the dot. */
    public String awaitMail() throws InterruptedException {
        return present(mails.poll(PATIENCE_SECONDS, TimeUnit.SECONDS), "no mail");
    }

    private static <T> T present(@Nullable T value, String otherwise) {
        if (value == null) {
            throw new AssertionError(otherwise);
        }
        return value;
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One connection. Used on its thread; the lines may be read when it has ended. */
    public final class Dialogue {

        private final List<String> lines = new ArrayList<>();
        private Socket socket;
        private InputStream in;
        private OutputStream out;

        private Dialogue(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new BufferedInputStream(socket.getInputStream());
            this.out = socket.getOutputStream();
        }

        /** What the client has sent so far. */
        public List<String> lines() {
            return lines;
        }

        public void say(String line) throws IOException {
            write(line + "\r\n");
        }

        public void write(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        /** The next line of the client. Fails at the end. */
        public String read() throws IOException {
            StringBuilder line = new StringBuilder();
            int next = in.read();
            while (next != '\n') {
                if (next < 0) {
                    throw new IOException("the client has ended the connection");
                }
                if (next != '\r') {
                    line.append((char) next);
                }
                next = in.read();
            }
            lines.add(line.toString());
            return line.toString();
        }

        /** Reads until the client ends the connection. */
        public void readToEnd() throws IOException {
            while (true) {
                read();
            }
        }

        /** Reads a command and answers it. */
        public String answer(String answer) throws IOException {
            String command = read();
            say(answer);
            return command;
        }

        /** Begins TLS. */
        public void secure(SSLContext context) throws IOException {
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, null, -1, true);
            tls.setUseClientMode(false);
            tls.startHandshake();
            socket = tls;
            in = new BufferedInputStream(tls.getInputStream());
            out = tls.getOutputStream();
        }

        /**
         * Serves one client as a mail server does, after the greeting. Addresses that begin with "refused" are refused.
         *
         * @param context for STARTTLS; null if it is not offered
         * @param password that AUTH PLAIN requires of any user
         */
        public void serve(@Nullable SSLContext context, String password) throws IOException {
            SSLContext offered = context;
            for (String line = read(); ; line = read()) {
                String command = line.split(" ")[0];
                switch (command) {
                    case "EHLO" -> {
                        say("250-test");
                        if (offered != null) {
                            say("250-STARTTLS");
                        }
                        say("250 AUTH PLAIN");
                    }
                    case "STARTTLS" -> {
                        say("220 go ahead");
                        secure(Objects.requireNonNull(offered));
                        offered = null;
                    }
                    case "AUTH" -> {
                        byte[] given = Base64.getDecoder().decode(line.substring("AUTH PLAIN ".length()));
                        boolean right = new String(given, StandardCharsets.UTF_8).endsWith("\0" + password);
                        say(right ? "235 welcome" : "535 no, not " + new String(given, StandardCharsets.UTF_8));
                    }
                    case "RCPT" -> say(line.contains("<refused") ? "550 no such user" : "250 fine");
                    case "DATA" -> {
                        say("354 begin");
                        mails.add(readMail());
                        say("250 accepted");
                    }
                    case "QUIT" -> {
                        say("221 bye");
                        return;
                    }
                    default -> say("250 fine");
                }
            }
        }

        private String readMail() throws IOException {
            StringBuilder mail = new StringBuilder();
            for (String line = read(); !line.equals("."); line = read()) {
                mail.append(line).append('\n');
            }
            return mail.toString();
        }
    }
}
