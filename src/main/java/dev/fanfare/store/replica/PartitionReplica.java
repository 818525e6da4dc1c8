package dev.fanfare.store.replica;

import dev.fanfare.store.replica.ReplicaMessage.Replicate;
import dev.fanfare.store.replica.ReplicaMessage.ReplicateAck;
import dev.fanfare.store.replica.ReplicaMessage.Replication;
import dev.fanfare.store.replica.ReplicaMessage.ReplicationEntry;
import dev.fanfare.store.replica.ReplicaMessage.ReplicationVisitor;
import dev.fanfare.store.replica.ReplicaMessage.SnapshotAck;
import dev.fanfare.store.replica.ReplicaMessage.SnapshotPart;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A partition at one member: as backup or learner it follows the primary of its term, as primary it has a {@link
 * Primary}. What belongs to another term is ignored. Pure: no thread, no clock.
 */
final class PartitionReplica {

    /** Where messages go, and what a primary depends on. */
    interface ReplicaEnvironment {
        void send(String member, ReplicaMessage message);

        /** Whether this member knows that no configuration was decided without it. */
        boolean isInService();

        /** A key was changed by a command that this member has applied as primary. */
        void changed(int partition, String key);

        /** Whether more queries may be answered in this turn; if not, {@link #resume} is called in a later one. */
        boolean mayAnswer(int partition);

        /** A query was answered with so many bytes. */
        void answered(int bytes);

        /** What all partitions of this node take. */
        Room room();

        /** What must be on the disk before others rely on it. */
        DurableWrites writes();

        /** Runs something with the time when everything written until now is on the disk: now if it is. */
        void whenWritten(int partition, LongConsumer action);

        /** Whether no content is to be accepted from another replica for now. */
        boolean isSettling();

        /** Reports a learner that has every command. */
        void inSync(ReplicaMessage.InSync report);

        /**
         * Whether one more snapshot may be sent now; if so, it counts until it is {@link #snapshotEnded}. If not, {@link
         * #resume} is called when another one has ended.
         */
        boolean beginSnapshot(int partition);

        void snapshotEnded();
    }

    private final int number;
    private final String self;
    private final StateMachine machine;
    private final ReplicaEnvironment host;
    private final ReplicationLog log;
    private final PartitionJournal journal;

    private @Nullable Assignment assignment;
    private @Nullable Primary primary;

    /** Whether the machine has the content of the epoch, up to the commit sequence. */
    private boolean complete;

    /** Whether it keeps its content though it is no replica: this node is no member yet, or an earlier process of it was one. */
    private boolean retained;

    private long epoch;
    private long commit;

    /** The sequence up to which the log is known to be the one of the primary of this term. */
    private long matched;

    /** The bytes of the machine that {@link Room} has counted. */
    private long bytes;

    private long round;
    private long transfer;
    private int nextPart;

    /** The time of the partition: the last one from the primary, and what has passed since by the clock of this node. */
    private long time;

    private long timeAt;

    PartitionReplica(int number, String self, StateMachine machine, ReplicaEnvironment host) {
        this(number, self, machine, new ReplicationLog(), host);
    }

    private PartitionReplica(
            int number, String self, StateMachine machine, ReplicationLog log, ReplicaEnvironment host) {
        this.number = number;
        this.self = self;
        this.machine = machine;
        this.log = log;
        this.host = host;
        this.journal = new PartitionJournal(number, host.writes());
        machine.onChange(key -> {
            if (primary != null) {
                host.changed(number, key);
            }
        });
    }

    /** Continues from what is on the disk. */
    PartitionReplica(int number, String self, StoredPartition stored, ReplicaEnvironment host, long now) {
        this(number, self, stored.machine(), stored.log(), host);
        epoch = stored.epoch();
        commit = stored.commit();
        complete = stored.isComplete();
        if (complete) {
            time = journal.resume(stored, now);
            timeAt = now;
        }
        count();
    }

