package dev.fanfare.store.replica;

import dev.fanfare.store.replica.ReplicaMessage.ReplicationEntry;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a member writes to its disk: a change of its state. A snapshot consists of records, too. Fields are added at the end
 * of a record, or of an entry, only.
 */
sealed interface StateRecord {

    /** Calls the method of the visitor for this record. */
    void accept(StateRecordVisitor visitor);

    /** A method for each record, or group of records. */
    interface StateRecordVisitor {
        void on(DiskIdentity identity);

        void on(AdoptedConfiguration adopted);

        void on(OwnPromise promise);

        void on(PartitionRecord record);
    }

    /**
     * A process begins to use the disk.
     *
     * @param waiting whether it is to join others, and never to found a cluster
     */
    record DiskIdentity(String name, int incarnation, boolean waiting) implements StateRecord {
        @Override
        public void accept(StateRecordVisitor visitor) {
            visitor.on(this);
        }
    }

    /** A configuration was decided. */
    record AdoptedConfiguration(Configuration configuration) implements StateRecord {
        @Override
        public void accept(StateRecordVisitor visitor) {
            visitor.on(this);
        }
    }

    /** The member takes part in the decision that follows its configuration. */
    record OwnPromise(
            Ballot promised,
            Ballot acceptedBallot,
            @Nullable Configuration accepted) implements StateRecord {
        @Override
        public void accept(StateRecordVisitor visitor) {
            visitor.on(this);
        }
    }

    /** A record of a partition. */
    sealed interface PartitionRecord extends StateRecord {
        int partition();

        @Override
        default void accept(StateRecordVisitor visitor) {
            visitor.on(this);
        }

        /** Calls the method of the visitor for this record. */
        void accept(PartitionRecordVisitor visitor);
    }

    /** A method for each {@link PartitionRecord}. */
    interface PartitionRecordVisitor {
        void on(ContentStart start);

        void on(ContentPart part);

        void on(ContentEnd end);

        void on(ContentBegin begin);

        void on(LogEntries entries);

        void on(LogTruncated truncated);

        void on(TimePassed passed);
    }

    /**
     * The partition has no content any more; parts of a snapshot may follow.
     *
     * @param first the sequence of the first entry that is kept
     * @param commit the sequence of the last command in the snapshot
     */
    record ContentStart(int partition, long epoch, long first, long commit) implements PartitionRecord {
        @Override
        public void accept(PartitionRecordVisitor visitor) {
            visitor.on(this);
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record ContentPart(int partition, byte[] bytes) implements PartitionRecord {
        @Override
        public void accept(PartitionRecordVisitor visitor) {
            visitor.on(this);
        }
    }

    /** The snapshot is complete. */
    record ContentEnd(int partition, TimeMark mark) implements PartitionRecord {
        @Override
        public void accept(PartitionRecordVisitor visitor) {
            visitor.on(this);
        }
    }

    /** The partition begins anew, empty. */
    record ContentBegin(int partition, String lineage, long epoch, TimeMark mark) implements PartitionRecord {
        @Override
        public void accept(PartitionRecordVisitor visitor) {
            visitor.on(this);
        }
    }

    /**
     * Entries of the log, which replace those with the same sequences.
     *
     * @param commit the sequence up to which they are applied
     * @param kept the sequence of the first one that may be needed by another replica
     */
    record LogEntries(int partition, TimeMark mark, long commit, long kept, long first, List<ReplicationEntry> entries)
            implements PartitionRecord {
        @Override
        public void accept(PartitionRecordVisitor visitor) {
            visitor.on(this);
        }
    }

    /** The entries behind this one are dropped. */
    record LogTruncated(int partition, long last) implements PartitionRecord {
        @Override
        public void accept(PartitionRecordVisitor visitor) {
            visitor.on(this);
        }
    }

    /** Time has passed. */
    record TimePassed(int partition, TimeMark mark) implements PartitionRecord {
        @Override
        public void accept(PartitionRecordVisitor visitor) {
            visitor.on(this);
        }
    }

    /**
     * How late it is.
     *
     * @param time of the partition
     * @param timeOfDay of the node
     */
    record TimeMark(long time, long timeOfDay) {}

    default byte[] toBytes() {
        return StateRecordCodec.encode(this);
    }

    /** @throws IOException if these are not the bytes of a record that this release knows */
    static StateRecord of(byte[] bytes) throws IOException {
        return StateRecordCodec.decode(bytes);
    }
}
