package dev.fanfare.store.replica;

import dev.fanfare.store.replica.ReplicaMessage.ReplicationEntry;
import java.io.IOException;

/** A partition as records have it. */
final class StoredPartition {

    private final int number;
    private final StateMachine machine;
    private final ReplicationLog log = new ReplicationLog();
    private long epoch;
    private long commit;
    private boolean complete;
    private StateRecord.TimeMark mark = new StateRecord.TimeMark(0, 0);

    StoredPartition(int number, StateMachine machine) {
        this.number = number;
        this.machine = machine;
    }

    void apply(StateRecord.PartitionRecord record) throws IOException {
        if (record instanceof StateRecord.ContentStart start) {
            clear(start.epoch());
            commit = start.commit();
            log.clear(start.first() - 1);
            machine.beginRestore();
        } else if (record instanceof StateRecord.ContentPart part) {
            machine.restore(part.bytes());
        } else if (record instanceof StateRecord.ContentEnd end) {
            complete = true;
            mark = end.mark();
        } else if (record instanceof StateRecord.ContentBegin begin) {
            clear(begin.epoch());
            machine.begin(begin.lineage(), begin.epoch());
            complete = true;
            mark = begin.mark();
        } else if (record instanceof StateRecord.LogEntries entries) {
            apply(entries);
        } else if (record instanceof StateRecord.LogTruncated truncated) {
            log.dropAfter(truncated.last());
        } else if (record instanceof StateRecord.TimePassed passed) {
            mark = passed.mark();
        }
    }

    private void clear(long newEpoch) {
        epoch = newEpoch;
        complete = false;
        commit = 0;
        log.clear(0);
        machine.clear();
    }

    private void apply(StateRecord.LogEntries record) throws IOException {
        long sequence = record.first();
        for (ReplicationEntry entry : record.entries()) {
            if (sequence > log.last() + 1 || !complete) {
                throw new IOException(
                        "entries are missing: partition=" + number + " first=" + sequence + " last=" + log.last());
            }
            if (sequence >= log.first()) {
                log.put(sequence, entry);
            }
            sequence++;
        }
        while (commit < Math.min(record.commit(), log.last())) {
            commit++;
            ReplicationEntry entry = log.get(commit);
            machine.apply(entry.command(), entry.time());
        }
        log.dropUpTo(Math.min(record.kept() - 1, commit));
        mark = record.mark();
    }

    /** Ends what is not complete: as if there was nothing. */
    void finish() {
        if (!complete) {
            clear(0);
        }
    }

    StateMachine machine() {
        return machine;
    }

    ReplicationLog log() {
        return log;
    }

    long epoch() {
        return epoch;
    }

    long commit() {
        return commit;
    }

    boolean isComplete() {
        return complete;
    }

    /** The last time that was written. */
    StateRecord.TimeMark mark() {
        return mark;
    }
}
