package dev.fanfare.store.replica;

import dev.fanfare.store.replica.ReplicaMessage.ReplicateAck;
import dev.fanfare.store.replica.ReplicaMessage.SnapshotAck;
import dev.fanfare.store.replica.ReplicaMessage.SnapshotPart;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the primary knows about a backup or a learner during its term, and what it sends it. */
final class Follower {

    /** Parts of a snapshot in flight. */
    private static final int PARTS = 4;

    private final Primary primary;
    private final PartitionReplica replica;
    private final String member;
    private final boolean inSync;

    /** Whether nothing is committed without it: it is in sync, or will be. */
    private boolean mandatory;

    private boolean known;
    private long matched = -1;
    private long commit;
    private long round;
    private long next;
    private long sentAt = Long.MIN_VALUE / 2;

    /** When this is matched, in this round, the learner has everything. */
    private long readyAt = Long.MAX_VALUE;

    private long readyRound;

    /** Until when nothing is dropped that it may need before it has answered. */
    private final long patientUntil;

    /** Whether the coordinator may put it in sync any time: nothing is committed without it from then on. */
    private boolean reported;

    /** When it was last seen to get on, or lacked nothing. */
    private long progressAt;

    /** Until when no snapshot is begun. */
    private long pausedUntil = Long.MIN_VALUE;

    private @Nullable Transfer transfer;
    private long transfers;

    /** A snapshot on its way. */
    private static final class Transfer {
        private final long id;
        private final Iterator<byte[]> parts;
        private final long sequence;
        private final long time;
        private final Deque<SnapshotPart> unacknowledged = new ArrayDeque<>();
        private int next;

        Transfer(long id, Iterator<byte[]> parts, long sequence, long time) {
            this.id = id;
            this.parts = parts;
            this.sequence = sequence;
            this.time = time;
        }
    }

    Follower(Primary primary, PartitionReplica replica, String member, boolean inSync, long now) {
        this.primary = primary;
        this.replica = replica;
        this.member = member;
        this.inSync = inSync;
        this.mandatory = inSync;
        this.patientUntil = now + ReplicaTiming.ROUND;
        this.progressAt = now;
    }

    String member() {
        return member;
    }

    boolean isMandatory() {
        return mandatory;
    }

    long matched() {
        return matched;
    }

    long round() {
        return round;
    }

    long commit() {
        return commit;
    }

    /** The sequence after which it may need entries; the greatest number if it is to get a snapshot first. */
    long needsAfter(long now) {
        Transfer running = transfer;
        if (running != null) {
            return running.sequence;
        }
        if (matched >= 0) {
            return Math.min(matched, commit);
        }
        // Nothing is dropped before it has answered: a former backup may lack a few entries only.
        return known || (now >= patientUntil && !inSync) ? Long.MAX_VALUE : 0;
    }

    void acknowledged(ReplicateAck ack, long now) {
        if (transfer != null) {
            return; // what it has is replaced
        }
        if (ack.matched() < 0) {
            if (inSync) {
                throw new IllegalStateException("in sync without content: member=" + member);
            }
            if (matched >= 0 && !reported) {
                giveUp();
            }
            known = true;
            return;
        }
        round = Math.max(round, ack.round());
        if (ack.matched() > matched || ack.commit() > commit) {
            progressAt = now;
        }
        if (ack.matched() > replica.log().last()) {
            return; // no primary has sent that
        }
        commit = Math.max(commit, ack.commit());
        if (!known || matched < 0) {
            if (ack.matched() + 1 < replica.log().first()) {
                // Its content is too old to be continued.
                if (inSync) {
                    throw new IllegalStateException("in sync without entries: member=" + member);
                }
                known = true;
                return;
            }
            next = ack.matched() + 1;
        }
        known = true;
        matched = Math.max(matched, ack.matched());
        next = ack.gap() ? matched + 1 : Math.max(next, matched + 1);
        joinCommits(now);
    }

    /** From when a learner has what is committed, nothing is committed without it. */
    private void joinCommits(long now) {
        if (!mandatory && matched >= replica.commit()) {
            mandatory = true;
            readyAt = replica.log().last();
            primary.beginRound(now);
            readyRound = primary.round();
        }
    }

