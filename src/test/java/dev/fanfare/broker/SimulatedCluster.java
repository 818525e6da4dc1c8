package dev.fanfare.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * Nodes with nothing but a {@link View}, in simulated time. The network between two nodes keeps the order, may be slow, may
 * lose everything that is on its way, and may be cut; a node may stop for a while and then finds all that waited for it.
 */
final class SimulatedCluster {

    private final Random random;
    private final List<Node> nodes = new ArrayList<>();
    private final List<String> members = new ArrayList<>();
    private final Map<String, Queue<Packet>> lines = new HashMap<>();
    private final Set<String> cut = new HashSet<>();
    private long now = 1_000_000;
    private int messages;
    private int toLose;

    SimulatedCluster(Random random) {
        this.random = random;
    }

    private record Packet(long arrives, Runnable action) {}

    List<Node> start(int count) {
        for (int i = 0; i < count; i++) {
            Node node = new Node(String.valueOf(nodes.size()));
            nodes.add(node);
            members.add(node.id);
        }
        nodes.forEach(Node::tick);
        return List.copyOf(nodes);
    }

    long now() {
        return now;
    }

    int messages() {
        return messages;
    }

    void kill(Node node) {
        node.dead = true;
    }

    void removeMember(String id) {
        members.remove(id);
    }

    void pause(Node node, long millis) {
        node.sleepsUntil = now + millis;
    }

    void cut(Node one, Node other) {
        cut.add(one.id + other.id);
        cut.add(other.id + one.id);
    }

    void heal() {
        cut.clear();
        nodes.forEach(node -> node.sleepsUntil = 0);
    }

    void loseNext(int count) {
        toLose = count;
    }

    /** Something bad, now and then. */
    void disturb() {
        Node one = nodes.get(random.nextInt(nodes.size()));
        Node other = nodes.get(random.nextInt(nodes.size()));
        switch (random.nextInt(25)) {
            case 0 -> pause(one, random.nextInt(8000));
            case 1 -> cut(one, other);
            case 2, 3, 4 -> cut.clear();
            case 5 -> line(one.id, other.id).clear();
            case 6 -> loseNext(random.nextInt(3));
            default -> {
                // A quiet moment.
            }
        }
    }

    void run(long millis) {
        for (long end = now + millis; now < end; now++) {
            for (Node node : nodes) {
                if (node.isAwake()) {
                    node.turn();
                }
            }
        }
    }

    private Queue<Packet> line(String from, String to) {
        return lines.computeIfAbsent(from + to, key -> new ArrayDeque<>());
    }

    private void transmit(String from, String to, Runnable action) {
        messages++;
        boolean lost = cut.contains(from + to) || toLose > 0;
        toLose = Math.max(0, toLose - 1);
        if (!lost) {
            line(from, to).add(new Packet(now + 1 + random.nextInt(20), action));
        }
    }

    /** Whoever publishes now reaches everyone whose join has been acknowledged. */
    void check(Node publisher) {
        if (publisher.isAwake()) {
            for (Node listener : nodes) {
                if (listener != publisher) {
                    listener.known.forEach(address -> assertTrue(
                            publisher.receiversOf(address).contains(listener.id),
                            () -> "time=" + now + " publisher=" + publisher.id + " listener=" + listener.id
                                    + " address=" + address));
                }
            }
        }
    }

    /** And nobody else. */
    void checkExactly(Node publisher) {
        for (int slot = 0; slot < 40; slot++) {
            String address = "slot." + slot;
            Set<String> expected = new TreeSet<>();
            for (Node node : nodes) {
                if (node != publisher && node.wanted.contains(address)) {
                    assertTrue(node.known.contains(address));
                    expected.add(node.id);
                }
            }
            assertEquals(expected, new TreeSet<>(publisher.receiversOf(address)));
        }
        assertTrue(publisher.view.isInTouch());
        assertEquals(0, publisher.differences);
    }

    final class Node implements View.Observer {

        private final String id;
        private final View view;
        private final InFlight inFlight = new InFlight(Long.MAX_VALUE, () -> {});
        private final Set<String> wanted = new HashSet<>();
        private final Set<String> known = new HashSet<>();
        private boolean dead;
        private boolean overloaded;
        private long sleepsUntil;
        private long nextTick = now;
        private int differences;
        private int silences;

        Node(String id) {
            this.id = id;
            this.view = new View(
                    id,
                    (to, message) -> transmit(id, to, () -> node(to).view.receive(message, now)),
                    start -> new Ledger(start, inFlight, Long.MAX_VALUE),
                    this);
        }

        View view() {
            return view;
        }

        Listening theirs(String of) {
            return Objects.requireNonNull(view.peer(of)).theirs();
        }

        boolean isAwake() {
            return !dead && now >= sleepsUntil;
        }

        /** As a registry does: the first member makes the node listen, and is told when that is known. */
        void join(String address) {
            if (isAwake() && wanted.add(address)) {
                view.whenKnown(view.listen(address), () -> {
                    if (wanted.contains(address)) {
                        known.add(address);
                    }
                });
            }
        }

        void leave(String address) {
            // The registry keeps an address while somebody waits for it.
            if (isAwake() && known.contains(address)) {
                wanted.remove(address);
                known.remove(address);
                view.leave(address);
            }
        }

        boolean isKnown(String address) {
            return known.contains(address);
        }

        /** To which other nodes a publication would be sent now. */
        List<String> receiversOf(String address) {
            return Arrays.stream(view.peers())
                    .filter(peer -> peer.wants(address, now))
                    .map(Peer::id)
                    .toList();
        }

        void publish(String address, int bytes) {
            for (Peer peer : view.peers()) {
                if (peer.wants(address, now)) {
                    long mark = peer.ledger().send(bytes);
                    Node to = node(peer.id());
                    transmit(id, to.id, () -> to.view.received(id, mark, !to.overloaded));
                }
            }
        }

        long inFlight() {
            return inFlight.bytes();
        }

        void overloaded(boolean now) {
            overloaded = now;
        }

        /** How often it took another node for silent. */
        int silences() {
            return silences;
        }

        int differences() {
            return differences;
        }

        private void turn() {
            for (Node from : nodes) {
                Queue<Packet> line = line(from.id, id);
                for (Packet next = line.peek(); next != null && next.arrives <= now; next = line.peek()) {
                    line.remove();
                    next.action.run();
                }
            }
            if (now >= nextTick) {
                tick();
            }
        }

        private void tick() {
            nextTick = now + View.TICK_MILLIS;
            view.tick(now, List.copyOf(members), !overloaded);
        }

        @Override
        public void silent(String node, boolean silent) {
            silences += silent ? 1 : 0;
        }

        @Override
        public void differs(String node) {
            differences++;
        }
    }

    private Node node(String id) {
        return nodes.get(Integer.parseInt(id));
    }
}
