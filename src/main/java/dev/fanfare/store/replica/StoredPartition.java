package dev.fanfare.store.replica;

import dev.fanfare.store.replica.ReplicaMessage.ReplicationEntry;

/** A partition as records have it. Throws {@link IllegalStateException} for one that does not fit behind the others. */
final class StoredPartition implements StateRecord.PartitionRecordVisitor {

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

    @Override
    public void on(StateRecord.ContentStart start) {
        clear(start.epoch());
        commit = start.commit();
        log.clear(start.first() - 1);
        machine.beginRestore();
    }

    @Override
    public void on(StateRecord.ContentPart part) {
        machine.restore(part.bytes());
    }

    @Override
    public void on(StateRecord.ContentEnd end) {
        complete = true;
        mark = end.mark();
    }

    @Override
    public void on(StateRecord.ContentBegin begin) {
        clear(begin.epoch());
        machine.begin(begin.lineage(), begin.epoch());
        complete = true;
        mark = begin.mark();
    }

    @Override
    public void on(StateRecord.LogTruncated truncated) {
        log.dropAfter(truncated.last());
    }

    @Override
    public void on(StateRecord.TimePassed passed) {
        mark = passed.mark();
    }

    private void clear(long newEpoch) {
        epoch = newEpoch;
        complete = false;
        commit = 0;
        log.clear(0);
        machine.clear();
    }

    @Override
    public void on(StateRecord.LogEntries entries) {
        long sequence = entries.first();
        for (ReplicationEntry entry : entries.entries()) {
            if (sequence > log.last() + 1 || !complete) {
                throw new IllegalStateException(
                        "entries are missing: partition=" + number + " first=" + sequence + " last=" + log.last());
            }
            if (sequence >= log.first()) {
                log.put(sequence, entry);
            }
            sequence++;
        }
        while (commit < Math.min(entries.commit(), log.last())) {
            commit++;
            ReplicationEntry entry = log.get(commit);
            machine.apply(entry.command(), entry.time());
        }
        log.dropUpTo(Math.min(entries.kept() - 1, commit));
        mark = entries.mark();
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
