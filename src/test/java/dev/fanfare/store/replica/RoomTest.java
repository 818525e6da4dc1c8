package dev.fanfare.store.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.store.replica.SimulatedStore.Node;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Bytes of nodes with a limit, in simulated time. */
class RoomTest {

    /** Room for six entries. */
    private static final int LIMIT = 6 * 144;

    private static final String HUNDRED = "x".repeat(100);

    private final SimulatedStore store = new SimulatedStore(1);

    @Test
    void writesInFlightDoNotExceedTheLimit() {
        store.maxBytes(LIMIT);
        Node node = store.start(1).get(0);
        store.runUntilHealthy(6000);
        for (int i = 0; i < 20; i++) {
            node.call("put k" + i + ' ' + HUNDRED + " -1 0");
        }
        store.run(1000);
        assertEquals(LIMIT, node.core().room().used());
        assertEquals(
                List.of(new Room.Full(LIMIT, LIMIT)),
                node.takeRefusals().stream().distinct().toList());
    }

    @Test
    void aFullBackupRefusesAsThePrimaryWould() {
        Node large = store.start(1).get(0);
        store.maxBytes(LIMIT);
        Node small = store.start(1).get(0);
        store.runUntilHealthy(6000);
        for (int i = 0; i < 20; i++) {
            large.call("put k" + i + ' ' + HUNDRED + " -1 0");
            store.run(500);
        }
        assertEquals(LIMIT, small.core().room().used());
        assertEquals(LIMIT, large.core().room().used());
        assertEquals(
                List.of(new Room.Full(LIMIT, LIMIT)),
                large.takeRefusals().stream().distinct().toList());
    }

    @Test
    void whatDoesNotGrowIsTakenByAFullStore() {
        store.maxBytes(LIMIT);
        Node node = store.start(2).get(0);
        store.runUntilHealthy(6000);
        for (int i = 0; i < 20; i++) {
            node.call("put k" + i + ' ' + HUNDRED + " -1 0");
            store.run(500);
        }
        node.takeRefusals();
        node.call("put k0 " + HUNDRED + " -1 0");
        node.call("put k1 " + HUNDRED + " -1 1000");
        store.run(200);
        assertEquals(List.of(), node.takeRefusals());
        store.run(2000);
        node.call("put new " + HUNDRED.substring(1) + " -1 0");
        store.run(200);
        assertEquals(List.of(), node.takeRefusals());
        assertTrue(node.core().room().used() <= LIMIT);
    }

    @Test
    void aCommandThatIsUnknownIsRefusedByThePrimary() {
        Node node = store.start(2).get(0);
        store.runUntilHealthy(6000);
        node.call("nonsense k");
        node.call("put k v -1 0");
        store.run(200);
        List<Linearizability.Operation> history = store.histories().getOrDefault("k", List.of());
        assertEquals(1, node.unsupported());
        assertEquals(1, history.size());
        assertTrue(Objects.requireNonNull(history.get(0).result()).startsWith("stored"));
    }
}
