package dev.fanfare.store.replica;

import dev.fanfare.store.replica.ReplicaMessage.ReplicationEntry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/**
 * Writes what a replica of a partition must not forget, if its member has a disk, and knows how far its records are behind what
 * it has. Pure: no thread, no clock.
 */
final class PartitionJournal {

    /** Commands that may be applied without a record of it. */
    private static final int UNRECORDED = 256;

    /** How far the time of a partition may run ahead of what its records tell: the next process continues that much later. */
    private static final int TIME_SLACK = 1000;

    private final int partition;
    private final DurableWrites writes;

    /** The commit sequence in the last record, and the time, with what has passed until {@link #recordedAt}. */
    private long recordedCommit;

    private long recordedTime;
    private long recordedAt;

    PartitionJournal(int partition, DurableWrites writes) {
        this.partition = partition;
        this.writes = writes;
    }

    /** Continues behind what is on the disk, which is complete. Returns the time of the partition. */
    long resume(StoredPartition stored, long now) {
        recordedCommit = stored.commit();
        recordedTime = stored.mark().time() + writes.since(stored.mark()) + TIME_SLACK;
        recordedAt = now;
        return recordedTime;
    }

    /** The commands up to here were applied, and records tell it. */
    long recordedCommit(long commit) {
        return writes.isDurable() ? recordedCommit : commit;
    }

    /** Whether it is to be written how far the replica is, as many commands were applied since it was. */
    boolean isFarBehind(long commit) {
        return writes.isDurable() && commit - recordedCommit >= UNRECORDED;
    }

    /** Whether it can be written how far the replica is, and would be new. */
    boolean isBehind(long commit) {
        return writes.isDurable() && commit > recordedCommit && !writes.isBusy();
    }

    /** There is no content any more. */
    void dropped(long epoch) {
        recordedCommit = 0;
        writes.write(new StateRecord.ContentStart(partition, epoch, 1, 0));
    }

    /** The partition begins anew, empty. */
    void begun(String lineage, long epoch, long time, long now) {
        recordedCommit = 0;
        writes.write(new StateRecord.ContentBegin(partition, lineage, epoch, mark(time, now)));
    }

    /** Parts of a snapshot follow, with the commands up to this sequence. */
    void restoreBegun(long epoch, long sequence) {
        recordedCommit = sequence;
        writes.write(new StateRecord.ContentStart(partition, epoch, sequence + 1, sequence));
    }

    void restored(byte[] part) {
        writes.write(new StateRecord.ContentPart(partition, part));
    }

    void restoreEnded(long time, long now) {
        writes.write(new StateRecord.ContentEnd(partition, mark(time, now)));
    }

    /**
     * The log has further entries, or more of them are applied.
     *
     * @param log as it is now
     * @param first the sequence of the first of the entries
     */
    void added(ReplicationLog log, long commit, long first, List<ReplicationEntry> entries, long time, long now) {
        if (writes.isDurable()) {
            writes.write(new StateRecord.LogEntries(partition, mark(time, now), commit, log.first(), first, entries));
            recordedCommit = commit;
        }
    }

    /** Entries behind this one were dropped. */
    void truncated(long last) {
        writes.write(new StateRecord.LogTruncated(partition, last));
    }

    /** This is the time of the partition now; written if records are too far behind. */
    void timePassed(long time, long now) {
        if (writes.isDurable() && time - recordedTime - (now - recordedAt) > TIME_SLACK) {
            writes.write(new StateRecord.TimePassed(partition, mark(time, now)));
        }
    }

    private StateRecord.TimeMark mark(long time, long now) {
        recordedTime = time;
        recordedAt = now;
        return writes.mark(time);
    }

    /** The records that lead to the present state of a replica whose content is complete. */
    Iterator<StateRecord> snapshot(long epoch, long commit, ReplicationLog log, StateMachine machine, long time) {
        StateRecord.TimeMark mark = writes.mark(time);
        List<StateRecord> tail = new ArrayList<>();
        tail.add(new StateRecord.ContentEnd(partition, mark));
        for (long first = log.first(); first <= log.last(); ) {
            List<ReplicationEntry> batch = log.batch(first);
            tail.add(new StateRecord.LogEntries(partition, mark, commit, log.first(), first, batch));
            first += batch.size();
        }
        StateRecord start = new StateRecord.ContentStart(partition, epoch, log.first(), commit);
        Iterator<byte[]> parts = machine.snapshot();
        Iterator<StateRecord> content = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return parts.hasNext();
            }

            @Override
            public StateRecord next() {
                return new StateRecord.ContentPart(partition, parts.next());
            }
        };
        return new JoinedIterator<>(List.of(Collections.singleton(start).iterator(), content, tail.iterator()));
    }
}
