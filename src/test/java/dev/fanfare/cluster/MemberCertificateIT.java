package dev.fanfare.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.socket.Listeners;
import dev.fanfare.testkit.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster whose certificates end while it runs, and are replaced. */
@Tag("attack")
class MemberCertificateIT {

    private static final Duration UNTIL_THE_END = Duration.ofSeconds(12);
    private static final int NODES = 3;

    private final List<Integer> ports = FreePorts.take(2 * NODES);
    private final Map<Integer, Cluster> clusters = new HashMap<>();
    private final Queue<Refusal> refused = new ConcurrentLinkedQueue<>();

    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private DerivedAuthority authority;

    @AfterEach
    void close() throws Exception {
        for (Cluster cluster : clusters.values()) {
            get(cluster.vertx().close());
        }
    }

    @Test
    void aClusterOutlivesItsCertificatesAndGrowsWhenTheyAreReplaced(@TempDir Path directory) throws Exception {
        folder = directory;
        authority = DerivedAuthority.derive("an-authority-of-our-own", "any");
        Instant later = Instant.now().plus(Duration.ofDays(1));
        for (int node = 0; node < 2; node++) {
            issue(node, later);
            start(node);
        }
        await().until(() -> cluster(0).members().size() == 2);
        // The connections of the bus are those of the certificates that end.
        Instant end = Instant.now().plus(UNTIL_THE_END);
        replace(end);
        MemberCredentials ending = new MemberCredentials(files(0), "fanfare", "raw", InstantSource.system());
        ending.refresh();
        connect(ending);
        assertTrue(answers(0, 1) && answers(1, 0), "too slow");

        await().until(() -> Instant.now().isAfter(end.plusSeconds(1)));
        assertTrue(answers(0, 1) && answers(1, 0), "after the end");
        refused.clear();
        assertThrows(IOException.class, () -> connect(ending));
        await().until(() -> refused.contains(Refusal.CERTIFICATE));
        issue(2, later);
        start(2);
        assertEquals(List.of("n2"), cluster(2).members());
        assertEquals(2, cluster(0).members().size());
        assertTrue(answers(0, 1) && answers(1, 0), "after a third was refused");

        replace(later);
        await().until(() ->
                clusters.values().stream().allMatch(cluster -> cluster.members().size() == NODES));
        await().until(() -> answers(0, 2) && answers(2, 1));
    }

    @Test
    void filesThatCannotBeUsedAreCounted(@TempDir Path directory) throws Exception {
        folder = directory;
        authority = DerivedAuthority.derive("an-authority-of-our-own", "any");
        issue(0, Instant.now().plus(Duration.ofDays(1)));
        start(0);
        get(cluster(0).refresh());
        assertEquals(0, cluster(0).failedRefreshes());

        Files.writeString(folder.resolve("0.crt"), "no certificate");
        assertThrows(Exception.class, () -> get(cluster(0).refresh()));
        assertEquals(1, cluster(0).failedRefreshes());
        assertTrue(cluster(0).certificateExpiry().isAfter(Instant.now()));

        issue(0, Instant.now().plus(Duration.ofDays(2)));
        get(cluster(0).refresh());
        assertEquals(1, cluster(0).failedRefreshes());
    }

    private Cluster cluster(int node) {
        return Objects.requireNonNull(clusters.get(node));
    }

    private ClusterTls files(int node) {
        return ClusterTls.files(
                folder.resolve(node + ".crt").toString(),
                folder.resolve(node + ".key").toString(),
                folder.resolve("ca.crt").toString());
    }

    /** Of the first two. */
    private void replace(Instant end) throws Exception {
        for (int node = 0; node < 2; node++) {
            issue(node, end);
            get(cluster(node).refresh());
        }
    }

    private void issue(int node, Instant end) throws Exception {
        KeyPair keys = DerivedAuthority.newKeys();
        byte[] certificate = authority
                .issue("n" + node, keys.getPublic(), end.minus(DerivedAuthority.VALID))
                .getEncoded();
        write("ca.crt", "CERTIFICATE", authority.certificate().getEncoded());
        write(node + ".crt", "CERTIFICATE", certificate);
        write(node + ".key", "PRIVATE KEY", keys.getPrivate().getEncoded());
    }

    private void write(String file, String type, byte[] content) throws IOException {
        String text = Base64.getMimeEncoder().encodeToString(content);
        Files.writeString(
                folder.resolve(file), "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n");
    }

    /** A member that answers at an address of its own. */
    private void start(int node) throws Exception {
        ClusterOptions options = ClusterOptions.at("127.0.0.1", files(node))
                .withPorts(ports.get(node), ports.get(NODES + node))
                .withMembers(ports.stream()
                        .limit(NODES)
                        .map(port -> "127.0.0.1:" + port)
                        .toArray(String[]::new));
        Refusals refusals = new Refusals(refused::add);
        Cluster cluster = get(Cluster.open(
                new Listeners(Cluster.handshakes(options, refusals)).bound(Vertx.builder()),
                new VertxOptions().setEventLoopPoolSize(1),
                options,
                "n" + node,
                InstantSource.system(),
                refusals,
                bus -> {}));
        clusters.put(node, cluster);
        cluster.vertx().eventBus().consumer("echo.n" + node, message -> message.reply(message.body()));
        get(cluster.join());
    }

    private boolean answers(int from, int to) {
        try {
            Future<Boolean> answer =
                    cluster(from).vertx().eventBus().request("echo.n" + to, "x").map(reply -> "x".equals(reply.body()));
            return get(answer);
        } catch (Exception e) {
            return false;
        }
    }

    /** Connects to the bus of the first one, and waits for a moment whether it remains connected. */
    private void connect(MemberCredentials credentials) throws IOException {
        try (SSLSocket socket =
                (SSLSocket) credentials.context().getSocketFactory().createSocket("127.0.0.1", ports.get(NODES))) {
            socket.startHandshake();
            socket.setSoTimeout(500);
            if (socket.getInputStream().read() < 0) {
                throw new IOException("closed");
            }
        } catch (java.net.SocketTimeoutException e) {
            // connected
        }
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.await(60, TimeUnit.SECONDS);
    }
}
