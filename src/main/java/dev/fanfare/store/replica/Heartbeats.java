package dev.fanfare.store.replica;

import java.util.Set;

/**
 * Presents this member to the nodes of its view, renews leases, and finds out about stores that were begun apart. Pure: no thread, no
 * clock.
 */
final class Heartbeats {

    /** What it asks about this member. */
    interface HeartbeatEnvironment {
        /** Whether this member is in service. */
        boolean isServing();

        /** Whether it is to join others, and serves nothing until it has found some. */
        boolean isWaiting();

        /** Its cluster has met a larger one, which it is to join without its content. */
        void superseded();
    }

    private final String node;
    private final Leases leases;
    private final ConfigurationConsensus consensus;
    private final Coordinator coordinator;
    private final MemberOutbox outbox;
    private final Room room;
    private final DurableWrites writes;
    private final HeartbeatEnvironment host;
    private long sentAt = Long.MIN_VALUE;
    private long largerSince = Long.MAX_VALUE;
    private long largerAt;
    private long foreignAt = Long.MIN_VALUE / 2;

    /** @param node of this member, in views */
    Heartbeats(
            String node,
            Leases leases,
            ConfigurationConsensus consensus,
            Coordinator coordinator,
            MemberOutbox outbox,
            Room room,
            DurableWrites writes,
            HeartbeatEnvironment host) {
        this.node = node;
        this.leases = leases;
        this.consensus = consensus;
        this.coordinator = coordinator;
        this.outbox = outbox;
        this.room = room;
        this.writes = writes;
        this.host = host;
    }

    void tick(long now) {
        if (now - sentAt >= ReplicaTiming.HEARTBEAT) {
            send(now);
        }
    }

    /** Sends one to all nodes of the view. */
    void send(long now) {
        sentAt = now;
        Configuration current = consensus.current();
        ReplicaMessage heartbeat = new ReplicaMessage.MemberHeartbeat(
                lineage(),
                consensus.number(),
                current == null ? 0 : current.members().size(),
                now,
                coordinator.isLeaving(),
                room.used(),
                room.limit(),
                host.isServing(),
                writes.isFailing(),
                host.isWaiting());
        for (String other : coordinator.view()) {
            if (!other.equals(node)) {
                outbox.sendToNode(other, heartbeat);
            }
        }
    }

    private String lineage() {
        Configuration current = consensus.current();
        return current == null ? "" : current.lineage();
    }

    /** Whether this member has met a cluster with a content of its own, and neither takes the other one in. */
    boolean meetsOthers(long now) {
        return now - foreignAt < 2 * ReplicaTiming.HEARTBEAT;
    }

    void received(String from, ReplicaMessage.MemberHeartbeat heartbeat, long now) {
        if (!coordinator.view().contains(MemberId.nodeOf(from))) {
            return;
        }
        if (!leases.heard(from, heartbeat, now)) {
            return;
        }
        room.reported(from, heartbeat.bytes(), heartbeat.maxBytes());
        Configuration current = consensus.current();
        boolean sameLineage = heartbeat.lineage().equals(lineage());
        boolean granted = current != null
                && sameLineage
                && current.number() <= heartbeat.number()
                && !consensus.mayHaveExcluded(from);
        outbox.send(
                from,
                new ReplicaMessage.HeartbeatAck(
                        lineage(),
                        consensus.number(),
                        heartbeat.sentAt(),
                        granted,
                        consensus.isUndecided(now),
                        Set.copyOf(leases.dead())),
                now);
        if (current == null) {
            return;
        }
        boolean joins = heartbeat.lineage().isEmpty() && current.voter(from) != null;
        if (joins || (sameLineage && heartbeat.number() < current.number())) {
            outbox.send(from, new ReplicaMessage.Decided(current), now);
        } else if (!heartbeat.lineage().isEmpty() && !sameLineage) {
            meet(heartbeat, current, now);
        }
    }

    /** Two clusters that were founded apart: the larger one goes on, or the one whose lineage is first in order. */
    private void meet(ReplicaMessage.MemberHeartbeat theirs, Configuration mine, long now) {
        if (!theirs.serving() || (writes.isDurable() && !host.isServing())) {
            foreignAt = now;
            return;
        }
        int members = mine.members().size();
        boolean larger = theirs.members() > members
                || (theirs.members() == members && theirs.lineage().compareTo(mine.lineage()) < 0);
        if (!larger) {
            return;
        }
        if (now - largerAt > 2 * ReplicaTiming.HEARTBEAT) {
            largerSince = now;
        }
        largerAt = now;
        if (now - largerSince >= ReplicaTiming.SUPERSEDED) {
            host.superseded();
        }
    }

    void acknowledged(String from, ReplicaMessage.HeartbeatAck ack) {
        Configuration current = consensus.current();
        if (current == null || !ack.lineage().equals(current.lineage())) {
            return;
        }
        coordinator.undecided(from, ack.undecided());
        leases.reportedDead(from, ack.dead());
        if (ack.granted() && ack.number() <= current.number()) {
            leases.granted(from, ack.sentAt());
        }
    }
}
