package dev.fanfare.store.replica;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A message between two nodes. */
public sealed interface ReplicaMessage {

    /** Calls the method of the visitor for this message. */
    void accept(ReplicaMessageVisitor visitor);

    /** Whether others rely on what it says even if the process of its sender ends: then it waits for the disk. */
    default Reliance reliance() {
        return Reliance.NONE;
    }

    /** Whether it is for the receiver by whatever process, if that was restarted. */
    default boolean isForSuccessor() {
        return false;
    }

    /** Whether it carries content, and is sent again if it is lost: the first to be dropped where too much is in flight. */
    default boolean isContent() {
        return false;
    }

    /** What depends on a message. */
    enum Reliance {
        /** Nothing that outlives the process. */
        NONE,
        /** What was acknowledged, or announced. It is sent again if it is lost. */
        PROMISE,
        /**
         * A decision. The proposer has its own vote on its disk, which is a part of each quorum, and a process that was restarted
         * votes with all others only: so a member that cannot write may vote, and can still be removed.
         */
        VOTE
    }

    /** A method for each message, or group of messages. */
    interface ReplicaMessageVisitor {
        void on(MemberHeartbeat heartbeat);

        void on(HeartbeatAck ack);

        void on(InSync report);

        void on(StoreRequest request);

        void on(RequestReply reply);

        void on(WatchRegistration registration);

        void on(WatchAdditions additions);

        void on(WatchChanges changes);

        void on(WatchChangesAck ack);

        void on(Consensus message);

        void on(Replication message);
    }

    /** A message that is part of the decision on a configuration. */
    sealed interface Consensus extends ReplicaMessage {
        @Override
        default void accept(ReplicaMessageVisitor visitor) {
            visitor.on(this);
        }

        /** The decision of how restarted members go on is theirs, by whatever process. */
        @Override
        default boolean isForSuccessor() {
            return true;
        }

        /** Calls the method of the visitor for this message. */
        void accept(ConsensusVisitor visitor);
    }

    /** A method for each {@link Consensus} message. */
    interface ConsensusVisitor {
        void on(Prepare prepare);

        void on(Promise promise);

        void on(Accept accept);

        void on(AcceptAck ack);

        void on(PrepareRefused refused);

        void on(Decided decided);
    }

    /**
     * Presents the sender, and asks for its lease.
     *
     * @param lineage empty if the sender has no configuration
     * @param members the size of its configuration
     * @param sentAt by the clock of the sender
     * @param leaving whether the sender is about to leave the cluster
     * @param bytes that the sender holds in all partitions
     * @param maxBytes that it may hold; {@link Room#UNLIMITED} if that is not known
     * @param serving whether it knows that no configuration was decided without it
     * @param failing whether it cannot write to its disk
     * @param waiting whether it is to join others, and never to found a cluster
     */
    record MemberHeartbeat(
            String lineage,
            long number,
            int members,
            long sentAt,
            boolean leaving,
            long bytes,
            long maxBytes,
            boolean serving,
            boolean failing,
            boolean waiting)
            implements ReplicaMessage {
        @Override
        public void accept(ReplicaMessageVisitor visitor) {
            visitor.on(this);
        }
    }

    /**
     * The answer.
     *
     * @param granted whether the sender of this takes part in no configuration without the other one for a while
     * @param undecided whether it has taken part in a decision whose outcome it does not know
     * @param dead members whose lease it held when their processes ended
     */
    record HeartbeatAck(String lineage, long number, long sentAt, boolean granted, boolean undecided, Set<String> dead)
            implements ReplicaMessage {
        @Override
        public void accept(ReplicaMessageVisitor visitor) {
            visitor.on(this);
        }
    }

    /**
     * Paxos, phase 1, for the configuration that follows this number.
     *
     * @param excluded members that are not asked
     * @param complete whether all others are: then those answer, too, whose processes were restarted
     */
    record Prepare(long number, Ballot ballot, Set<String> excluded, boolean complete) implements Consensus {
        @Override
        public void accept(ConsensusVisitor visitor) {
            visitor.on(this);
        }
    }

    /** With what was accepted in an earlier ballot, if anything. */
    record Promise(
            long number,
            Ballot ballot,
            Ballot acceptedBallot,
            @Nullable Configuration accepted) implements Consensus {
        @Override
        public void accept(ConsensusVisitor visitor) {
            visitor.on(this);
        }

        @Override
        public Reliance reliance() {
            return Reliance.VOTE;
        }
    }

    /** Paxos, phase 2. */
    record Accept(long number, Ballot ballot, Configuration value) implements Consensus {
        @Override
        public void accept(ConsensusVisitor visitor) {
            visitor.on(this);
        }
    }

    record AcceptAck(long number, Ballot ballot) implements Consensus {
        @Override
        public void accept(ConsensusVisitor visitor) {
            visitor.on(this);
        }

        @Override
        public Reliance reliance() {
            return Reliance.VOTE;
        }
    }

    /** The ballot is too low, or excludes a member that responds. */
    record PrepareRefused(long number, Ballot ballot, Ballot promised) implements Consensus {
        @Override
        public void accept(ConsensusVisitor visitor) {
            visitor.on(this);
        }
    }

    record Decided(Configuration configuration) implements Consensus {
        @Override
        public void accept(ConsensusVisitor visitor) {
            visitor.on(this);
        }