    /**
     * A configuration was decided.
     *
     * @param isMember whether this node is a member of it: a process that was restarted keeps what it has until it is one
     */
    void configured(String lineage, Assignment next, boolean isMember, long now) {
        Assignment before = assignment;
        if (before != null && before.term() == next.term() && !(retained && isMember)) {
            return;
        }
        assignment = next;
        Primary former = primary;
        primary = null;
        if (former != null) {
            former.end();
        }
        retained = !next.isReplica(self) && MemberId.isDurable(self) && (!isMember || next.isReplicaAt(self));
        if (retained) {
            transfer = 0;
            if (!complete) {
                empty(next.epoch());
            }
            return;
        }
        if (!next.isReplica(self) || next.epoch() != epoch) {
            empty(next.epoch());
        }
        if (next.inSync().contains(self) && !complete) {
            begin(lineage, next, now);
        }
        round = 0;
        transfer = 0;
        matched = complete ? commit : -1;
        if (next.primary().equals(self)) {
            primary = new Primary(this, next, log.last(), now);
            matched = log.last();
            primary.start(now);
        } else if (next.isReplica(self)) {
            acknowledge(false);
        }
    }

    /** Drops what it has. */
    private void empty(long newEpoch) {
        boolean wasEmpty = !complete && commit == 0 && log.size() == 0;
        epoch = newEpoch;
        clear(0);
        if (!wasEmpty) {
            journal.dropped(epoch);
        }
    }

    /** It was in sync from the beginning of the epoch, alone: there is nothing that it could lack. */
    private void begin(String lineage, Assignment next, long now) {
        if (next.inSync().size() > 1) {
            throw new IllegalStateException("in sync without content: partition=" + number + " " + next);
        }
        machine.begin(lineage, next.epoch());
        count();
        complete = true;
        time = Math.max(time, now);
        timeAt = now;
        journal.begun(lineage, next.epoch(), time(now), now);
    }

    private void clear(long sequence) {
        complete = false;
        commit = sequence;
        log.clear(sequence);
        machine.clear();
        count();
    }

    /** A request of a member. */
    void request(
            ReplicaMessage.StoreRequest request, long now, BiConsumer<ReplicaMessage.RequestStatus, byte[]> answer) {
        Primary active = primary;
        if (active == null) {
            answer.accept(ReplicaMessage.RequestStatus.NOT_PRIMARY, new byte[0]);
        } else {
            active.request(request, now, answer);
        }
    }

    void receive(String from, Replication message, long now) {
        Assignment known = assignment;
        if (known == null || known.term() != message.term()) {
            return;
        }
        Primary active = primary;
        if (active != null) {
            message.accept(new PrimaryVisitor(active, from, now));
        } else if (from.equals(known.primary()) && known.isReplica(self)) {
            message.accept(new FollowerVisitor(now));
        }
    }

    /** What a primary takes; nothing else is for it. */
    private record PrimaryVisitor(Primary primary, String from, long now) implements ReplicationVisitor {

        @Override
        public void on(ReplicateAck ack) {
            primary.acknowledged(from, ack, now);
        }

        @Override
        public void on(SnapshotAck ack) {
            primary.acknowledged(from, ack, now);
        }

        @Override
        public void on(Replicate replicate) {
            // It is from another primary of this term: there is none.
        }

        @Override
        public void on(SnapshotPart part) {
            // The same.
        }
    }

    /** What a backup or a learner takes from its primary; nothing else is for it. */
    private final class FollowerVisitor implements ReplicationVisitor {

        private final long now;

        FollowerVisitor(long now) {
            this.now = now;
        }

        @Override
        public void on(Replicate replicate) {
            replicated(replicate, now);
        }

        @Override
        public void on(SnapshotPart part) {
            restore(part, now);
        }

        @Override
        public void on(ReplicateAck ack) {
            // It is for a primary.
        }

        @Override
        public void on(SnapshotAck ack) {
            // It is for a primary.
        }
    }

    void tick(long now) {
        if (primary != null) {
            primary.tick(now);
        }
        if (journal.isBehind(commit)) {
            if (primary == null) {
                record(log.last() + 1, List.of(), now);
            } else {
                primary.record(now);
            }
        }
    }

    /** There may be room again for what is to be written or copied, or another turn for what was not answered. */
    void resume(long now) {
        if (primary != null) {
            primary.resume(now);
        }
    }

    /** Writes entries, and how far this replica is. */
    void record(long first, List<ReplicationEntry> entries, long now) {
        journal.added(log, commit, first, entries, time(now), now);
    }

    /** The commands up to here were applied, and records tell it. */
    long recordedCommit() {
        return journal.recordedCommit(commit);
    }

    /** Whether it is to be written how far this replica is, though there are no new entries. */
    boolean isFarBehind() {
        return journal.isFarBehind(commit);
    }