    void acknowledged(SnapshotAck ack, long now) {
        Transfer running = transfer;
        if (running == null || running.id != ack.transfer()) {
            return;
        }
        while (!running.unacknowledged.isEmpty()
                && running.unacknowledged.peek().index() < ack.next()) {
            running.unacknowledged.remove();
            progressAt = now;
        }
        if (!running.parts.hasNext() && running.unacknowledged.isEmpty()) {
            matched = running.sequence;
            commit = running.sequence;
            next = matched + 1;
            endTransfer();
            joinCommits(now);
            pump(now);
        }
    }

    /** Sends what it lacks, within bounds. */
    void pump(long now) {
        if (matched >= 0) {
            while (next <= replica.log().last()) {
                send(now);
            }
        } else if (known && !inSync) {
            transfer(now);
        }
    }

    /** Sends the next entries, or none. */
    void send(long now) {
        sentAt = now;
        if (matched < 0) {
            replica.host().send(member, primary.message(replica.log().last() + 1, List.of(), now));
            return;
        }
        List<ReplicaMessage.ReplicationEntry> entries = replica.log().batch(next);
        replica.host().send(member, primary.message(next, entries, now));
        next += entries.size();
    }

    private void transfer(long now) {
        Transfer running = transfer;
        if (running == null) {
            if (now < pausedUntil || !replica.host().beginSnapshot(replica.number())) {
                return;
            }
            transfers++;
            running = new Transfer(transfers, replica.machine().snapshot(), replica.commit(), primary.time(now));
            transfer = running;
            progressAt = now;
        }
        while (running.unacknowledged.size() < PARTS && running.parts.hasNext()) {
            byte[] bytes = running.parts.next();
            SnapshotPart part = new SnapshotPart(
                    replica.number(),
                    replica.term(),
                    running.id,
                    running.next,
                    !running.parts.hasNext(),
                    running.sequence,
                    running.time,
                    bytes);
            running.next++;
            running.unacknowledged.add(part);
            sentAt = now;
            replica.host().send(member, part);
        }
    }

    /** Sends again what may be lost, and reports a learner that is in sync. */
    void tick(long now) {
        if (transfer == null && !(matched >= 0 && lacksSomething())) {
            progressAt = now;
        } else if (isStuck(now)) {
            giveUp();
            pausedUntil = now + ReplicaTiming.STUCK;
        }
        Transfer running = transfer;
        boolean overdue = now - sentAt >= ReplicaTiming.RESEND;
        if (running != null) {
            if (overdue) {
                sentAt = now;
                running.unacknowledged.forEach(part -> replica.host().send(member, part));
            }
        } else if (overdue && lacksSomething()) {
            next = matched + 1;
            send(now);
        }
        // If it becomes the primary, no other replica must lack entries that it got as part of a snapshot.
        if (!inSync
                && mandatory
                && primary.isSettled()
                && primary.committedEverywhere() >= readyAt
                && round >= readyRound) {
            reported = true;
            replica.host().inSync(new ReplicaMessage.InSync(replica.number(), replica.term(), member));
        }
        pump(now);
    }

    /**
     * Whether it gets on no more, and keeps the primary from dropping commands, or from committing them. One that may be in
     * sync any time is left to the coordinator.
     */
    private boolean isStuck(long now) {
        int patience = primary.isWindowFull() ? ReplicaTiming.STUCK_FULL_WINDOW : ReplicaTiming.STUCK;
        return !inSync && !reported && now - progressAt >= patience;
    }

    /** It is taken to have nothing, until it answers again. */
    private void giveUp() {
        endTransfer();
        known = false;
        mandatory = false;
        matched = -1;
        commit = 0;
    }

    private boolean lacksSomething() {
        return !known
                || (matched >= 0 && (matched < replica.log().last() || commit < replica.commit()))
                || (mandatory && round < primary.round());
    }

    private void endTransfer() {
        if (transfer != null) {
            transfer = null;
            replica.host().snapshotEnded();
        }
    }

    void end() {
        endTransfer();
    }
}
