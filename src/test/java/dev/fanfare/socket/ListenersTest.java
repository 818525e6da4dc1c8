package dev.fanfare.socket;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.Patience;
import dev.fanfare.testkit.TestCertificate;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that connect faster than they are served. */
@SuppressWarnings("NullAway.Init") // each test listens first
class ListenersTest {

    /** The kernel queues as many in addition to those accepted. */
    private static final int BACKLOG = 1024;

    /** In the tables of the kernel. */
    private static final String ESTABLISHED = "01";

    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger served = new AtomicInteger();
    private final List<Socket> clients = new ArrayList<>();
    private Listeners listeners;
    private Vertx vertx;
    private NetServer server;

    private void listen(int limit) throws Exception {
        listen(limit, false);
    }

    private void listen(int limit, boolean tls) throws Exception {
        listeners = new Listeners(limit, port -> true, refused::incrementAndGet, null);
        vertx = listeners
                .bound(Vertx.builder().with(new VertxOptions().setEventLoopPoolSize(1)))
                .build();
        server = listener(tls);
    }

    private NetServer listener(boolean tls) throws Exception {
        NetServerOptions options = new NetServerOptions().setAcceptBacklog(BACKLOG);
        if (tls) {
            options.setSsl(true)
                    .setSslHandshakeTimeout(Patience.LIMIT.toSeconds())
                    .setKeyCertOptions(TestCertificate.get().serverOptions());
        }
        return vertx.createNetServer(options)
                .connectHandler(socket -> served.incrementAndGet())
                .listen(0, "127.0.0.1")
                .await(60, TimeUnit.SECONDS);
    }

    private void connect(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Socket client = new Socket(InetAddress.getLoopbackAddress(), server.actualPort());
            client.setSoTimeout((int) Patience.LIMIT.toMillis());
            clients.add(client);
        }
    }

    @AfterEach
    void close() throws Exception {
        for (Socket client : clients) {
            client.close();
        }
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    @Test
    void noneIsAcceptedWhileManyWaitForTheEventLoop() throws Exception {
        listen(10_000);
        connect(1);
        await().until(() -> served.get() == 1);
        CountDownLatch busy = new CountDownLatch(1);
        vertx.runOnContext(v -> {
            try {
                assertTrue(busy.await(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            connect(Listeners.WAITING);
            await().until(() -> accepted() > Listeners.WAITING);
            connect(500);
            long accepted = accepted();
            assertTrue(accepted < Listeners.WAITING + 101, "accepted " + accepted);
            assertEquals(1, served.get());
        } finally {
            busy.countDown();
        }
        await().until(() -> served.get() == clients.size());
        assertEquals(0, refused.get());
    }

    @Test
    void socketsAboveTheLimitAreClosedUntilOthersEnd() throws Exception {
        listen(5);
        connect(5);
        await().until(() -> served.get() == 5);
        connect(3);
        for (Socket client : clients.subList(5, 8)) {
            assertEquals(-1, client.getInputStream().read());
        }
        assertEquals(3, refused.get());
        clients.get(0).close();
        await().until(() -> {
            connect(1);
            return served.get() > 5;
        });
    }

    @Test
    void silentSocketsGiveWayToOnesThatCompleteTheirTlsHandshake() throws Exception {
        listen(5, true);
        connect(5);
        await().until(() -> listeners.handshaking() == 5);
        connect(1);
        assertEquals(-1, clients.get(0).getInputStream().read());
        for (int i = 1; i <= 5; i++) {
            handshake();
            int expected = i;
            await().until(() -> served.get() == expected);
        }
        assertEquals(6, refused.get());
        connect(1);
        assertEquals(-1, clients.get(clients.size() - 1).getInputStream().read());
        assertEquals(5, served.get());
    }

    @Test
    void listenersShareTheirPlaces() throws Exception {
        listen(5);
        connect(5);
        await().until(() -> served.get() == 5);
        server = listener(false);
        connect(1);
        assertEquals(-1, clients.get(5).getInputStream().read());
    }

    private void handshake() throws Exception {
        connect(1);
        Socket plain = clients.get(clients.size() - 1);
        SSLSocket tls = (SSLSocket) TestCertificate.get()
                .clientContext()
                .getSocketFactory()
                .createSocket(plain, "localhost", plain.getPort(), true);
        tls.startHandshake();
    }

    /** Sockets of the server that the kernel has handed over: those in its queue have no inode yet. */
    private long accepted() throws IOException {
        String port = String.format(":%04X", server.actualPort());
        long accepted = 0;
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            try (Stream<String> lines = Files.lines(Path.of(table))) {
                accepted += lines.map(line -> line.strip().split(" +"))
                        .filter(columns ->
                                columns[1].endsWith(port) && columns[3].equals(ESTABLISHED) && !columns[9].equals("0"))
                        .count();
            }
        }
        return accepted;
    }
}