        /** The first one is known to its founder alone until it is announced. */
        @Override
        public Reliance reliance() {
            return configuration.isFirst() ? Reliance.PROMISE : Reliance.NONE;
        }

        @Override
        public boolean isForSuccessor() {
            return false;
        }
    }

    /** A learner has every command: the coordinator may put it in sync. */
    record InSync(int partition, long term, String learner) implements ReplicaMessage {
        @Override
        public void accept(ReplicaMessageVisitor visitor) {
            visitor.on(this);
        }
    }

    /** A message between replicas of a partition. */
    sealed interface Replication extends ReplicaMessage {
        int partition();

        long term();

        @Override
        default void accept(ReplicaMessageVisitor visitor) {
            visitor.on(this);
        }

        /** Calls the method of the visitor for this message. */
        void accept(ReplicationVisitor visitor);
    }

    /** A method for each {@link Replication} message. */
    interface ReplicationVisitor {
        void on(Replicate replicate);

        void on(ReplicateAck ack);

        void on(SnapshotPart part);

        void on(SnapshotAck ack);
    }

    /** A command with the time that the primary gave it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record ReplicationEntry(long time, byte[] command) {}

    /**
     * From the primary: entries, and how far it is.
     *
     * @param round to be echoed
     * @param time of the partition
     * @param tailEnd the sequence of the last entry that the primary had when the term began; backups replace what they have
     * @param commit the sequence up to which everything is committed
     * @param stable the sequence up to which all replicas have committed, so that no replica will ask for it
     * @param first the sequence of the first of the entries
     */
    record Replicate(
            int partition,
            long term,
            long round,
            long time,
            long tailEnd,
            long commit,
            long stable,
            long first,
            List<ReplicationEntry> entries)
            implements Replication {
        @Override
        public void accept(ReplicationVisitor visitor) {
            visitor.on(this);
        }

        @Override
        public boolean isContent() {
            return !entries.isEmpty();
        }
    }

    /**
     * To the primary.
     *
     * @param round the last one that has arrived
     * @param matched the sequence up to which the entries are those of the primary; -1 if a snapshot is needed
     * @param commit the sequence up to which it has applied them
     * @param gap whether entries were missing
     */
    record ReplicateAck(int partition, long term, long round, long matched, long commit, boolean gap)
            implements Replication {
        @Override
        public void accept(ReplicationVisitor visitor) {
            visitor.on(this);
        }

        @Override
        public Reliance reliance() {
            return Reliance.PROMISE;
        }
    }

    /**
     * A part of a snapshot.
     *
     * @param transfer tells the attempts apart
     * @param sequence of the last command that is in it
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record SnapshotPart(
            int partition, long term, long transfer, int index, boolean last, long sequence, long time, byte[] bytes)
            implements Replication {
        @Override
        public void accept(ReplicationVisitor visitor) {
            visitor.on(this);
        }

        @Override
        public boolean isContent() {
            return true;
        }
    }

    /** @param next the index of the part that is expected */
    record SnapshotAck(int partition, long term, long transfer, int next) implements Replication {
        @Override
        public void accept(ReplicationVisitor visitor) {
            visitor.on(this);
        }

        @Override
        public Reliance reliance() {
            return Reliance.PROMISE;
        }
    }

    /** To the primary: a command or a query. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record StoreRequest(long id, int partition, boolean query, byte[] body) implements ReplicaMessage {
        @Override
        public void accept(ReplicaMessageVisitor visitor) {
            visitor.on(this);
        }
    }

    /** @param body the result if the status is {@link RequestStatus#DONE}, a {@link Room.Full} for {@link RequestStatus#FULL}, else empty */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record RequestReply(long id, RequestStatus status, byte[] body) implements ReplicaMessage {
        @Override
        public void accept(ReplicaMessageVisitor visitor) {
            visitor.on(this);
        }
    }

    /** A watch of a node, whose id it never uses again. */
    record WatchedKeys(long watch, String prefix) {}

    /** To each member: all watches of the sender. */
    record WatchRegistration(List<WatchedKeys> watches) implements ReplicaMessage {
        @Override
        public void accept(ReplicaMessageVisitor visitor) {
            visitor.on(this);
        }
    }

    /** To each member: watches that the sender has besides those of its last registration, which they do not renew. */
    record WatchAdditions(List<WatchedKeys> watches) implements ReplicaMessage {
        @Override
        public void accept(ReplicaMessageVisitor visitor) {
            visitor.on(this);
        }
    }

    /** The partitions in which keys of a watch may have changed. */
    record WatchChange(long watch, List<Integer> partitions) {}

    /**
     * From a primary.
     *
     * @param number to be acknowledged
     */
    record WatchChanges(long number, List<WatchChange> changes) implements ReplicaMessage {
        @Override
        public void accept(ReplicaMessageVisitor visitor) {
            visitor.on(this);
        }
    }

    record WatchChangesAck(long number) implements ReplicaMessage {
        @Override
        public void accept(ReplicaMessageVisitor visitor) {
            visitor.on(this);
        }
    }

    /** What became of a request. */
    enum RequestStatus {
        DONE,
        /** Not executed: it is for another member, or for none at the moment. */
        NOT_PRIMARY,
        /** Not executed: too much waits already. */
        BUSY,
        /** Not executed: there is no room for it. */
        FULL,
        /** Not executed: the primary does not know this kind of request. */
        UNKNOWN_KIND,
        /** It may be executed, or never. */
        UNKNOWN
    }
}
