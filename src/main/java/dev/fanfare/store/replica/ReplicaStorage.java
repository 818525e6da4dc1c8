package dev.fanfare.store.replica;

/**
 * Where a member keeps what it must not forget: records, which are on the disk some time after they were appended, in this order.
 * Called by the thread of the member.
 */
public interface ReplicaStorage {

    /** Writes a record behind all others. Returns at once. */
    void append(byte[] record);

    /** The number of records that were appended. */
    long appended();

    /** How many of these are on the disk. {@link ReplicaNode#written} is to be called when it has grown. */
    long written();

    /** Whether so much waits that nothing more is to be ordered or accepted for now. */
    boolean isBusy();

    /** Whether it does not write at the moment: others are to take over. */
    boolean isFailing();

    /** The time of day in milliseconds, which tells the next process how much time has passed. */
    long timeOfDay();
}
