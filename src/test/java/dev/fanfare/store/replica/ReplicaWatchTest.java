package dev.fanfare.store.replica;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreLimits;
import dev.fanfare.store.WatchListener;
import dev.fanfare.store.replica.SimulatedStore.Node;
import dev.fanfare.store.state.WatchEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Watches on all partitions, from any node, in simulated time. */
class ReplicaWatchTest {

    static List<Long> seeds() {
        return ReplicaNodeTest.seeds(4);
    }

    @Test
    void aWatchGetsWhatIsThereAndThenChanges() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(3);
        store.runUntilHealthy(6000);
        for (int i = 0; i < 8; i++) {
            nodes.get(0).call("put a" + i + " v -1 0");
            nodes.get(0).call("put b" + i + " v -1 0");
        }
        store.run(500);
        Listener listener = new Listener(nodes.get(2), "a");
        store.run(1000);
        assertEquals("[a0=v, a1=v, a2=v, a3=v, a4=v, a5=v, a6=v, a7=v]", listener.content());
        assertEquals(1, listener.synced);
        nodes.get(1).call("put a3 w -1 0");
        nodes.get(1).call("put b3 w -1 0");
        nodes.get(1).call("remove a4");
        store.run(1000);
        assertEquals("[a0=v, a1=v, a2=v, a3=w, a5=v, a6=v, a7=v]", listener.content());
        assertEquals(1, listener.synced);
    }

    @Test
    void aWatchThatIsOpenedBeforeThereAreMembersBegins() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(2);
        Listener listener = new Listener(nodes.get(1), "");
        store.runUntilHealthy(6000);
        nodes.get(0).call("put a v -1 0");
        store.run(500);
        assertEquals("[a=v]", listener.content());
    }

    /** Also a long scan, of several pages. */
    @Test
    void aSlowListenerIsSynchronisedAgain() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(2);
        store.runUntilHealthy(6000);
        Listener listener = new Listener(nodes.get(1), "k");
        store.run(1000);
        listener.slow = true;
        for (int i = 0; i < 3000; i++) {
            nodes.get(0).call("put k" + i + " v -1 0");
            if (i % 10 == 0) {
                store.run(2);
            }
        }
        for (int i = 0; i < 100; i++) {
            nodes.get(0).call("remove k" + i);
        }
        store.run(1000);
        listener.slow = false;
        for (int i = 0; listener.values.size() != 2900 && i < 100; i++) {
            listener.deliver();
            store.run(20);
        }
        // The third time if there were more changes while it was synchronised again.
        assertTrue(listener.synced == 2 || listener.synced == 3, () -> "synced=" + listener.synced);
        assertEquals(2900, listener.values.size());
    }

    /** Entries of 200,000 bytes each, of which the listener takes none. */
    @Test
    void aSlowListenerHoldsFewLargeEntries() {
        SimulatedStore store = new SimulatedStore(1, 64);
        List<Node> nodes = store.start(2);
        store.runUntilHealthy(6000);
        String large = "x".repeat(200_000);
        for (int i = 0; i < 40; i++) {
            nodes.get(0).call("put k" + i + ' ' + large + " -1 0");
            store.run(50);
        }
        Listener listener = new Listener(nodes.get(1), "");
        listener.slow = true;
        store.run(3000);
        List<WatchEvent> waiting =
                nodes.get(1).core().take(listener.watch, 1000, nodes.get(1).clock());
        assertTrue(waiting.size() < 25, () -> "events=" + waiting.size());
        waiting.forEach(event -> event.deliver(listener));
        listener.slow = false;
        for (int i = 0; i < 20 && listener.values.size() < 40; i++) {
            listener.deliver();
            store.run(200);
        }
        assertEquals(40, listener.values.size());
    }

    @Test
    void aLostNotificationIsSentAgain() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(2);
        store.runUntilHealthy(6000);
        Listener listener = new Listener(nodes.get(1), "");
        store.run(2000);
        store.intercept(
                (from, to, envelope) -> envelope.message() instanceof ReplicaMessage.WatchChanges ? null : envelope);
        // One in each partition.
        for (int i = 0; i < SimulatedStore.PARTITIONS; i++) {
            nodes.get(0).call("put k" + i + " v -1 0");
        }
        store.run(200);
        assertTrue(listener.values.size() < SimulatedStore.PARTITIONS);
        store.intercept((from, to, envelope) -> envelope);
        store.run(600);
        assertEquals(SimulatedStore.PARTITIONS, listener.values.size());
    }

    @Test
    void aNewPrimaryTellsWhatTheFormerOneHasNotTold() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(3);
        store.runUntilHealthy(6000);
        Listener listener = new Listener(nodes.get(2), "");
        store.run(2000);
        store.intercept(
                (from, to, envelope) -> envelope.message() instanceof ReplicaMessage.WatchChanges ? null : envelope);
        for (int i = 0; i < 16; i++) {
            nodes.get(2).call("put k" + i + " v -1 0");
        }
        // Backups have applied everything, too.
        store.run(1000);
        assertTrue(listener.values.size() < 16);
        store.kill(nodes.get(0));
        store.intercept((from, to, envelope) -> envelope);
        store.runUntilHealthy(10_000);
        store.run(1000);
        assertEquals(16, listener.values.size());
    }

    @Test
    void whatIsLostWithItsReplicasIsNotPresentAnyMore() {
        SimulatedStore store = new SimulatedStore(2, 16);
        List<Node> nodes = store.start(4);
        store.runUntilHealthy(6000);
        for (int i = 0; i < 64; i++) {
            nodes.get(0).call("put k" + i + " v -1 0");
        }
        store.run(500);
        Listener listener = new Listener(nodes.get(3), "");
        store.run(500);
        assertEquals(64, listener.values.size());
        store.kill(nodes.get(0));
        store.kill(nodes.get(1));
        store.notice();
        store.runUntilHealthy(10_000);
        store.run(1000);
        assertTrue(store.lost() > 0);
        assertTrue(listener.values.size() < 64);
        assertEquals(store.present(), listener.values);
    }

    @Test
    void aWatchThatWasNotAnnouncedIsRegisteredLater() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(2);
        store.runUntilHealthy(6000);
        nodes.get(0).call("put k v -1 0");
        store.run(500);
        store.intercept(
                (from, to, envelope) -> envelope.message() instanceof ReplicaMessage.WatchAdditions ? null : envelope);
        Listener listener = new Listener(nodes.get(1), "");
        store.run(2000);
        assertEquals("[k=v]", listener.content());
    }

    @Test
    void anIdleWatchCostsARegistrationPerSecond() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(2);
        store.runUntilHealthy(6000);
        Listener listener = new Listener(nodes.get(1), "");
        store.run(2000);
        List<ReplicaMessage> sent = new ArrayList<>();
        store.intercept((from, to, envelope) -> {
            if (envelope.message() instanceof ReplicaMessage.WatchRegistration
                    || envelope.message() instanceof ReplicaMessage.WatchChanges
                    || envelope.message() instanceof ReplicaMessage.StoreRequest) {
                sent.add(envelope.message());
            }
            return envelope;
        });
        store.run(10_000);
        assertTrue(sent.size() <= 11, sent::toString);
        assertEquals("[]", listener.content());
    }

    /** Members get each of them once, and then all of them every second. */
    @Test
    void openingAWatchSendsNoOtherOne() {
        SimulatedStore store = new SimulatedStore(1);
        List<Node> nodes = store.start(2);
        store.runUntilHealthy(6000);
        Map<Class<?>, Integer> sent = new HashMap<>();
        store.intercept((from, to, envelope) -> {
            if (envelope.message() instanceof ReplicaMessage.WatchAdditions additions) {
                sent.merge(
                        ReplicaMessage.WatchAdditions.class, additions.watches().size(), Integer::sum);
            } else if (envelope.message() instanceof ReplicaMessage.WatchRegistration registration) {
                sent.merge(
                        ReplicaMessage.WatchRegistration.class,
                        registration.watches().size(),
                        Integer::sum);
            }
            return envelope;
        });
        for (int i = 0; i < StoreLimits.MAX_WATCHES; i++) {
            nodes.get(1).watch("k" + i, () -> {});
        }
        assertEquals(Map.of(ReplicaMessage.WatchAdditions.class, StoreLimits.MAX_WATCHES), sent);
        assertThrows(IllegalStateException.class, () -> nodes.get(1).watch("k", () -> {}));
    }

    /** The queries of watches leave room for those of clients. */
    @Test
    void allWatchesShareABoundOfQueries() {
        SimulatedStore store = new SimulatedStore(1, 64);
        List<Node> nodes = store.start(2);
        store.runUntilHealthy(6000);
        nodes.get(0).call("put k v -1 0");
        store.run(500);
        Set<Long> inFlight = new HashSet<>();
        int[] most = {0};
        store.intercept((from, to, envelope) -> {
            if (envelope.message() instanceof ReplicaMessage.StoreRequest request) {
                inFlight.add(request.id());
            } else if (envelope.message() instanceof ReplicaMessage.RequestReply reply) {
                inFlight.remove(reply.id());
            }
            most[0] = Math.max(most[0], inFlight.size());
            return envelope;
        });
        List<Listener> listeners = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            listeners.add(new Listener(nodes.get(1), ""));
        }
        store.run(5000);
        assertTrue(most[0] > 16 && most[0] <= 64, () -> "queries=" + most[0]);
        listeners.forEach(listener -> assertEquals("[k=v]", listener.content()));
    }

    /** What a watch has at the end is what is there, and no key ever goes back to an older version. */
    @ParameterizedTest
    @MethodSource("seeds")
    void watchesFollowWhateverHappens(long seed) {
        Random random = SimulatedStore.random(seed);
        SimulatedStore store = new SimulatedStore(seed);
        store.start(3);
        store.runUntilHealthy(60_000);
        List<Listener> listeners = new ArrayList<>();
        for (int step = 0; step < 60; step++) {
            if (random.nextInt(6) == 0) {
                Node node = store.alive().get(random.nextInt(store.alive().size()));
                listeners.add(new Listener(node, random.nextBoolean() ? "" : "k" + random.nextInt(5)));
            }
            ReplicaNodeTest.disturbOnce(store, random, true);
            for (int i = random.nextInt(12); i > 0; i--) {
                ReplicaNodeTest.act(store, random);
                Node node = store.alive().get(random.nextInt(store.alive().size()));
                if (node.isAwake() && random.nextInt(4) == 0) {
                    node.call("remove k" + random.nextInt(5));
                }
                store.run(random.nextInt(120));
            }
            listeners.forEach(listener -> {
                listener.slow = random.nextInt(4) == 0;
                listener.deliver();
            });
        }
        store.heal();
        while (!store.alive().stream().allMatch(Node::isAwake)) {
            store.run(100);
        }
        store.runUntilHealthy(ReplicaTiming.LOST + 120_000);
        listeners.forEach(listener -> listener.slow = false);
        for (int i = 0; i < 20; i++) {
            listeners.forEach(Listener::deliver);
            store.run(1000);
        }
        Map<String, String> present = store.present();
        for (Listener listener : listeners) {
            if (store.alive().contains(listener.node)) {
                Map<String, String> expected = new TreeMap<>(present);
                expected.keySet().removeIf(key -> !key.startsWith(listener.prefix));
                assertEquals(expected.toString(), listener.values.toString());
            }
        }
    }

    /** A listener that takes events in portions, as the edge does. */
    private static final class Listener implements WatchListener {

        final Node node;
        final String prefix;
        final Map<String, String> values = new TreeMap<>();
        private final Map<String, Long> versions = new TreeMap<>();
        private final Set<String> unconfirmed = new HashSet<>();
        private final ReplicaWatch watch;
        boolean slow;
        int synced;

        Listener(Node node, String prefix) {
            this.node = node;
            this.prefix = prefix;
            this.watch = node.watch(prefix, this::deliver);
        }

        void deliver() {
            node.runSoon(() -> {
                if (slow) {
                    return;
                }
                List<WatchEvent> events = node.core().take(watch, 100, node.clock());
                events.forEach(event -> event.deliver(this));
                if (events.size() == 100) {
                    deliver();
                }
            });
        }

        String content() {
            Set<String> content = new TreeSet<>();
            values.forEach((key, value) -> content.add(key + '=' + value));
            return content.toString();
        }

        @Override
        public void syncing() {
            unconfirmed.addAll(values.keySet());
        }

        @Override
        public void present(StoreEntry entry) {
            assertTrue(entry.key().startsWith(prefix));
            assertTrue(versions.getOrDefault(entry.key(), 0L) <= entry.version());
            versions.put(entry.key(), entry.version());
            unconfirmed.remove(entry.key());
            values.put(entry.key(), new String(entry.value(), UTF_8));
        }

        @Override
        public void absent(String key, long version) {
            assertTrue(versions.getOrDefault(key, 0L) <= version);
            versions.put(key, version);
            values.remove(key);
        }

        @Override
        public void synced() {
            values.keySet().removeAll(unconfirmed);
            unconfirmed.clear();
            synced++;
        }
    }
}
