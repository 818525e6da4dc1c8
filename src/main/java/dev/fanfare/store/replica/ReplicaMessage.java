package dev.fanfare.store.replica;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A message between two nodes. */
public sealed interface ReplicaMessage {

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
            implements ReplicaMessage {}

    /**
     * The answer.
     *
     * @param granted whether the sender of this takes part in no configuration without the other one for a while
     * @param undecided whether it has taken part in a decision whose outcome it does not know
     * @param dead members whose lease it held when their processes ended
     */
    record HeartbeatAck(String lineage, long number, long sentAt, boolean granted, boolean undecided, Set<String> dead)
            implements ReplicaMessage {}

    /**
     * Paxos, phase 1, for the configuration that follows this number.
     *
     * @param excluded members that are not asked
     * @param complete whether all others are: then those answer, too, whose processes were restarted
     */
    record Prepare(long number, Ballot ballot, Set<String> excluded, boolean complete) implements ReplicaMessage {}

    /** With what was accepted in an earlier ballot, if anything. */
    record Promise(
            long number,
            Ballot ballot,
            Ballot acceptedBallot,
            @Nullable Configuration accepted) implements ReplicaMessage {}

    /** Paxos, phase 2. */
    record Accept(long number, Ballot ballot, Configuration value) implements ReplicaMessage {}

    record AcceptAck(long number, Ballot ballot) implements ReplicaMessage {}

    /** The ballot is too low, or excludes a member that responds. */
    record PrepareRefused(long number, Ballot ballot, Ballot promised) implements ReplicaMessage {}

    record Decided(Configuration configuration) implements ReplicaMessage {}

    /** A learner has every command: the coordinator may put it in sync. */
    record InSync(int partition, long term, String learner) implements ReplicaMessage {}

    /** A message between replicas of a partition. */
    sealed interface Replication extends ReplicaMessage {
        int partition();

        long term();
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
            implements Replication {}

    /**
     * To the primary.
     *
     * @param round the last one that has arrived
     * @param matched the sequence up to which the entries are those of the primary; -1 if a snapshot is needed
     * @param commit the sequence up to which it has applied them
     * @param gap whether entries were missing
     */
    record ReplicateAck(int partition, long term, long round, long matched, long commit, boolean gap)
            implements Replication {}

    /**
     * A part of a snapshot.
     *
     * @param transfer tells the attempts apart
     * @param sequence of the last command that is in it
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record SnapshotPart(
            int partition, long term, long transfer, int index, boolean last, long sequence, long time, byte[] bytes)
            implements Replication {}

    /** @param next the index of the part that is expected */
    record SnapshotAck(int partition, long term, long transfer, int next) implements Replication {}

    /** To the primary: a command or a query. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record StoreRequest(long id, int partition, boolean query, byte[] body) implements ReplicaMessage {}

    /** @param body the result if the status is {@link RequestStatus#DONE}, a {@link Room.Full} for {@link RequestStatus#FULL}, else empty */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record RequestReply(long id, RequestStatus status, byte[] body) implements ReplicaMessage {}

    /** A watch of a node, whose id it never uses again. */
    record WatchedKeys(long watch, String prefix) {}

    /** To each member: all watches of the sender. */
    record WatchRegistration(List<WatchedKeys> watches) implements ReplicaMessage {}

    /** The partitions in which keys of a watch may have changed. */
    record WatchChange(long watch, List<Integer> partitions) {}

    /**
     * From a primary.
     *
     * @param number to be acknowledged
     */
    record WatchChanges(long number, List<WatchChange> changes) implements ReplicaMessage {}

    record WatchChangesAck(long number) implements ReplicaMessage {}

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
