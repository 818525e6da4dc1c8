package dev.fanfare.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.testkit.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

/** The list of members of one process. */
class GridTest {

    private static final ClusterTls TLS = ClusterTls.derived(List.of("an-access-key-of-the-cluster"));

    private final List<Integer> ports = FreePorts.take(2);
    private final ClusterOptions options = ClusterOptions.at("127.0.0.1", TLS).withPorts(ports.get(0), ports.get(1));
    private final MemberIdentity self = new MemberIdentity(true, "n", "127.0.0.1", ports.get(1));
    private final BlockingQueue<Grid.MemberList> lists = new LinkedBlockingQueue<>();

    private Grid grid() throws Exception {
        MemberCredentials credentials = new MemberCredentials(TLS, "fanfare", "n", InstantSource.system());
        credentials.refresh();
        return new Grid(
                options, self, new MemberSockets(credentials, "fanfare", new Refusals(reason -> {})), lists::add);
    }

    /** From which a node concludes that it is not live any more. */
    @Test
    void aGridThatHasEndedHasNoMembersNotEvenItself() throws Exception {
        Grid grid = grid();
        assertEquals(List.of(), grid.members().peers());
        grid.join();
        assertEquals(List.of(self), lists.take().peers());
        assertEquals(List.of(self), grid.members().peers());
        grid.close();
        assertEquals(List.of(), grid.members().peers());
    }

    @Test
    void aPortThatIsTakenFailsTheJoin() throws Exception {
        try (ServerSocket taken = new ServerSocket(ports.get(0), 1, InetAddress.getLoopbackAddress());
                Grid grid = grid()) {
            IOException failure = assertThrows(IOException.class, grid::join);
            assertEquals(
                    "cluster.port " + taken.getLocalPort(),
                    Objects.requireNonNull(failure.getMessage()).split(":")[0]);
        }
    }
}
