package dev.fanfare.store.replica;

import dev.fanfare.store.state.WatchEvent;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A member of the replicated store: takes messages, views and time, and returns messages and answers. Pure: no thread, no
 * clock. One that was {@link NodeEnvironment#superseded} is replaced by a new one, of the next incarnation.
 */
public final class ReplicaNode {

    /** What surrounds it. */
    public interface NodeEnvironment {
        /** Sends a message; it may be lost. */
        void send(String node, Envelope envelope);

        /**
         * Something failed that concerns one partition: a bug, or a sender that does not follow the protocol. The others
         * go on.
         */
        void failed(int partition, RuntimeException failure);

        /** There is more to do than should be done in one turn: {@link ReplicaNode#proceed} is to be called in another one soon. */
        void proceedSoon();

        /** The partition begins anew: what it had was lost with its replicas. */
        void lost(int partition);

        /** Its cluster has met a larger one, which it is to join without its content. */
        void superseded();
    }

    /** Snapshots that are sent at a time. */
    private static final int SNAPSHOTS = 4;

    private final String self;
    private final NodeEnvironment host;
    private final IntFunction<StateMachine> machines;
    private final Room room;
    private final DurableWrites writes;
    private final @Nullable StoredMember stored;
    private final Set<String> givenUp;
    private final Leases leases = new Leases();
    private final ConfigurationConsensus consensus;
    private final Coordinator coordinator;
    private final Requests requests;
    private final OpenWatches watches;
    private final WatchRegistry registry;
    private final List<PartitionReplica> replicas = new ArrayList<>();
    private final MemberOutbox outbox;
    private final Heartbeats heartbeats;
    private final AnswerTurns answerTurns = new AnswerTurns();
    private final PartitionHost partitionHost = new PartitionHost();
    private long now;
    private int snapshots;

    /** Partitions with learners that wait until one of them ends, in the order in which they get a turn. */
    private final Set<Integer> snapshotsDue = new LinkedHashSet<>();

    /** Whether it is in service; null if that may have changed since it was asked. */
    private @Nullable Boolean serving;

    private boolean held;
    private boolean settling;
    private boolean ended;

    /**
     * @param node its name in views
     * @param incarnation 1 at first
     * @param partitions their number, if it founds a cluster
     * @param maxBytes the most bytes that all partitions together may take here
     * @param machines makes an empty one for a partition
     */
    public ReplicaNode(
            String node,
            int incarnation,
            int partitions,
            long maxBytes,
            IntFunction<StateMachine> machines,
            NodeEnvironment host) {
        this(node, MemberId.of(node, incarnation), partitions, maxBytes, machines, null, null, Set.of(), host);
    }

    /**
     * A member that has its state on a disk.
     *
     * @param node its name in views
     * @param partitions their number, if it founds a cluster
     * @param maxBytes the most bytes that all partitions together may take here
     * @param stored what is on the disk; not used by others from now on
     * @param storage continues with what follows
     * @param givenUp names of disks of which an operator says that they are lost
     */
    public ReplicaNode(
            String node,
            int partitions,
            long maxBytes,
            StoredMember stored,
            ReplicaStorage storage,
            Set<String> givenUp,
            NodeEnvironment host) {
        this(
                node,
                MemberId.of(node, stored.name(), stored.identity().incarnation()),
                partitions,
                maxBytes,
                stored::newMachine,
                stored,
                storage,
                givenUp,
                host);
    }

    private ReplicaNode(
            String node,
            String self,
            int partitions,
            long maxBytes,
            IntFunction<StateMachine> machines,
            @Nullable StoredMember stored,
            @Nullable ReplicaStorage storage,
            Set<String> givenUp,
            NodeEnvironment host) {
        this.self = self;
        this.host = host;
        this.machines = machines;
        this.room = new Room(maxBytes);
        this.stored = stored;
        this.writes = new DurableWrites(storage);
        this.givenUp = Set.copyOf(givenUp);
        this.outbox = new MemberOutbox(self, leases, writes, host::send);
        this.consensus = new ConfigurationConsensus(self, leases, writes, stored, new ConsensusHost());
        this.coordinator = new Coordinator(self, partitions, leases, consensus, new CoordinatorHost());
        this.heartbeats =
                new Heartbeats(node, leases, consensus, coordinator, outbox, room, writes, new HeartbeatHost());
        this.requests = new Requests(self, this::send);
        this.watches = new OpenWatches(this::send, this::fetch);
        this.registry = new WatchRegistry(this::send, this::primaries);
    }

    /** More of what was appended to the storage is on the disk. */
    public void written(long time) {
        enter(time, () -> {
            if (held && !writes.isBusy()) {
                held = false;
                replicas.forEach(replica -> guarded(replica.number(), () -> replica.resume(time)));
            }
        });
    }

    /**
     * The nodes that are there have changed.
     *
     * @param nodes the eldest first, this one included
     */
    public void view(List<String> nodes, long time) {
        enter(time, () -> {
            coordinator.view(nodes, time);
            heartbeats.send(time);
        });
    }

    /** The process of a node has ended. */
    public void crashed(String other, long time) {
        enter(time, () -> leases.crashed(other, time));
    }

    /** Call it every {@link ReplicaTiming#TICK} ms. */
    public void tick(long time) {
        enter(time, () -> {
            heartbeats.tick(time);
            requests.tick(consensus.current(), time);
            coordinator.tick(time);
            replicas.forEach(replica -> guarded(replica.number(), () -> replica.tick(time)));
            watches.tick(time);
            registry.tick(time);
        });
    }

    /** Goes on with what was left to a later turn. */
    public void proceed(long time) {
        enter(
                time,
                () -> answerTurns.proceed(partition ->
                        guarded(partition, () -> replicas.get(partition).resume(time))));
    }

    /**
     * Executes a command or a query at the primary of a partition.
     *
     * @param deadline when it is answered at the latest
     */
    public void submit(int partition, boolean query, byte[] body, long deadline, Requests.Answer answer, long time) {
        enter(time, () -> requests.submit(consensus.current(), partition, query, body, deadline, answer, time));
    }

    /**
     * Follows all keys that begin with a prefix. The watch ends with this member. Throws {@link IllegalStateException} if
     * there are {@link dev.fanfare.store.StoreLimits#MAX_WATCHES} already.
     *
     * @param available called when events can be taken; it must not call this member at once
     */
    public ReplicaWatch watch(String prefix, Runnable available, long time) {
        ReplicaWatch watch = watches.open(prefix, available);
        enter(time, () -> {
            watches.flush();
            available.run();
        });
        return watch;
    }

    /** Takes the next events of a watch. More can be taken at once if there are {@code max} of them. */
    public List<WatchEvent> take(ReplicaWatch watch, int max, long time) {
        List<WatchEvent> events = watch.take(max);
        enter(time, watch::pump);
        return events;
    }

    /** Ends a watch. */
    public void close(ReplicaWatch watch, long time) {
        enter(time, () -> watches.close(watch, time));
    }

    private void fetch(int partition, byte[] query, Requests.Answer answer) {
        requests.submit(consensus.current(), partition, true, query, now + ReplicaTiming.WATCH_DEADLINE, answer, now);
    }

    private BitSet primaries() {
        BitSet primaries = new BitSet();
        for (int i = 0; i < replicas.size(); i++) {
            primaries.set(i, replicas.get(i).primary() != null);
        }
        return primaries;
    }

    /** Moves everything to other members; {@link #hasLeft} afterwards. */
    public void leave(long time) {
        enter(time, () -> {
            coordinator.leave();
            heartbeats.send(time);
        });
    }

    /** Whether no other member depends on this one, or none stays that could. */
    public boolean hasLeft() {
        Configuration current = consensus.current();
        return current == null
                || coordinator.isLast()
                || (!current.isMember(self)
                        && current.partitions().stream()
                                .noneMatch(assignment -> assignment.inSync().contains(self)));
    }

    /** Answers everything that is in flight, and takes part in nothing any more. */
    public void end(long time) {
        enter(time, () -> {
            stop();
        });
    }

    private void stop() {
        ended = true;
        serving = false;
        requests.end();
    }

    /** What this member knows of all. */
    public ReplicaFigures figures(long time) {
        return ReplicaFigures.of(consensus.current(), self, coordinator.view(), isInService(time));
    }

    /** A message has arrived. */
    public void receive(Envelope envelope, long time) {
        if (envelope.to().isEmpty() || envelope.to().equals(self)) {
            enter(time, () -> received(envelope.from(), envelope.message()));
        }
    }

    /** Whether it is a member and knows that no configuration was decided without it. */
    public boolean isInService(long time) {
        Configuration current = consensus.current();
        if (current == null || !current.isMember(self) || ended) {
            return false;
        }
        Set<String> bound = new HashSet<>();
        for (String member : current.members()) {
            if (member.equals(self) || leases.holdsLeaseOf(member, time)) {
                bound.add(member);
            }
        }
        return current.isMajority(bound, leases.deadKnownTo(bound));
    }

    /** The same now, computed once for many requests. */
    private boolean isServing() {
        Boolean known = serving;
        if (known == null) {
            known = isInService(now);
            serving = known;
        }
        return known;
    }

    /**
     * The members whose return this one waits for, as it and others were restarted; empty if that is not what it waits for.
     * Each is {@code node/name.process}, with the name of its disk.
     */
    public Set<String> missing() {
        return coordinator.missing();
    }

    /**
     * The members in the view that have their state on disks if this one has it in memory only, or in memory only if this one
     * has a disk. Such members found no store together; if they are in one, it cannot go on by itself when all were stopped.
     */
    public Set<String> unlikeMembers() {
        return coordinator.unlike();
    }

    /** The members that alone have a part of the content, and are not there. Known to the member in charge only. */
    public Set<String> absentReplicas() {
        return coordinator.absentReplicas();
    }

    /** Whether it has met a cluster with a content of its own, and neither takes the other one in. */
    public boolean meetsOthers(long time) {
        return heartbeats.meetsOthers(time);
    }

    /**
     * Whether {@link #snapshot} has all that is on the disk. Otherwise no content is accepted from others until it has: to be
     * called until it returns true.
     */
    public boolean prepareSnapshot() {
        settling = stored == null
                || replicas.stream().anyMatch(replica -> !replica.isWhole())
                || stored.partitions().stream().anyMatch(partition -> partition >= replicas.size());
        return !settling;
    }

    /**
     * The records that lead to the present state: to replace everything that has been appended to the storage until now. May
     * be read by another thread.
     */
    public Iterator<byte[]> snapshot(long time) {
        List<Iterator<StateRecord>> parts = new ArrayList<>();
        List<StateRecord> head = new ArrayList<>();
        head.add(Objects.requireNonNull(stored).identity());
        consensus.snapshot(head);
        parts.add(head.iterator());
        replicas.forEach(replica -> parts.add(replica.snapshot(time)));
        Iterator<StateRecord> records = new JoinedIterator<>(parts);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return records.hasNext();
            }

            @Override
            public byte[] next() {
                return records.next().toBytes();
            }
        };
    }

    @Nullable
    Configuration configuration() {
        return consensus.current();
    }

    /** The name of this member in configurations. */
    public String member() {
        return self;
    }

    /** Runs something, and what it leads to at this node, one after the other. */
    private void enter(long time, Runnable action) {
        if (ended) {
            return;
        }
        now = time;
        serving = null;
        answerTurns.begin();
        action.run();
        beginSnapshots();
        do {
            receiveOwn();
            writes.release(now);
            receiveOwn();
        } while (registry.flush(now));
        held |= writes.isBusy();
        if (answerTurns.needsAnother()) {
            host.proceedSoon();
        }
    }

    private void beginSnapshots() {
        while (snapshots < SNAPSHOTS && !snapshotsDue.isEmpty()) {
            int partition = snapshotsDue.iterator().next();
            snapshotsDue.remove(partition);
            guarded(partition, () -> replicas.get(partition).resume(now));
        }
    }

    /** What fails in one partition stops no other one. */
    private void guarded(int partition, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            host.failed(partition, e);
        }
    }

    private void receiveOwn() {
        for (ReplicaMessage next = outbox.takeOwn(); next != null; next = outbox.takeOwn()) {
            received(self, next);
        }
    }

    private void send(String member, ReplicaMessage message) {
        outbox.send(member, message, now);
    }

    private void received(String from, ReplicaMessage message) {
        serving = null;
        message.accept(new MessageDispatch(from));
    }

    private void request(String from, ReplicaMessage.StoreRequest request) {
        if (request.partition() >= replicas.size()) {
            send(
                    from,
                    new ReplicaMessage.RequestReply(
                            request.id(), ReplicaMessage.RequestStatus.NOT_PRIMARY, new byte[0]));
        } else {
            PartitionReplica replica = replicas.get(request.partition());
            guarded(
                    request.partition(),
                    () -> replica.request(
                            request,
                            now,
                            (status, body) -> send(from, new ReplicaMessage.RequestReply(request.id(), status, body))));
        }
    }

    private final class MessageDispatch implements ReplicaMessage.ReplicaMessageVisitor {

        private final String from;

        MessageDispatch(String from) {
            this.from = from;
        }

        @Override
        public void on(ReplicaMessage.MemberHeartbeat heartbeat) {
            heartbeats.received(from, heartbeat, now);
        }

        @Override
        public void on(ReplicaMessage.HeartbeatAck ack) {
            heartbeats.acknowledged(from, ack);
        }

        @Override
        public void on(ReplicaMessage.InSync report) {
            coordinator.inSync(report);
        }

        @Override
        public void on(ReplicaMessage.StoreRequest request) {
            request(from, request);
        }

        @Override
        public void on(ReplicaMessage.RequestReply reply) {
            requests.replied(reply);
        }

        @Override
        public void on(ReplicaMessage.WatchRegistration registration) {
            registry.registered(from, registration.watches(), now);
        }

        @Override
        public void on(ReplicaMessage.WatchAdditions additions) {
            registry.added(from, additions.watches(), now);
        }

        @Override
        public void on(ReplicaMessage.WatchChanges changes) {
            watches.changed(from, changes);
        }

        @Override
        public void on(ReplicaMessage.WatchChangesAck ack) {
            registry.acknowledged(from, ack.number());
        }

        @Override
        public void on(ReplicaMessage.Consensus message) {
            consensus.receive(from, message, now);
        }

        @Override
        public void on(ReplicaMessage.Replication message) {
            int partition = message.partition();
            if (partition < replicas.size()) {
                guarded(partition, () -> replicas.get(partition).receive(from, message, now));
            }
        }
    }

    private final class ConsensusHost implements ConfigurationConsensus.ConsensusEnvironment {

        @Override
        public void send(String member, ReplicaMessage message) {
            ReplicaNode.this.send(member, message);
        }

        @Override
        public void configured(Configuration configuration) {
            serving = null;
            coordinator.configured(configuration);
            Set<String> kept = new HashSet<>(configuration.members());
            for (int i = 0; i < configuration.partitions().size(); i++) {
                Assignment assignment = configuration.partition(i);
                kept.addAll(assignment.inSync());
                if (i == replicas.size()) {
                    replicas.add(newReplica(i));
                }
                if (assignment.epoch() == configuration.number() && assignment.epoch() > 1) {
                    host.lost(i);
                }
                PartitionReplica replica = replicas.get(i);
                Primary before = replica.primary();
                guarded(
                        i,
                        () -> replica.configured(
                                configuration.lineage(), assignment, configuration.isMember(self), now));
                if (replica.primary() != null && replica.primary() != before) {
                    registry.begun(i);
                }
            }
            leases.retain(kept, coordinator.view(), now);
            room.retain(kept);
            requests.configured(configuration, now);
            watches.configured(configuration, now);
        }

        @Override
        public void announce(Configuration configuration) {
            ReplicaMessage decided = new ReplicaMessage.Decided(configuration);
            Set<String> members = new HashSet<>(configuration.members());
            for (String other : coordinator.view()) {
                Leases.Presence presence = leases.presence(other);
                if (presence != null) {
                    members.add(presence.member());
                }
            }
            members.remove(self);
            members.stream().sorted().forEach(member -> send(member, decided));
        }
    }

    private PartitionReplica newReplica(int partition) {
        StoredPartition content = stored == null ? null : stored.partition(partition);
        return content == null
                ? new PartitionReplica(partition, self, machines.apply(partition), partitionHost)
                : new PartitionReplica(partition, self, content, partitionHost, now);
    }

    /** Whether it is to join others, and serves nothing until it has found some. */
    public boolean isWaiting() {
        return stored != null && stored.identity().waiting() && consensus.current() == null;
    }

    private final class HeartbeatHost implements Heartbeats.HeartbeatEnvironment {

        @Override
        public boolean isServing() {
            return ReplicaNode.this.isServing();
        }

        @Override
        public boolean isWaiting() {
            return ReplicaNode.this.isWaiting();
        }

        @Override
        public void superseded() {
            stop();
            host.superseded();
        }
    }

    private final class CoordinatorHost implements Coordinator.CoordinatorEnvironment {

        @Override
        public boolean isWaiting() {
            return ReplicaNode.this.isWaiting();
        }

        @Override
        public boolean isFailing() {
            return writes.isFailing();
        }

        @Override
        public boolean isGivenUp(String member) {
            return givenUp.contains(MemberId.keeperOf(member));
        }

        @Override
        public String newLineage() {
            return writes.isDurable()
                    ? String.format(Locale.ROOT, "%012x-%s", writes.mark(0).timeOfDay(), self)
                    : self;
        }
    }

    private final class PartitionHost implements PartitionReplica.ReplicaEnvironment {

        @Override
        public void send(String member, ReplicaMessage message) {
            ReplicaNode.this.send(member, message);
        }

        @Override
        public boolean isInService() {
            return isServing();
        }

        @Override
        public void changed(int partition, String key) {
            registry.changed(partition, key);
        }

        @Override
        public boolean mayAnswer(int partition) {
            return answerTurns.mayAnswer(partition);
        }

        @Override
        public void answered(int bytes) {
            answerTurns.answered(bytes);
        }

        @Override
        public Room room() {
            return room;
        }

        @Override
        public DurableWrites writes() {
            return writes;
        }

        @Override
        public void whenWritten(int partition, LongConsumer action) {
            writes.whenWritten(at -> guarded(partition, () -> action.accept(at)), now);
        }

        @Override
        public boolean isSettling() {
            return settling;
        }

        @Override
        public void inSync(ReplicaMessage.InSync report) {
            String member = coordinator.coordinator();
            if (member != null) {
                send(member, report);
            }
        }

        @Override
        public boolean beginSnapshot(int partition) {
            if (snapshots == SNAPSHOTS) {
                snapshotsDue.add(partition);
                return false;
            }
            snapshots++;
            return true;
        }

        @Override
        public void snapshotEnded() {
            snapshots--;
        }
    }

    /** Bytes that all partitions take here. */
    public long bytes() {
        return room.used();
    }

    /** For tests. */
    Room room() {
        return room;
    }

    /** The replica of a partition, for tests and metrics. */
    PartitionReplica replica(int partition) {
        return Objects.requireNonNull(replicas.get(partition));
    }
}
