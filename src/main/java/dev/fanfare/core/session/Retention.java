package dev.fanfare.core.session;

/**
 * Counts the bytes that one shard keeps for receivers: for slow readers, and until reliable clients acknowledge. A body
 * counts once however many keep it. Not thread-safe.
 */
public final class Retention {

    /** What each holder costs: a reference, and what an array has too much. */
    private static final int ENTRY = 16;

    /** What a message costs besides its body: objects and their headers. */
    private static final int MESSAGE = 96;

    private long bytes;

    /** One more keeps the message. */
    public void hold(Retained message) {
        bytes += ENTRY + (message.holders++ == 0 ? own(message) : 0);
    }

    /** One of those who kept the message does so no more. */
    public void release(Retained message) {
        if (message.holders <= 0) {
            throw new IllegalStateException("holders=" + message.holders);
        }
        bytes -= ENTRY + (--message.holders == 0 ? own(message) : 0);
    }

    /** The bytes kept. */
    public long bytes() {
        return bytes;
    }

    private static long own(Retained message) {
        return (long) MESSAGE + message.message().body().length;
    }
}
