package dev.fanfare.scenario;

/** Some time, in nanoseconds of {@link System#nanoTime()}. */
record Period(long from, long to) {

    boolean contains(long time) {
        return from <= time && time <= to;
    }
}
