package dev.fanfare.store.replica;

import dev.fanfare.store.replica.ReplicaMessage.Replicate;
import dev.fanfare.store.replica.ReplicaMessage.ReplicateAck;
import dev.fanfare.store.replica.ReplicaMessage.ReplicationEntry;
import dev.fanfare.store.replica.ReplicaMessage.RequestStatus;
import dev.fanfare.store.replica.ReplicaMessage.SnapshotAck;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The primary of a partition during one term: orders commands, commits what all replicas in sync have, answers queries when these
 * have confirmed that they still follow it, and brings learners in sync.
 */
final class Primary {

    /** Bounds of the commands that are not known to be committed everywhere; behind them commands wait. */
    private static final int WINDOW = 1024;

    private static final long WINDOW_BYTES = 8L * 1024 * 1024;

    /** Bounds of the requests that wait. */
    private static final int QUEUE = 1024;

    private static final long QUEUE_BYTES = 8L * 1024 * 1024;
    private static final int READS = 4096;
    private static final byte[] NOTHING = new byte[0];

    /** Takes the results of commands. */
    interface Results {
        void applied(long sequence, byte[] result, long growth);
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record QueuedCommand(byte[] body, BiConsumer<RequestStatus, byte[]> answer) {}

    /** @param reserved bytes of {@link Room} */
    private record OrderedCommand(long reserved, BiConsumer<RequestStatus, byte[]> answer) {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Read(byte[] query, long round, BiConsumer<RequestStatus, byte[]> answer) {}

    /**
     * Whether a command is ordered.
     *
     * @param growth bytes by which the content grows at most
     * @param refusal null if it is ordered
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record OrderDecision(long growth, @Nullable RequestStatus refusal, byte[] reason) {}

    private final PartitionReplica replica;
    private final ReplicationLog log;
    private final long tailEnd;
    private final List<Follower> followers = new ArrayList<>();
    private final Map<Long, OrderedCommand> unanswered = new HashMap<>();
    private final Deque<QueuedCommand> queue = new ArrayDeque<>();
    private final Queue<Read> reads = new ArrayDeque<>();
    private long queuedBytes;
    private long round;
    private long roundTime;
    private long lastTime;
    private boolean maintaining;
    private boolean ended;

    /** Up to which sequence entries were handed to the disk. */
    private long handed;

    /** Up to which sequence entries, and commits, are on the disk, and whether what was written before the term began is. */
    private long durable;

    private long durableCommit;
    private boolean settled;

    Primary(PartitionReplica replica, Assignment assignment, long tailEnd, long now) {
        this.replica = replica;
        this.log = replica.log();
        this.tailEnd = tailEnd;
        this.handed = tailEnd;
        this.lastTime = log.size() == 0 ? 0 : log.get(tailEnd).time();
        for (String member : assignment.inSync()) {
            if (!member.equals(replica.self())) {
                followers.add(new Follower(this, replica, member, true, now));
            }
        }
        assignment.learners().forEach(member -> followers.add(new Follower(this, replica, member, false, now)));
    }

    void start(long now) {
        DurableWrites writes = replica.host().writes();
        settled = !writes.isDurable();
        if (!settled) {
            long recorded = replica.recordedCommit();
            replica.host().whenWritten(replica.number(), at -> written(tailEnd, recorded, at));
        }
        followers.forEach(follower -> follower.send(now));
        advance(now);
    }

    void request(ReplicaMessage.StoreRequest request, long now, BiConsumer<RequestStatus, byte[]> answer) {
        if (!replica.host().isInService()) {
            answer.accept(RequestStatus.NOT_PRIMARY, NOTHING);
        } else if (request.query()) {
            read(request.body(), now, answer);
        } else if (queue.size() >= QUEUE || queuedBytes + request.body().length > QUEUE_BYTES) {
            answer.accept(RequestStatus.BUSY, NOTHING);
        } else {
            queue.add(new QueuedCommand(request.body(), answer));
            queuedBytes += request.body().length;
            advance(now);
        }
    }

