package dev.fanfare.store.replica;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a member has on its disk: the sum of the records there. To be read, then to be given its next process by {@link
 * #begin} or {@link #restart}, then to be made a {@link ReplicaNode}. Not thread-safe.
 */
public final class StoredMember {

    private final IntFunction<StateMachine> machines;
    private final Map<Integer, StoredPartition> partitions = new TreeMap<>();
    private final RecordVisitor visitor = new RecordVisitor();
    private StateRecord.DiskIdentity identity = new StateRecord.DiskIdentity("", 0, false);
    private @Nullable Configuration configuration;
    private StateRecord.OwnPromise promised = new StateRecord.OwnPromise(Ballot.NONE, Ballot.NONE, null);

    /** @param machines makes an empty one for a partition */
    public StoredMember(IntFunction<StateMachine> machines) {
        this.machines = machines;
    }

    /** Forgets all records. */
    public void clear() {
        partitions.clear();
        identity = new StateRecord.DiskIdentity("", 0, false);
        configuration = null;
        promised = new StateRecord.OwnPromise(Ballot.NONE, Ballot.NONE, null);
    }

    /**
     * Adds the next record, of a snapshot or behind it.
     *
     * @throws IOException if it does not fit behind the others, or was written by a newer release
     */
    public void add(byte[] bytes) throws IOException {
        try {
            StateRecord.of(bytes).accept(visitor);
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private final class RecordVisitor implements StateRecord.StateRecordVisitor {

        @Override
        public void on(StateRecord.DiskIdentity next) {
            identity = next;
        }

        @Override
        public void on(StateRecord.AdoptedConfiguration adopted) {
            configuration = adopted.configuration();
            promised = new StateRecord.OwnPromise(Ballot.NONE, Ballot.NONE, null);
        }

        @Override
        public void on(StateRecord.OwnPromise next) {
            promised = next;
        }

        @Override
        public void on(StateRecord.PartitionRecord next) {
            next.accept(partitions.computeIfAbsent(
                    next.partition(), number -> new StoredPartition(number, machines.apply(number))));
        }
    }

    /**
     * The first process on an empty disk.
     *
     * @param name random, of up to 32 lower-case letters and digits, a letter first: no other disk must have it, nor
     *     this one after it was emptied
     * @param waiting whether it is to join others, and never to found a cluster
     * @return the record to be written before the member is used
     */
    public byte[] begin(String name, boolean waiting) {
        identity = new StateRecord.DiskIdentity(name, 1, waiting);
        return identity.toBytes();
    }

    /** The next process. Returns the record to be written before the member is used. */
    public byte[] restart() {
        partitions.values().forEach(StoredPartition::finish);
        identity = new StateRecord.DiskIdentity(
                identity.name(), identity.incarnation() + 1, identity.waiting() && configuration == null);
        return identity.toBytes();
    }

    /** The name of the disk; empty if it has none. */
    public String name() {
        return identity.name();
    }

    StateRecord.DiskIdentity identity() {
        return identity;
    }

    @Nullable
    Configuration configuration() {
        return configuration;
    }

    StateRecord.OwnPromise promised() {
        return promised;
    }

    @Nullable
    StoredPartition partition(int number) {
        return partitions.get(number);
    }

    StateMachine newMachine(int number) {
        return machines.apply(number);
    }

    List<Integer> partitions() {
        return List.copyOf(partitions.keySet());
    }
}
