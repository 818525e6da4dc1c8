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
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS of the event bus, some of which this release of Vert.x lets us set only by its private fields. */
class BusTest {

    private static final ClusterTls TLS = ClusterTls.derived(List.of("an-access-key-of-the-cluster"));

    private final Instant[] now = {Instant.now()};
    private final MemberCredentials credentials = new MemberCredentials(TLS, "fanfare", "n", () -> now[0]);
    private final Queue<Refusal> refused = new ConcurrentLinkedQueue<>();
    private final List<Vertx> open = new ArrayList<>();

    /** A bus of a cluster with this name; the authority is that of the cluster {@code fanfare}. */
    private Vertx bus(int port, String clusterName) throws Exception {
        credentials.refresh();
        ClusterOptions options =
                ClusterOptions.at("127.0.0.1", TLS).withPorts(1, port).withName(clusterName);
        ClusterMembers members = new ClusterMembers(new MemberIdentity(true, "n", "127.0.0.1", port), bus -> {});
        Listeners listeners = new Listeners(Cluster.handshakes(options, new Refusals(refused::add)));
        Vertx vertx = get(listeners
                .bound(Vertx.builder())
                .with(new VertxOptions().setEventLoopPoolSize(1).setEventBusOptions(Bus.options(options, credentials)))
                .withClusterManager(members)
                .buildClustered());
        open.add(vertx);
        get(Bus.renew(vertx, credentials, clusterName));
        return vertx;
    }

    @AfterEach
    void close() throws Exception {
        for (Vertx vertx : open) {
            get(vertx.close());
        }
    }

    @Test
    void newConnectionsUseTheRenewedCertificate() throws Exception {
        int port = FreePorts.take(1).get(0);
        Vertx vertx = bus(port, "fanfare");
        Certificate first = connect(port, null);
        assertEquals(first, connect(port, null));

        now[0] = now[0].plus(Duration.ofHours(13));
        assertTrue(credentials.refresh());
        get(Bus.renew(vertx, credentials, "fanfare"));

        assertTrue(!first.equals(connect(port, null)));
        assertTrue(refused.isEmpty());
    }

    @Test
    void busesOfClustersWithDifferentNamesRefuseEachOther() throws Exception {
        List<Integer> ports = FreePorts.take(3);
        NetClient ours = Bus.part(bus(ports.get(0), "fanfare").eventBus(), "client", NetClient.class);
        bus(ports.get(1), "fanfare");
        bus(ports.get(2), "other");

        NetSocket same = get(ours.connect(ports.get(1), "127.0.0.1"));
        assertEquals("fanfare-members/fanfare", same.applicationLayerProtocol());
        assertTrue(refused.isEmpty());
        assertThrows(IOException.class, () -> get(ours.connect(ports.get(2), "127.0.0.1")));
        await().until(() -> !refused.isEmpty());
        assertEquals(Refusal.CLUSTER_NAME, refused.poll());
    }

    /** Such as one of a release that did not name its cluster. */
    @Test
    void aPeerThatNamesNoClusterIsLetIn() throws Exception {
        int port = FreePorts.take(1).get(0);
        bus(port, "fanfare");
        connect(port, null);
        connect(port, "fanfare-members/fanfare");
        assertTrue(refused.isEmpty());
        assertThrows(IOException.class, () -> connect(port, "fanfare-members/other"));
    }

    /** A length of the whole, and one of a string in a frame of the right length. */
    @ParameterizedTest
    @ValueSource(strings = {"7fffffff", "0000000a 01 01 00 7fffff00 610000"})
    void aPeerWithACertificateThatSendsAnImpossibleLengthIsClosed(String frame) throws Exception {
        int port = FreePorts.take(1).get(0);
        bus(port, "fanfare");
        try (SSLSocket socket =
                (SSLSocket) credentials.context().getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.getOutputStream().write(HexFormat.of().parseHex(frame.replace(" ", "")));
            assertTrue(socket.getInputStream().read() < 0);
        }
        await().until(() -> !refused.isEmpty());
        assertEquals(Refusal.FRAME, refused.poll());
    }

    @Test
    void aPeerWithoutTlsThatSendsAnImpossibleLengthIsClosed() throws Exception {
        int port = FreePorts.take(1).get(0);
        ClusterOptions options =
                ClusterOptions.at("127.0.0.1", ClusterTls.off()).withPorts(1, port);
        Listeners listeners = new Listeners(Cluster.handshakes(options, new Refusals(refused::add)));
        MemberCredentials none = new MemberCredentials(ClusterTls.off(), "fanfare", "n", () -> now[0]);
        open.add(get(listeners
                .bound(Vertx.builder())
                .with(new VertxOptions().setEventLoopPoolSize(1).setEventBusOptions(Bus.options(options, none)))
                .withClusterManager(new ClusterMembers(new MemberIdentity(true, "n", "127.0.0.1", port), bus -> {}))
                .buildClustered()));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(new byte[] {0x7f, 0, 0, 0, 1});
            assertTrue(socket.getInputStream().read() < 0);
        }
        assertEquals(Refusal.FRAME, refused.poll());
    }

    /** Where there is no bound, a silent peer is closed when its time for the handshake is over, and not before. */
    @Test
    void theBusOfAGuestHasABoundOnSilentPeers() throws Exception {
        List<Integer> ports = FreePorts.take(2);
        Cluster guest = get(Cluster.openGuest(
                new VertxOptions().setEventLoopPoolSize(1),
                ClusterOptions.at("127.0.0.1", TLS).withPorts(ports.get(0), ports.get(1)),
                "guest",
                InstantSource.system()));
        open.add(guest.vertx());
        await().until(() -> closesEarly(ports.get(1)));
    }

    private static boolean closesEarly(int port) throws IOException {
        List<Socket> peers = new ArrayList<>();
        try {
            long start = System.nanoTime();
            for (int i = 0; i < 1200; i++) {
                peers.add(new Socket(InetAddress.getLoopbackAddress(), port));
            }
            return peers.get(0).getInputStream().read() < 0
                    && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(Bus.HANDSHAKE_SECONDS);
        } finally {
            for (Socket peer : peers) {
                peer.close();
            }
        }
    }

    /** The certificate of the bus that listens there. */
    private Certificate connect(int port, @Nullable String application) throws IOException {
        try (SSLSocket socket =
                (SSLSocket) credentials.context().getSocketFactory().createSocket("127.0.0.1", port)) {
            if (application != null) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setApplicationProtocols(new String[] {application});
                socket.setSSLParameters(parameters);
            }
            socket.startHandshake();
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.await(30, TimeUnit.SECONDS);
    }
}
