package dev.fanfare.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.FreePorts;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jgroups.JChannel;
import org.jgroups.protocols.BasicTCP;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The list of members, as some processes see it. */
class GridTest {

    private static final ClusterTls TLS = ClusterTls.derived(List.of("an-access-key-of-the-cluster"));

    /** How long a process waits for others that do not answer. */
    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(3);

    private static final int PROCESSES = 3;

    private final List<Integer> ports = FreePorts.take(2 * PROCESSES);
    private final List<Grid> open = new ArrayList<>();

    private MemberIdentity identity(int index) {
        return new MemberIdentity(true, "n" + index, "127.0.0.1", ports.get(PROCESSES + index));
    }

    /** A process with this index that looks for these. */
    private Grid grid(int index, Integer... others) throws Exception {
        ClusterOptions options = ClusterOptions.at("127.0.0.1", TLS)
                .withPorts(ports.get(index), ports.get(PROCESSES + index))
                .withMembers(Arrays.stream(others)
                        .map(other -> "127.0.0.1:" + ports.get(other))
                        .toArray(String[]::new));
        MemberCredentials credentials = new MemberCredentials(TLS, "fanfare", "n" + index, InstantSource.system());
        credentials.refresh();
        Grid grid = new Grid(
                options,
                identity(index),
                new MemberSockets(credentials, "fanfare", new Refusals(reason -> {})),
                members -> {});
        open.add(grid);
        return grid;
    }

    /** Nanoseconds that it took. */
    private static long join(Grid grid) throws IOException {
        long start = System.nanoTime();
        grid.join();
        return System.nanoTime() - start;
    }

    private static int size(Grid grid) {
        return grid.members().peers().size();
    }

    @AfterEach
    void close() {
        open.forEach(Grid::close);
    }

    /** From which a node concludes that it is not live any more. */
    @Test
    void aGridThatHasEndedHasNoMembersNotEvenItself() throws Exception {
        Grid grid = grid(0, 0);
        assertEquals(List.of(), grid.members().peers());
        grid.join();
        assertEquals(List.of(identity(0)), grid.members().peers());
        grid.close();
        assertEquals(List.of(), grid.members().peers());
    }

    @Test
    void aPortThatIsTakenFailsTheJoin() throws Exception {
        Grid grid = grid(0, 0);
        try (ServerSocket taken = new ServerSocket(ports.get(0), 1, InetAddress.getLoopbackAddress())) {
            IOException failure = assertThrows(IOException.class, grid::join);
            assertEquals(
                    "cluster.port " + taken.getLocalPort(),
                    Objects.requireNonNull(failure.getMessage()).split(":")[0]);
        }
    }

    @Test
    void onlyAProcessThatKnowsOfOthersWaitsForThem() throws Exception {
        assertTrue(join(grid(0, 0)) < WAIT_NANOS);
        assertTrue(join(grid(1, 1, 2)) >= WAIT_NANOS);
    }

    @Test
    void anyMemberSaysWhichOneToJoin() throws Exception {
        Grid eldest = grid(0, 0);
        join(eldest);
        join(grid(1, 0));
        assertTrue(join(grid(2, 1)) < WAIT_NANOS);
        await().until(() -> size(eldest) == PROCESSES);
    }

    @Test
    void processesThatStartTogetherFormOneClusterAtOnce() throws Exception {
        List<Grid> grids = List.of(grid(0, 0, 1, 2), grid(1, 0, 1, 2), grid(2, 0, 1, 2));
        long start = System.nanoTime();
        List<CompletableFuture<Void>> joins = grids.stream()
                .map(grid -> CompletableFuture.runAsync(
                        () -> {
                            try {
                                grid.join();
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        },
                        task -> new Thread(task).start()))
                .toList();
        joins.forEach(CompletableFuture::join);
        assertTrue(System.nanoTime() - start < WAIT_NANOS);
        await().until(() -> grids.stream().allMatch(grid -> size(grid) == PROCESSES));
        Set<String> creators = new HashSet<>();
        for (Grid grid : grids) {
            creators.add(grid.members().creator());
            assertTrue(!grid.members().merged());
        }
        assertEquals(1, creators.size());
    }

    @Test
    void aMemberWhoseBusRefusesConnectionsIsRemovedAtOnce() throws Exception {
        Grid here = grid(0, 0);
        Grid there = grid(1, 0);
        join(here);
        join(there);
        await().until(() -> size(here) == 2);
        disconnect(there);
        await().atMost(2, TimeUnit.SECONDS).until(() -> size(here) == 1);
    }

    @Test
    void aMemberThatOnlyLostItsConnectionsStays() throws Exception {
        Grid here = grid(0, 0);
        Grid there = grid(1, 0);
        try (ServerSocket bus0 = new ServerSocket(ports.get(PROCESSES), 10, InetAddress.getLoopbackAddress());
                ServerSocket bus1 = new ServerSocket(ports.get(PROCESSES + 1), 10, InetAddress.getLoopbackAddress())) {
            join(here);
            join(there);
            await().until(() -> size(here) == 2 && bus0.isBound() && bus1.isBound());
            disconnect(there);
            await().during(1200, TimeUnit.MILLISECONDS).until(() -> size(here) == 2 && size(there) == 2);
        }
    }

    /** Its connections end, as when its process does; it connects again when it has something to send. */
    private static void disconnect(Grid grid) throws Exception {
        Field channel = Grid.class.getDeclaredField("channel");
        channel.setAccessible(true);
        ((BasicTCP) ((JChannel) channel.get(grid)).getProtocolStack().getTransport()).clearConnections(false);
    }
}