    private void read(byte[] query, long now, BiConsumer<RequestStatus, byte[]> answer) {
        if (reads.size() >= READS) {
            answer.accept(RequestStatus.BUSY, NOTHING);
            return;
        }
        // One that arrives during a round waits for the next one: the answers to this one may be older than the
        // request.
        boolean idle = confirmed() == round;
        reads.add(new Read(query, round + 1, answer));
        if (idle) {
            beginRound(now);
        }
        advance(now);
    }

    /** Begins a round that all replicas in sync are to confirm: until now, no other member was primary. */
    void beginRound(long now) {
        round++;
        roundTime = time(now);
        mandatory().forEach(follower -> follower.send(now));
    }

    /** The round that all replicas in sync have echoed. */
    private long confirmed() {
        return mandatory().mapToLong(Follower::round).min().orElse(round);
    }

    void acknowledged(String from, ReplicateAck ack, long now) {
        followers(from).forEach(follower -> follower.acknowledged(ack, now));
        advance(now);
    }

    void acknowledged(String from, SnapshotAck ack, long now) {
        followers(from).forEach(follower -> follower.acknowledged(ack, now));
        advance(now);
    }

    private Stream<Follower> followers(String member) {
        return followers.stream().filter(follower -> follower.member().equals(member));
    }

    void tick(long now) {
        byte[] due = maintaining || commitBound() < tailEnd
                ? null
                : replica.machine().due(time(now));
        if (due != null && replica.host().isInService()) {
            maintaining = true;
            queue.addFirst(new QueuedCommand(due, (status, result) -> maintaining = false));
            queuedBytes += due.length;
        }
        advance(now);
        followers.forEach(follower -> follower.tick(now));
    }

    /** Does everything that has become possible. */
    private void advance(long now) {
        boolean more = true;
        while (more) {
            order(now);
            followers.forEach(follower -> follower.pump(now));
            more = commit(now) && !queue.isEmpty();
        }
        answerReads(now);
        trim(now);
    }

    /** The time of the partition: what a backup that takes over goes on from, and never less than before. */
    long time(long now) {
        lastTime = Math.max(lastTime, replica.time(now));
        return lastTime;
    }

    /** What was written is on the disk. */
    private void written(long sequence, long commit, long now) {
        settled = true;
        durable = Math.max(durable, sequence);
        durableCommit = Math.max(durableCommit, commit);
        if (!ended) {
            advance(now);
        }
    }

    /** There may be room again for what is to be written or copied, or another turn for what was not answered. */
    void resume(long now) {
        advance(now);
    }

    private void order(long now) {
        orderQueued(now);
        boolean added = replica.host().writes().isDurable() && log.last() > handed;
        if (added || replica.isFarBehind()) {
            record(now);
        }
    }

    /** Writes the entries that are new, and how far it is. */
    void record(long now) {
        List<ReplicationEntry> added = new ArrayList<>();
        for (long sequence = handed + 1; sequence <= log.last(); sequence++) {
            added.add(log.get(sequence));
        }
        replica.record(handed + 1, added, now);
        long last = log.last();
        handed = last;
        long recorded = replica.recordedCommit();
        replica.host().whenWritten(replica.number(), at -> written(last, recorded, at));
    }

    private void orderQueued(long now) {
        while (!queue.isEmpty() && !isWindowFull() && !replica.host().writes().isBusy()) {
            QueuedCommand next = queue.element();
            OrderDecision decision = admit(next.body(), now);
            if (decision == null) {
                return;
            }
            queue.remove();
            queuedBytes -= next.body().length;
            if (decision.refusal() == null) {
                log.add(new ReplicationEntry(time(now), next.body()));
                unanswered.put(log.last(), new OrderedCommand(decision.growth(), next.answer()));
                replica.host().room().reserve(decision.growth());
            } else {
                next.answer().accept(decision.refusal(), decision.reason());
            }
        }
    }

    /** Whether so many commands are not known to be everywhere that no more are ordered. */
    boolean isWindowFull() {
        return log.size() >= WINDOW || log.bytes() >= WINDOW_BYTES;
    }

