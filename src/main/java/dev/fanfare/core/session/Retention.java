package dev.fanfare.core.session;

/**
 * Counts the bytes that one shard keeps for receivers: for slow readers, and until reliable clients acknowledge. A body
 * counts once, however many holders it has. Not thread-safe. See {@code src/docs/decisions/0011}.
 */
public final class Retention {

    /** The cost of each holder: a reference, and slack of arrays. */
    private static final int ENTRY = 16;

    /** The cost of a message besides its body: objects and their headers. */
    private static final int MESSAGE = 96;

    private long bytes;

    /** Adds a holder. */
    public void hold(Retained message) {
        bytes += ENTRY + (message.holders++ == 0 ? own(message) : 0);
    }

    /** Removes a holder. */
    public void release(Retained message) {
        if (message.holders <= 0) {
            throw new IllegalStateException("holders=" + message.holders);
        }
        bytes -= ENTRY;
        if (--message.holders == 0) {
            bytes -= own(message) + message.extra;
            message.extra = 0;
            message.released();
        }
    }

    /** Counts bytes that are kept with a message until its last holder releases it. */
    public void extend(Retained message, long more) {
        message.extra += more;
        bytes += more;
    }

    /** The bytes kept. */
    public long bytes() {
        return bytes;
    }

    private static long own(Retained message) {
        return (long) MESSAGE + message.message().body().length;
    }
}
