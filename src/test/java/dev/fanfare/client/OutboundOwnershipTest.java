package dev.fanfare.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.config.OutboundConnection;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.testkit.Endurance;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Ownership of durable connections, in clusters whose messages and clocks the test controls. */
class OutboundOwnershipTest {

    private static final DurableKey FEED = new DurableKey("chat", "feed");

    /** Nodes with clocks of the same speed, and the network between them. */
    private static final class Cluster {

        private final Map<String, Member> members = new LinkedHashMap<>();
        private final Set<String> cut = new HashSet<>();
        private long now = 1_000_000;

        Member start(String id) {
            Member member = new Member(this, id);
            members.put(id, member);
            return member;
        }

        Member member(String id) {
            return Objects.requireNonNull(members.get(id));
        }

        /** Advances time; nodes tick at different moments, and sockets close a while after they are released. */
        void pass(long millis) {
            for (long end = now + millis; now < end; now += 100) {
                int phase = 0;
                for (Member member : List.copyOf(members.values())) {
                    phase += 300;
                    if (!member.stopped && (now + phase) % OutboundOwnership.TICK_MILLIS == 0) {
                        member.outboundOwnership.tick(now);
                    }
                    member.endSockets();
                }
                settle();
                assertHealthy();
            }
        }

        /** Delivers all messages in flight. */
        void settle() {
            boolean moved = true;
            while (moved) {
                moved = false;
                for (Member member : List.copyOf(members.values())) {
                    moved |= !member.stopped && member.receive();
                }
            }
        }

        /** While all nodes reach each other, no connection is open twice. */
        void assertHealthy() {
            if (cut.isEmpty()) {
                Set<DurableKey> seen = new HashSet<>();
                for (Member member : members.values()) {
                    if (!member.stopped && !member.resumed) {
                        member.open.forEach(key -> assertTrue(seen.add(key), () -> key + " twice"));
                    }
                }
            }
        }

        List<String> owners(DurableKey key) {
            return members.values().stream()
                    .filter(member -> member.open.contains(key))
                    .map(member -> member.id)
                    .toList();
        }
    }

    private record Letter(String from, DurableMessage message) {}

    /** A node: its open connections, and its inbox. */
    private static final class Member implements OutboundOwnership.OtherNodes, OutboundOwnership.ConnectionHolder {

        private final Cluster cluster;
        private final String id;
        private final Queue<Letter> letters = new ArrayDeque<>();
        private final Set<DurableKey> open = new HashSet<>();
        private final List<DurableKey> closing = new ArrayList<>();
        private final List<DurableKey> moved = new ArrayList<>();
        private boolean refuses;
        private boolean stopped;
        private boolean resumed;
        private boolean inTouch = true;
        private int told;
        final OutboundOwnership outboundOwnership;

        Member(Cluster cluster, String id) {
            this.cluster = cluster;
            this.id = id;
            this.outboundOwnership = new OutboundOwnership(id, this, this);
        }

        boolean receive() {
            Letter letter = letters.poll();
            if (letter != null) {
                outboundOwnership.receive(letter.from, letter.message, cluster.now);
            }
            return letter != null;
        }

        void endSockets() {
            List<DurableKey> now = List.copyOf(closing);
            closing.clear();
            now.forEach(key -> {
                open.remove(key);
                outboundOwnership.closed(key, false, cluster.now);
            });
        }

        void declare(DurableKey key) {
            outboundOwnership.claim(key);
            open.add(key);
            outboundOwnership.declare(key, OutboundConnection.DEFAULT, "{}", cluster.now, cluster.now, () -> {});
        }

        @Override
        public List<String> others() {
            return cluster.members.keySet().stream()
                    .filter(other -> !other.equals(id))
                    .toList();
        }

        @Override
        public boolean inTouch() {
            return inTouch;
        }

        @Override
        public void send(String node, DurableMessage message) {
            told++;
            Member to = cluster.members.get(node);
            if (to != null && !cluster.cut.contains(id) && !cluster.cut.contains(node)) {
                to.letters.add(new Letter(id, onTheWire(message)));
            }
        }