    /** Whether a snapshot of its own can be written: not while it gets that of another replica. */
    boolean isWhole() {
        return complete || transfer == 0;
    }

    /** The records that lead to what it has now. */
    Iterator<StateRecord> snapshot(long now) {
        return complete ? journal.snapshot(epoch, commit, log, machine, time(now)) : Collections.emptyIterator();
    }

    private void replicated(Replicate replicate, long now) {
        if (!replicate.entries().isEmpty() && host.writes().isBusy()) {
            return; // they are sent again
        }
        round = Math.max(round, replicate.round());
        follow(replicate.time(), now);
        boolean gap = matched >= 0 && replicate.first() > matched + 1;
        long first = matched + 1;
        List<ReplicationEntry> added = new ArrayList<>();
        boolean truncated = false;
        if (matched >= 0 && !gap) {
            long sequence = replicate.first();
            for (ReplicationEntry entry : replicate.entries()) {
                if (sequence == matched + 1) {
                    log.put(sequence, entry);
                    added.add(entry);
                    matched = sequence;
                }
                sequence++;
            }
            if (matched >= replicate.tailEnd()) {
                long last = Math.max(matched, commit);
                truncated = log.last() > last;
                log.dropAfter(last);
            }
        }
        // Before they are applied: if that fails, what is acknowledged later is on the disk nevertheless.
        if (!added.isEmpty()) {
            record(first, added, now);
        }
        if (truncated) {
            journal.truncated(log.last());
        }
        if (matched >= 0) {
            commitUpTo(Math.min(replicate.commit(), matched), now, null);
            log.dropUpTo(Math.min(replicate.stable(), commit));
        }
        if (isFarBehind()) {
            record(log.last() + 1, List.of(), now);
        }
        acknowledge(gap);
    }

    private void restore(SnapshotPart part, long now) {
        if (host.writes().isBusy()) {
            return; // it is sent again
        }
        boolean begins = part.index() == 0
                && part.transfer() > transfer
                && !known().inSync().contains(self);
        if (begins && host.isSettling()) {
            return;
        }
        if (begins) {
            transfer = part.transfer();
            matched = -1;
            nextPart = 0;
            clear(part.sequence());
            machine.beginRestore();
            journal.restoreBegun(epoch, part.sequence());
        }
        if (part.transfer() != transfer) {
            return;
        }
        if (matched < 0 && part.index() == nextPart) {
            machine.restore(part.bytes());
            journal.restored(part.bytes());
            count();
            nextPart++;
            if (part.last()) {
                complete = true;
                matched = part.sequence();
                follow(part.time(), now);
                journal.restoreEnded(time(now), now);
            }
        }
        host.send(sender(), new SnapshotAck(number, term(), transfer, nextPart));
    }

    private void acknowledge(boolean gap) {
        host.send(sender(), new ReplicateAck(number, term(), round, matched, recordedCommit(), gap));
    }

    private String sender() {
        return known().primary();
    }

    private Assignment known() {
        Assignment known = assignment;
        if (known == null) {
            throw new IllegalStateException("partition=" + number + " is in no configuration");
        }
        return known;
    }

    /** Applies what is committed now. */
    void commitUpTo(long sequence, long now, Primary.@Nullable Results results) {
        while (commit < sequence) {
            ReplicationEntry entry = log.get(commit + 1);
            byte[] result = machine.apply(entry.command(), entry.time());
            commit++;
            long growth = count();
            if (results != null) {
                results.applied(commit, result, growth);
            }
        }
    }

    /** Returns by how much the content has grown. */
    private long count() {
        long growth = machine.bytes() - bytes;
        bytes += growth;
        host.room().changed(growth);
        return growth;
    }

    /** Takes over the time of the primary, which goes on here: another primary begins with it. */
    private void follow(long theirs, long now) {
        time = Math.max(time, theirs);
        timeAt = now;
        if (complete) {
            journal.timePassed(time, now);
        }
    }

    /** The time of the partition, which never goes back. */
    long time(long now) {
        return time + Math.max(0, now - timeAt);
    }

    int number() {
        return number;
    }

    long term() {
        return known().term();
    }

    String self() {
        return self;
    }

    long commit() {
        return commit;
    }

    ReplicationLog log() {
        return log;
    }

    StateMachine machine() {
        return machine;
    }

    ReplicaEnvironment host() {
        return host;
    }

    @Nullable
    Primary primary() {
        return primary;
    }
}
