package dev.fanfare.store;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The ranges of what can be stored, and the checks that all engines make. The checks throw {@link IllegalArgumentException}. */
public final class StoreLimits {

    /** The longest key, prefix, or name of a log, in bytes of UTF-8. */
    public static final int MAX_NAME_BYTES = 1024;

    /** The largest value or record, in bytes. */
    public static final int MAX_VALUE_BYTES = 1024 * 1024;

    /** The most bytes of records that a read returns, unless the first one is larger. */
    public static final int MAX_READ_BYTES = 4 * 1024 * 1024;

    /** The most records that a read returns. */
    public static final int MAX_READ_RECORDS = 65_536;

    /** The most watches that are open on a node. */
    public static final int MAX_WATCHES = 256;

    /** The longest time to live, and the greatest age of records. */
    public static final Duration MAX_DURATION = Duration.ofDays(3650);

    private StoreLimits() {}

    /** Checks the name of a key or of a log. */
    public static void checkName(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("the name is empty");
        }
        checkPrefix(name);
    }

    /** Checks the prefix of a watch. */
    public static void checkPrefix(String prefix) {
        int bytes = utf8Length(prefix);
        if (bytes > MAX_NAME_BYTES) {
            throw new IllegalArgumentException("the name has " + bytes + " bytes, more than " + MAX_NAME_BYTES);
        }
    }

    /** Checks a value or a record. */
    public static void checkValue(byte[] value) {
        if (value.length > MAX_VALUE_BYTES) {
            throw new IllegalArgumentException(
                    "the value has " + value.length + " bytes, more than " + MAX_VALUE_BYTES);
        }
    }

    /** Checks a time to live. */
    public static void checkTimeToLive(@Nullable Duration timeToLive) {
        if (timeToLive != null) {
            checkDuration("the time to live", timeToLive);
        }
    }

    /** Checks the arguments of a read. */
    public static void checkRead(long from, int maxRecords, int maxBytes) {
        if (from < 1 || maxRecords < 1 || maxBytes < 1) {
            throw new IllegalArgumentException(
                    "out of range: from=" + from + " maxRecords=" + maxRecords + " maxBytes=" + maxBytes);
        }
    }

    static void checkDuration(String what, Duration duration) {
        if (duration.compareTo(Duration.ofMillis(1)) < 0 || duration.compareTo(MAX_DURATION) > 0) {
            throw new IllegalArgumentException(what + " is out of range: " + duration);
        }
    }

    private static int utf8Length(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                bytes++;
            } else if (c < 0x800) {
                bytes += 2;
            } else if (!Character.isSurrogate(c)) {
                bytes += 3;
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                bytes += 4;
                i++;
            } else {
                throw new IllegalArgumentException("the name has a surrogate that is alone at index " + i);
            }
        }
        return bytes;
    }
}
