package dev.fanfare.cluster;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.ClusterNodes;
import dev.fanfare.testkit.ProcessNode;
import dev.fanfare.testkit.Reach;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What reaches the ports between nodes of a running cluster, from strangers and from a member that goes wrong. */
@Tag("attack")
class MemberPortsIT {

    /** At once and at each port, where this process may have so many. */
    private static final int CONNECTIONS = (int) Math.min(10_000, (filesAllowed() - 1_000) / 2);

    private static final int MORE_A_SECOND = 2_000;
    private static final int SOURCES = 1_000;

    /** Unfinished handshakes that both ports allow, and what a node has open anyway. */
    private static final int FILES = 64 + 1024 + 400;

    private static final int THREADS = 64 + 100;
    private static final int CONNECT_MILLIS = 10_000;

    private final ClusterNodes cluster = ClusterNodes.of(3);
    private final Random random = new Random(5);

    private static long filesAllowed() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getMaxFileDescriptorCount();
    }

    @BeforeEach
    void start() throws IOException {
        cluster.startNode(0);
        cluster.startNode(1);
        cluster.awaitMembers(2);
    }

    @AfterEach
    void stop() throws IOException {
        cluster.close();
    }

    @Test
    void aNodeJoinsDuringAFloodAndNonsenseOfAMember() throws Exception {
        sendNonsense();
        ProcessNode flooded = cluster.node(0);
        List<Flood> floods = new ArrayList<>();
        try {
            for (InetSocketAddress door : cluster.doors(0)) {
                Flood flood = new Flood(door);
                floods.add(flood);
                flood.begin();
            }
            cluster.startNode(2);
            cluster.awaitMembers(3);
            double files = flooded.metric("process_files_open_files");
            assertTrue(files < FILES, () -> files + " files");
            double threads = flooded.metric("jvm_threads_live_threads");
            assertTrue(threads < THREADS, () -> threads + " threads");
            Reach.all(cluster);
        } finally {
            for (Flood flood : floods) {
                flood.close();
            }
        }
    }

    /** Of a peer that has the access key: random frames, too long ones, and frames of the right length. */
    private void sendNonsense() throws Exception {
        MemberCredentials credentials = new MemberCredentials(
                ClusterTls.derived(List.of(AnyNode.ACCESS_KEY)), "fanfare", "rogue", InstantSource.system());
        credentials.refresh();
        try (MemberSockets sockets = new MemberSockets(credentials, "fanfare", new Refusals(reason -> {}))) {
            List<Socket> open = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                byte[] bytes = new byte[4 + random.nextInt(3000)];
                random.nextBytes(bytes);
                if (i % 3 != 0) {
                    ByteBuffer.wrap(bytes).putInt(i % 3 == 1 ? Integer.MAX_VALUE : bytes.length - 4);
                }
                Socket grid = sockets.createSocket("rogue");
                open.add(grid);
                grid.connect(cluster.doors(0).get(0), CONNECT_MILLIS);
                grid.getOutputStream().write(bytes);
                Socket bus = credentials.context().getSocketFactory().createSocket();
                open.add(bus);
                bus.connect(cluster.doors(0).get(1), CONNECT_MILLIS);
                bus.getOutputStream().write(bytes);
            }
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    /** Keeps many connections open, a third of which send garbage, and replaces the oldest all the time. */
    private final class Flood implements AutoCloseable {

        private final InetSocketAddress door;
        private final Queue<SocketChannel> channels = new ArrayDeque<>();
        private final Thread thread = new Thread(this::run);
        private int opened;
        private volatile boolean closed;

        Flood(InetSocketAddress door) {
            this.door = door;
        }

        void begin() throws IOException {
            for (int i = 0; i < CONNECTIONS; i++) {
                open();
            }
            thread.start();
        }

        private void run() {
            try {
                while (!closed) {
                    for (int i = 0; i < MORE_A_SECOND / 100; i++) {
                        channels.remove().close();
                        open();
                    }
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        private void open() throws IOException {
            int source = opened++ % SOURCES;
            SocketChannel channel = SocketChannel.open();
            channels.add(channel);
            byte[] from = {127, 1, (byte) (source >> 8), (byte) source};
            channel.bind(new InetSocketAddress(InetAddress.getByAddress(from), 0));
            channel.configureBlocking(false);
            channel.connect(door);
            try {
                if (channel.finishConnect() && opened % 3 == 0) {
                    byte[] bytes = new byte[100];
                    random.nextBytes(bytes);
                    channel.write(ByteBuffer.wrap(bytes));
                }
            } catch (IOException e) {
                // closed already
            }
        }

        @Override
        public void close() throws IOException {
            closed = true;
            try {
                thread.join(); // also if it has not begun
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
            for (SocketChannel channel : channels) {
                channel.close();
            }
        }
    }
}