        private static DurableMessage onTheWire(DurableMessage message) {
            byte[] bytes = WireWriter.toBytes(WireVersions.OURS.current(), out -> DurableWire.write(out, message));
            try {
                DurableMessage read = DurableWire.read(WireReader.of(bytes));
                assertEquals(message, read);
                return read;
            } catch (WireException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void take(DurableConnection durableConnection, boolean fromAnother) {
            if (refuses) {
                outboundOwnership.closed(durableConnection.key(), true, cluster.now);
                return;
            }
            assertTrue(open.add(durableConnection.key()));
            if (fromAnother) {
                moved.add(durableConnection.key());
            }
        }

        @Override
        public void release(DurableKey key) {
            closing.add(key);
        }

        @Override
        public DurableConnection read(DurableKey key, long version, String json) {
            return new DurableConnection(key, version, json, OutboundConnection.DEFAULT);
        }
    }

    private final Cluster cluster = new Cluster();

    private List<Member> start(int count) {
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(cluster.start("node" + i));
        }
        return members;
    }

    private Member owner() {
        List<String> owners = cluster.owners(FEED);
        assertEquals(1, owners.size(), owners.toString());
        return cluster.member(owners.get(0));
    }

    @Test
    void ofNodesWithOneConfigurationOneTakesEachConnection() {
        List<Member> members = start(3);
        for (int i = 0; i < 60; i++) {
            DurableKey key = new DurableKey("chat", "feed" + i);
            members.forEach(member -> member.outboundOwnership.configure(key, OutboundConnection.DEFAULT, cluster.now));
        }
        cluster.pass(10_000);
        for (int i = 0; i < 60; i++) {
            assertEquals(1, cluster.owners(new DurableKey("chat", "feed" + i)).size());
        }
        members.forEach(member -> assertTrue(member.open.size() > 8, () -> "has " + member.open.size()));
    }

    @Test
    void aNodeThatIsAloneTakesWhatIsConfiguredAtOnce() {
        Member only = cluster.start("only");
        only.outboundOwnership.configure(FEED, OutboundConnection.DEFAULT, cluster.now);
        only.outboundOwnership.tick(cluster.now);
        assertEquals(Set.of(FEED), only.open);
    }

    @Test
    void oneThatStopsHandsOverAsSoonAsItsSocketHasEnded() {
        List<Member> members = start(3);
        members.get(0).declare(FEED);
        cluster.pass(5_000);
        members.get(0).outboundOwnership.drain();
        cluster.settle();
        assertEquals(List.of("node0"), cluster.owners(FEED));
        members.get(0).endSockets();
        cluster.settle();
        Member next = owner();
        assertFalse(next == members.get(0));
        assertEquals(List.of(FEED), next.moved);
        cluster.members.remove("node0");
        cluster.pass(20_000);
        assertEquals(next, owner());
    }

    @Test
    void connectionsOfADeadNodeAreTakenOverAfterItsLeaseInTenSeconds() {
        List<Member> members = start(3);
        members.get(0).declare(FEED);
        cluster.pass(5_000);
        cluster.members.remove("node0");
        cluster.pass(6_900);
        assertEquals(List.of(), cluster.owners(FEED));
        cluster.pass(3_100);
        assertEquals(List.of(FEED), owner().moved);
    }

    @Test
    void oneThatIsCutOffLetsGoBeforeOthersTakeOver() {
        List<Member> members = start(3);
        members.get(0).declare(FEED);
        cluster.pass(5_000);
        cluster.cut.add("node0");
        cluster.pass(3_000);
        members.get(0).inTouch = false; // detected by the routing table after three seconds
        for (int i = 0; i < 100; i++) {
            cluster.pass(100);
            assertTrue(cluster.owners(FEED).size() <= 1);
        }
        assertFalse(owner() == members.get(0));
    }

    @Test
    void partsThatWereApartAgreeOnOneOwnerAgain() {
        List<Member> members = start(2);
        members.forEach(member -> member.outboundOwnership.configure(FEED, OutboundConnection.DEFAULT, cluster.now));
        cluster.cut.addAll(Set.of("node0", "node1"));
        cluster.pass(15_000);
        assertEquals(2, cluster.owners(FEED).size());
        cluster.cut.clear();
        members.forEach(member -> member.resumed = true);
        cluster.pass(3_000);
        owner();
    }

    @Test
    void oneThatHungLetsGoAndTakesNothingBeforeItHasHeardOfTheOthers() {
        List<Member> members = start(3);
        members.get(0).declare(FEED);
        cluster.pass(5_000);
        members.get(0).stopped = true;
        cluster.pass(15_000);
        assertEquals(2, cluster.owners(FEED).size());
        members.get(0).stopped = false;
        members.get(0).resumed = true;
        members.get(0).letters.clear(); // what its kernel kept is not needed
        members.get(0).outboundOwnership.tick(cluster.now);
        assertEquals(List.of(FEED), members.get(0).closing);
        cluster.pass(20_000);
        assertFalse(owner() == members.get(0));
    }

