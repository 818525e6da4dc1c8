package dev.fanfare.bench;

/**
 * When a run began, and which part of it is measured. Immutable.
 *
 * @param zero the beginning, as of {@link System#nanoTime()}
 * @param from in nanoseconds since the beginning
 * @param to the end, exclusive; nothing more is published after it
 */
record Window(long zero, long from, long to) {

    /** Before a run has begun. */
    static final Window NONE = new Window(0, Long.MAX_VALUE, Long.MAX_VALUE);

    /** Nanoseconds since the beginning. */
    long now() {
        return System.nanoTime() - zero;
    }

    boolean measures(long time) {
        return time >= from && time < to;
    }
}