    /** Decides on a command; null if what is in flight is to be applied first, as it may make room. */
    private @Nullable OrderDecision admit(byte[] command, long now) {
        try {
            StateMachine machine = replica.machine();
            long growth = machine.maxGrowth(command);
            if (refusal(growth) != null) {
                if (log.last() > replica.commit()) {
                    return null;
                }
                growth = machine.growth(command, time(now));
            }
            Room.Full full = refusal(growth);
            return full == null
                    ? new OrderDecision(growth, null, NOTHING)
                    : new OrderDecision(0, RequestStatus.FULL, full.toBytes());
        } catch (IllegalArgumentException e) {
            return new OrderDecision(0, RequestStatus.UNKNOWN_KIND, NOTHING);
        }
    }

    private Room.@Nullable Full refusal(long growth) {
        return replica.host().room().refusal(growth, mandatory().map(Follower::member));
    }

    private Stream<Follower> mandatory() {
        return followers.stream().filter(Follower::isMandatory);
    }

    private boolean commit(long now) {
        long until = commitBound();
        if (until <= replica.commit() || !replica.host().isInService()) {
            return false;
        }
        replica.commitUpTo(until, now, this::applied);
        trim(now);
        return true;
    }

    private void applied(long sequence, byte[] result, long growth) {
        if (growth != 0) {
            mandatory().forEach(follower -> replica.host().room().changedAt(follower.member(), growth));
        }
        OrderedCommand command = unanswered.remove(sequence);
        if (command != null) {
            replica.host().room().release(command.reserved());
            command.answer().accept(RequestStatus.DONE, result);
        }
    }

    /** The sequence up to which all replicas in sync have everything, this one included. */
    private long commitBound() {
        long here = replica.host().writes().isDurable() ? durable : log.last();
        return mandatory().mapToLong(Follower::matched).reduce(here, Math::min);
    }

    private void answerReads(long now) {
        while (settled && confirmed() >= round && replica.commit() >= tailEnd && !reads.isEmpty()) {
            if (reads.element().round() > round) {
                beginRound(now);
            } else if (!replica.host().isInService()) {
                reads.remove().answer().accept(RequestStatus.NOT_PRIMARY, NOTHING);
            } else if (replica.host().mayAnswer(replica.number())) {
                answer(reads.remove());
            } else {
                return;
            }
        }
    }

    private void answer(Read read) {
        byte[] result;
        try {
            result = replica.machine().read(read.query(), readTime());
        } catch (IllegalArgumentException e) {
            read.answer().accept(RequestStatus.UNKNOWN_KIND, NOTHING);
            return;
        }
        replica.host().answered(result.length);
        read.answer().accept(RequestStatus.DONE, result);
    }

    /** When the round began, but not later than commands that take effect after the query. */
    private long readTime() {
        long next = replica.commit() + 1;
        return next <= log.last() ? Math.min(roundTime, log.get(next).time()) : roundTime;
    }

    private void trim(long now) {
        log.dropUpTo(Math.min(stable(now), replica.commit()));
    }

    /** The sequence up to which no follower will ask for entries. */
    long stable(long now) {
        return followers.stream()
                .mapToLong(follower -> follower.needsAfter(now))
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** The sequence up to which all replicas without which nothing is committed are known to have committed. */
    long committedEverywhere() {
        return Math.min(
                committedHere(), mandatory().mapToLong(Follower::commit).min().orElse(Long.MAX_VALUE));
    }

    /** What this replica has committed, and will know if it is restarted. */
    private long committedHere() {
        return replica.host().writes().isDurable() ? durableCommit : replica.commit();
    }

    /** Whether what led to this term is on the disk. */
    boolean isSettled() {
        return settled;
    }

    long tailEnd() {
        return tailEnd;
    }

    long round() {
        return round;
    }

    Replicate message(long first, List<ReplicationEntry> entries, long now) {
        return new Replicate(
                replica.number(),
                replica.term(),
                round,
                time(now),
                tailEnd,
                replica.commit(),
                Math.min(stable(now), committedHere()),
                first,
                entries);
    }

    /** The term has ended. */
    void end() {
        ended = true;
        followers.forEach(Follower::end);
        for (OrderedCommand command : unanswered.values()) {
            replica.host().room().release(command.reserved());
            command.answer().accept(RequestStatus.UNKNOWN, NOTHING);
        }
        queue.forEach(waiting -> waiting.answer().accept(RequestStatus.NOT_PRIMARY, NOTHING));
        reads.forEach(read -> read.answer().accept(RequestStatus.NOT_PRIMARY, NOTHING));
    }
}