    @Test
    void aWithdrawnConnectionIsGoneEverywhereAlsoAfterAnAbsence() {
        List<Member> members = start(3);
        members.get(0).declare(FEED);
        cluster.pass(5_000);
        cluster.cut.add("node2");
        members.get(1).outboundOwnership.withdraw(FEED);
        cluster.pass(2_000);
        assertEquals(List.of(), cluster.owners(FEED));
        cluster.cut.clear();
        cluster.pass(20_000);
        assertEquals(List.of(), cluster.owners(FEED));
        members.forEach(member -> assertEquals(0, member.outboundOwnership.declared()));
        cluster.start("later").outboundOwnership.configure(FEED, OutboundConnection.DEFAULT, cluster.now);
        cluster.pass(20_000);
        assertEquals(List.of(), cluster.owners(FEED));
    }

    @Test
    void whatWasWithdrawnMayBeDeclaredAgain() {
        List<Member> members = start(2);
        members.get(0).declare(FEED);
        cluster.pass(2_000);
        members.get(0).outboundOwnership.withdraw(FEED);
        cluster.pass(2_000);
        members.get(1).declare(FEED);
        cluster.pass(10_000);
        assertEquals(members.get(1), owner());
        assertEquals(1, members.get(0).outboundOwnership.declared());
    }

    @Test
    void aNodeThatCannotTakeOneLeavesItToAnother() {
        List<Member> members = start(3);
        members.get(0).declare(FEED);
        cluster.pass(5_000);
        String chosen = Rendezvous.choose(List.of("node1", "node2"), FEED);
        cluster.member(chosen).refuses = true;
        members.get(0).outboundOwnership.drain();
        cluster.pass(10_000);
        assertFalse(owner().id.equals(chosen));
    }

    @Test
    void aDeclarationIsKnownToAllBeforeItsCallerIsTold() {
        List<Member> members = start(3);
        members.get(0).declare(FEED);
        cluster.pass(1_000);
        DurableKey other = new DurableKey("chat", "other");
        List<String> known = new ArrayList<>();
        members.get(0).outboundOwnership.claim(other);
        members.get(0)
                .outboundOwnership
                .declare(other, OutboundConnection.DEFAULT, "{}", 1, cluster.now, () -> known.add("x"));
        assertEquals(List.of(), known);
        cluster.settle();
        assertEquals(List.of("x"), known);
        members.forEach(member -> assertEquals(2, member.outboundOwnership.declared()));
    }

    @Test
    void nodesWithoutDurableConnectionsDoNotSpeakOfThem() {
        List<Member> members = start(3);
        cluster.pass(10_000);
        members.forEach(member -> assertEquals(0, member.told));
    }

    /**
     * Nodes start, stop and crash at random while messages flow: there are never two owners, and in the end exactly one
     * each.
     */
    @Test
    void inAHealthyClusterThereAreNeverTwoOwners() {
        for (int seed = 0; seed < Endurance.count(40, 1000); seed++) {
            Random random = new Random(seed);
            Cluster nodes = new Cluster();
            List<DurableKey> keys = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                keys.add(new DurableKey("chat", "feed" + i));
            }
            int started = 0;
            for (int step = 0; step < 40; step++) {
                int choice = random.nextInt(10);
                List<Member> all = List.copyOf(nodes.members.values());
                if (all.isEmpty() || (choice < 3 && all.size() < 5)) {
                    Member fresh = nodes.start("node" + started++);
                    keys.forEach(key -> fresh.outboundOwnership.configure(key, OutboundConnection.DEFAULT, nodes.now));
                } else if (all.size() > 1 && choice == 3) {
                    all.get(random.nextInt(all.size())).outboundOwnership.drain();
                } else if (all.size() > 1 && choice == 4) {
                    nodes.members.remove(all.get(random.nextInt(all.size())).id);
                }
                nodes.pass(100L * (1 + random.nextInt(60)));
            }
            Member last = nodes.start("last");
            keys.forEach(key -> last.outboundOwnership.configure(key, OutboundConnection.DEFAULT, nodes.now));
            nodes.pass(30_000);
            for (DurableKey key : keys) {
                assertEquals(1, nodes.owners(key).size(), "seed=" + seed);
            }
        }
    }
}
