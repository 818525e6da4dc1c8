package dev.fanfare.store;

import io.vertx.core.Future;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keys with values, and logs: one interface for all engines, which differ in what they survive. {@code
 * src/docs/store.md} has what each engine promises.
 *
 * <p><b>Names.</b> Keys and logs are two separate name spaces. A name is 1 to {@value StoreLimits#MAX_NAME_BYTES} bytes
 * of UTF-8. Values and records are 0 to {@value StoreLimits#MAX_VALUE_BYTES} bytes. An argument out of range is refused
 * by the method itself with {@link IllegalArgumentException}.
 *
 * <p><b>Order.</b> All operations are linearizable per key and per log: each takes effect at one moment between its call
 * and the completion of its future. Operations on different keys have no order among each other.
 *
 * <p><b>Failures.</b> A future fails with one of {@link StoreException}'s subclasses and with nothing else. All but {@link
 * OutcomeUnknownException} mean that the operation had no effect and never will have.
 *
 * <p><b>Threads.</b> Any thread may call. A future completes, and a listener is called, on the Vert.x context from which
 * the method was called, or on a thread of the store if there was none. Arrays that are passed in, and those that are
 * returned, are shared: neither side may modify them afterwards.
 */
public interface Store {

    /** The entry of a key; null if there is none, or if it has expired. */
    Future<@Nullable StoreEntry> get(String key);

    /**
     * Writes a value that does not expire; an expiry that the key had before is gone. Fails with {@link
     * VersionMismatchException} if the condition does not hold.
     *
     * @return the version of the new entry: positive, and greater than every version that the key has ever had, also
     *     across removals
     */
    default Future<Long> put(String key, byte[] value, VersionCondition condition) {
        return put(key, value, condition, null);
    }

    /**
     * The same for a value that may expire.
     *
     * @param timeToLive from 1 ms to {@link StoreLimits#MAX_DURATION}, counted from the moment at which the write takes
     *     effect; null if the value does not expire. Nothing is returned after it; watchers may get the removal up to a
     *     second later
     */
    Future<Long> put(String key, byte[] value, VersionCondition condition, @Nullable Duration timeToLive);

    /**
     * Removes a key. Fails with {@link VersionMismatchException} if the condition does not hold; {@link
     * VersionCondition#ANY} and {@link VersionCondition#ABSENT} hold for a key that is not there.
     *
     * @return whether it was there
     */
    Future<Boolean> remove(String key, VersionCondition condition);

    /**
     * Follows all keys that begin with a prefix. The listener gets everything that is present first, then changes, until
     * the watch is closed. It gets the latest state of each key; states in between may be skipped, and states may be
     * repeated. Slow listeners do not delay the store and do not make it queue without end: they are resynchronised.
     * While the store is unavailable, or has not started yet, nothing is delivered; afterwards the watch goes on by itself.
     * Throws {@link IllegalStateException} if {@value StoreLimits#MAX_WATCHES} watches are open on this node.
     *
     * @param prefix up to {@value StoreLimits#MAX_NAME_BYTES} bytes of UTF-8; empty for all keys
     */
    Watch watch(String prefix, WatchListener listener);

    /**
     * Appends a record to a log, which is created if it does not exist.
     *
     * @param limits of the log from now on: the oldest records beyond them are dropped
     * @return the position of the record: one more than that of the record before it, 1 in a new log
     */
    Future<LogPosition> append(String log, byte[] record, LogLimits limits);

    /**
     * Reads records in the order of their numbers. A log that does not exist is returned as {@link LogRecords#NONE}.
     *
     * @param from the number of the first record, 1 and up; if it has been dropped, the result begins at the first one
     *     that is kept; if it is not written yet, the result has no records
     * @param maxRecords 1 and up
     * @param maxBytes of all records together, 1 and up; a first record that is larger is returned alone
     */
    Future<LogRecords> read(String log, long from, int maxRecords, int maxBytes);

    /**
     * Removes a log and all of its records. One that is created under this name later has another epoch.
     *
     * @return whether it was there
     */
    Future<Boolean> removeLog(String log);

    /** What is held on this node. Any thread. */
    StoreFigures figures();

    /**
     * Refuses everything that is called from now on with {@link StoreUnavailableException}, and ends all watches.
     *
     * @return completes when everything in flight is answered and all resources are released, but those that a disk which does
     *     not answer holds; never fails
     */
    Future<Void> close();
}
