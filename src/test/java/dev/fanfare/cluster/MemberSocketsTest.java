package dev.fanfare.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The port of the grid, and who gets in. */
class MemberSocketsTest {

    private static final String KEY = "an-access-key-of-the-cluster";
    private static final int CONNECT_MILLIS = 10_000;

    private final Queue<Refusal> refused = new ConcurrentLinkedQueue<>();
    private final BlockingQueue<Socket> members = new LinkedBlockingQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private ServerSocket server;

    @BeforeEach
    void listen() throws Exception {
        server = listen(credentials(ClusterTls.derived(List.of(KEY)), InstantSource.system()));
    }

    private ServerSocket listen(MemberCredentials credentials) throws IOException {
        MemberSockets sockets = new MemberSockets(credentials, "fanfare", new Refusals(refused::add));
        ServerSocket listener = sockets.createServerSocket("test");
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        open.add(listener);
        open.add(sockets);
        Thread acceptor = new Thread(() -> {
            try {
                while (true) {
                    members.add(listener.accept());
                }
            } catch (IOException e) {
                // closed
            }
        });
        acceptor.start();
        return listener;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private static MemberCredentials credentials(ClusterTls tls, InstantSource clock) throws Exception {
        MemberCredentials credentials = new MemberCredentials(tls, "fanfare", "n", clock);
        credentials.refresh();
        return credentials;
    }

    private Socket connect(MemberCredentials credentials, String clusterName) throws IOException {
        MemberSockets sockets = new MemberSockets(credentials, clusterName, new Refusals(reason -> {}));
        open.add(sockets);
        Socket socket = sockets.createSocket("test");
        open.add(socket);
        socket.connect(server.getLocalSocketAddress(), CONNECT_MILLIS);
        return socket;
    }

    private MemberCredentials ours() throws Exception {
        return credentials(ClusterTls.derived(List.of(KEY)), InstantSource.system());
    }

    /** Exchanges a byte in each direction. */
    private void assertMember(Socket socket) throws Exception {
        socket.getOutputStream().write(42);
        Socket accepted = Objects.requireNonNull(members.poll(CONNECT_MILLIS, TimeUnit.MILLISECONDS));
        assertEquals(42, accepted.getInputStream().read());
        accepted.getOutputStream().write(43);
        assertEquals(43, socket.getInputStream().read());
        accepted.close();
    }

    /** Writes, and expects that the other end closes the connection, for this reason. */
    private void assertRefused(Refusal reason, Socket socket, byte... bytes) {
        try {
            socket.setSoTimeout(CONNECT_MILLIS);
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
            InputStream in = socket.getInputStream();
            while (in.read() >= 0) {
                // a last word, such as an alert
            }
        } catch (IOException e) {
            // closed while writing or reading
        }
        await().until(() -> !refused.isEmpty());
        assertEquals(reason, refused.poll());
        assertTrue(members.isEmpty());
    }

    private Socket plain() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort());
        open.add(socket);
        return socket;
    }

    @Test
    void aMemberIsAccepted() throws Exception {
        assertMember(connect(ours(), "fanfare"));
        assertTrue(refused.isEmpty());
    }

    @Test
    void garbageIsRefused() throws Exception {
        byte[] bytes = new byte[2000];
        new Random(7).nextBytes(bytes);
        assertRefused(Refusal.PROTOCOL, plain(), bytes);
    }

    @Test
    void aLengthOfTwoGigabytesIsRefused() throws Exception {
        assertRefused(Refusal.PROTOCOL, plain(), (byte) 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0);
    }

    @Test
    void aPeerWithoutACertificateIsRefused() throws Exception {
        assertRefused(Refusal.CERTIFICATE, trustingAnyone(null), (byte) 1);
    }

    /** A connection without the checks of a member. */
    private SSLSocket trustingAnyone(KeyManager @Nullable [] keys) throws Exception {
        SSLContext anyone = SSLContext.getInstance("TLSv1.3");
        anyone.init(keys, new TrustManager[] {new TrustAll()}, new SecureRandom());
        SSLSocket socket = (SSLSocket)
                anyone.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), server.getLocalPort());
        open.add(socket);
        return socket;
    }

    @Test
    @SuppressWarnings("NullAway") // a Vert.x is needed only to find files by their names
    void aMemberOfAnotherAuthorityIsRefused() throws Exception {
        MemberCredentials theirs = credentials(ClusterTls.derived(List.of("another-key")), InstantSource.system());
        SSLSocket theirSocket =
                trustingAnyone(theirs.own().getKeyManagerFactory(null).getKeyManagers());
        assertRefused(Refusal.CERTIFICATE, theirSocket, (byte) 1);
    }

    /** It closes before the end of our handshake, which may cost us its alert. */
    @Test
    void aMemberRefusesAnotherAuthority() throws Exception {
        MemberCredentials theirs = credentials(ClusterTls.derived(List.of("another-key")), InstantSource.system());
        assertThrows(IOException.class, () -> connect(theirs, "fanfare"));
        Refusal reason = await().until(refused::poll, Objects::nonNull);
        assertTrue(reason == Refusal.CERTIFICATE || reason == Refusal.CLOSED, reason::toString);
    }

    /** With derived certificates the authorities differ already. */
    @Test
    void aMemberOfAClusterWithAnotherNameIsRefused() throws Exception {
        assertThrows(IOException.class, () -> connect(ours(), "other"));
        await().until(() -> !refused.isEmpty());
        assertEquals(Refusal.CLUSTER_NAME, refused.poll());
    }

    @Test
    void anyOfTheAccessKeysIsTrusted() throws Exception {
        assertRotation(List.of("new", KEY), true);
        assertRotation(List.of(KEY, "new"), true);
        assertRotation(List.of("new"), false);
    }

    /** A peer that trusts us, and is of the first of its keys. */
    private void assertRotation(List<String> keys, boolean oursHasBoth) throws Exception {
        server.close();
        server = listen(credentials(
                ClusterTls.derived(oursHasBoth ? List.of(KEY, "new") : List.of("new", KEY)), InstantSource.system()));
        assertMember(connect(credentials(ClusterTls.derived(keys), InstantSource.system()), "fanfare"));
    }

    @Test
    void clocksMayDifferByHours() throws Exception {
        for (int hours : new int[] {-20, -1, 1, 20}) {
            InstantSource clock = () -> Instant.now().plus(Duration.ofHours(hours));
            assertMember(connect(credentials(ClusterTls.derived(List.of(KEY)), clock), "fanfare"));
        }
    }

    @Test
    void anExpiredCertificateIsRefused() throws Exception {
        InstantSource clock = () -> Instant.now().minus(Duration.ofDays(8));
        MemberCredentials expired = credentials(ClusterTls.derived(List.of(KEY)), clock);
        assertThrows(
                IOException.class,
                () -> connect(expired, "fanfare").getInputStream().read());
        await().until(() -> !refused.isEmpty());
        assertEquals(Refusal.CERTIFICATE, refused.poll());
    }

    @Test
    void aCertificateIsReplacedBeforeItEnds() throws Exception {
        Instant[] now = {Instant.now()};
        MemberCredentials credentials = credentials(ClusterTls.derived(List.of(KEY)), () -> now[0]);
        Instant first = credentials.expiry();
        now[0] = now[0].plus(Duration.ofHours(11));
        assertTrue(!credentials.refresh());
        now[0] = now[0].plus(Duration.ofHours(2));
        assertTrue(credentials.refresh());
        assertTrue(credentials.expiry().isAfter(first.plus(Duration.ofHours(12))));
        assertMember(connect(credentials, "fanfare"));
        now[0] = now[0].minus(Duration.ofDays(30)); // the clock was wrong
        assertTrue(credentials.refresh());
    }

    @Test
    void aRecordingThatIsReplayedIsRefused() throws Exception {
        ByteArrayOutputStream recorded = new ByteArrayOutputStream();
        try (ServerSocket recorder = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread relay = new Thread(() -> relay(recorder, recorded));
            relay.start();
            MemberSockets sockets = new MemberSockets(ours(), "fanfare", new Refusals(reason -> {}));
            open.add(sockets);
            Socket socket = sockets.createSocket("test");
            open.add(socket);
            socket.connect(recorder.getLocalSocketAddress(), CONNECT_MILLIS);
            assertMember(socket);
        }
        byte[] bytes;
        synchronized (recorded) {
            bytes = recorded.toByteArray();
        }
        assertTrue(bytes.length > 1000);
        assertRefused(Refusal.PROTOCOL, plain(), bytes);
    }

    private void relay(ServerSocket recorder, ByteArrayOutputStream recorded) {
        try {
            Socket from = recorder.accept();
            Socket to = plain();
            Thread back = new Thread(() -> copy(to, from, null));
            back.start();
            copy(from, to, recorded);
        } catch (IOException e) {
            // over
        }
    }

    private static void copy(Socket from, Socket to, @Nullable ByteArrayOutputStream recorded) {
        byte[] buffer = new byte[8192];
        try {
            for (int n = from.getInputStream().read(buffer);
                    n >= 0;
                    n = from.getInputStream().read(buffer)) {
                if (recorded != null) {
                    synchronized (recorded) {
                        recorded.write(buffer, 0, n);
                    }
                }
                to.getOutputStream().write(buffer, 0, n);
            }
        } catch (IOException e) {
            // over
        }
    }

    /** Compared with handshakes when there are no such peers, so that the load of the machine does not matter. */
    @Test
    void silentPeersDelayNoMember() throws Exception {
        MemberCredentials ours = ours();
        handshakeMillis(ours); // classes are loaded
        long alone = handshakeMillis(ours);
        silentPeers(100);
        long beside = handshakeMillis(ours);
        assertTrue(beside - alone < 100, () -> alone + " ms alone, " + beside + " ms beside silent peers");
        assertTrue(refused.stream().allMatch(reason -> reason == Refusal.CROWDED), refused::toString);
    }

    /** The median of several. */
    private long handshakeMillis(MemberCredentials credentials) throws Exception {
        long[] millis = new long[7];
        for (int i = 0; i < millis.length; i++) {
            long start = System.nanoTime();
            assertMember(connect(credentials, "fanfare"));
            millis[i] = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        }
        Arrays.sort(millis);
        return millis[millis.length / 2];
    }

    /** From more addresses than it takes to fill all places. */
    private void silentPeers(int peers) throws Exception {
        for (int i = 0; i < peers; i++) {
            InetAddress from = InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (10 + i % 5)});
            open.add(new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort(), from, 0));
        }
        await().until(() -> refused.size() >= peers - MemberServerSocket.UNFINISHED);
    }

    @Test
    void silentPeersOfManyAddressesTakeNoPlaceOfAMember() throws Exception {
        Socket early = plain();
        silentPeers(2 * MemberServerSocket.UNFINISHED);
        SSLSocket tls = (SSLSocket)
                ours().context().getSocketFactory().createSocket(early, "127.0.0.1", server.getLocalPort(), true);
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"fanfare-members/fanfare"});
        tls.setSSLParameters(parameters);
        assertMember(tls);
    }

    @Test
    void aCertificateThatEndsEndsResumptionToo() throws Exception {
        Instant[] now = {Instant.now().minus(Duration.ofDays(7)).plusSeconds(6)};
        MemberCredentials ending = credentials(ClusterTls.derived(List.of(KEY)), () -> now[0]);
        MemberSockets sockets = new MemberSockets(ending, "fanfare", new Refusals(reason -> {}));
        open.add(sockets);
        assertMember(connected(sockets));
        await().until(() -> Instant.now().isAfter(ending.expiry()));
        assertThrows(IOException.class, () -> {
            Socket late = connected(sockets);
            late.getOutputStream().write(42);
            if (late.getInputStream().read() < 0) {
                throw new IOException("closed");
            }
        });
        await().until(() -> !refused.isEmpty());
        assertEquals(Refusal.CERTIFICATE, refused.poll());
    }

    private Socket connected(MemberSockets sockets) throws IOException {
        Socket socket = sockets.createSocket("test");
        open.add(socket);
        socket.connect(server.getLocalSocketAddress(), CONNECT_MILLIS);
        return socket;
    }

    @Test
    void aSilentPeerIsGivenUp() throws Exception {
        assertRefused(Refusal.TIMEOUT, plain());
    }

    @Test
    void aFloodLeavesNothingBehind() throws Exception {
        int threads = Thread.activeCount();
        for (int i = 0; i < 2000; i++) {
            new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort()).close();
        }
        assertMember(connect(ours(), "fanfare"));
        assertTrue(Thread.activeCount() <= threads + MemberServerSocket.UNFINISHED + 8);
    }

    /** Trusts any server, as a stranger would. */
    private static final class TrustAll implements javax.net.ssl.X509TrustManager {
        @Override
        public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type) {}

        @Override
        public java.security.cert.X509Certificate[] getAcceptedIssuers() {
            return new java.security.cert.X509Certificate[0];
        }
    }
}
