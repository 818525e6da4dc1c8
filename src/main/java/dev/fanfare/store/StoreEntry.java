package dev.fanfare.store;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A key with its value, as it was at one moment.
 *
 * @param value shared, so it must not be modified
 * @param version of this value: positive; changes with every write
 * @param timeToLive what was left of it at that moment, positive; null if the entry does not expire
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record StoreEntry(
        String key, byte[] value, long version, @Nullable Duration timeToLive) {}
