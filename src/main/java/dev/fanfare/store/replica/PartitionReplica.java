package dev.fanfare.store.replica;

import dev.fanfare.store.replica.ReplicaMessage.Replicate;
import dev.fanfare.store.replica.ReplicaMessage.ReplicateAck;
import dev.fanfare.store.replica.ReplicaMessage.Replication;
import dev.fanfare.store.replica.ReplicaMessage.SnapshotAck;
import dev.fanfare.store.replica.ReplicaMessage.SnapshotPart;
import java.util.function.BiConsumer;
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

        /** What all partitions of this node take. */
        Room room();

        /** Reports a learner that has every command. */
        void inSync(ReplicaMessage.InSync report);

        /** Whether one more snapshot may be sent now; if so, it counts until it is {@link #snapshotEnded}. */
        boolean beginSnapshot();

        void snapshotEnded();
    }

    private final int number;
    private final String self;
    private final StateMachine machine;
    private final ReplicaEnvironment host;
    private final ReplicationLog log = new ReplicationLog();

    private @Nullable Assignment assignment;
    private @Nullable Primary primary;

    /** Whether the machine has the content of the epoch, up to the commit sequence. */
    private boolean complete;

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
        this.number = number;
        this.self = self;
        this.machine = machine;
        this.host = host;
        machine.onChange(key -> {
            if (primary != null) {
                host.changed(number, key);
            }
        });
    }

    /** A configuration was decided. */
    void configured(String lineage, Assignment next, long now) {
        Assignment before = assignment;
        if (before != null && before.term() == next.term()) {
            return;
        }
        assignment = next;
        Primary former = primary;
        primary = null;
        if (former != null) {
            former.end();
        }
        if (!next.isReplica(self) || next.epoch() != epoch) {
            epoch = next.epoch();
            clear(0);
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
        if (primary != null) {
            primary.receive(from, message, now);
        } else if (from.equals(known.primary()) && known.isReplica(self)) {
            if (message instanceof Replicate replicate) {
                replicated(replicate, now);
            } else if (message instanceof SnapshotPart part) {
                restore(part, now);
            }
        }
    }

    void tick(long now) {
        if (primary != null) {
            primary.tick(now);
        }
    }

    private void replicated(Replicate replicate, long now) {
        round = Math.max(round, replicate.round());
        follow(replicate.time(), now);
        boolean gap = matched >= 0 && replicate.first() > matched + 1;
        if (matched >= 0 && !gap) {
            long sequence = replicate.first();
            for (ReplicaMessage.ReplicationEntry entry : replicate.entries()) {
                if (sequence == matched + 1) {
                    log.put(sequence, entry);
                    matched = sequence;
                }
                sequence++;
            }
            if (matched >= replicate.tailEnd()) {
                log.dropAfter(Math.max(matched, commit));
            }
        }
        if (matched >= 0) {
            commitUpTo(Math.min(replicate.commit(), matched), now, null);
            log.dropUpTo(Math.min(replicate.stable(), commit));
        }
        acknowledge(gap);
    }

    private void restore(SnapshotPart part, long now) {
        if (part.index() == 0 && part.transfer() > transfer && !known().inSync().contains(self)) {
            transfer = part.transfer();
            matched = -1;
            nextPart = 0;
            clear(part.sequence());
            machine.beginRestore();
        }
        if (part.transfer() != transfer) {
            return;
        }
        if (matched < 0 && part.index() == nextPart) {
            machine.restore(part.bytes());
            count();
            nextPart++;
            if (part.last()) {
                complete = true;
                matched = part.sequence();
                follow(part.time(), now);
            }
        }
        host.send(sender(), new SnapshotAck(number, term(), transfer, nextPart));
    }

    private void acknowledge(boolean gap) {
        host.send(sender(), new ReplicateAck(number, term(), round, matched, commit, gap));
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
            ReplicaMessage.ReplicationEntry entry = log.get(commit + 1);
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
