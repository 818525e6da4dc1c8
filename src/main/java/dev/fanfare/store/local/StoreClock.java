package dev.fanfare.store.local;

import dev.fanfare.core.MonotonicClock;

/** Milliseconds that never go back, and continue where the state of a store left off. */
final class StoreClock {

    private final MonotonicClock clock;
    private final long begin;
    private final long beginMillis;

    /**
     * @param clock measures what passes from now on
     * @param begin the time now: the time of day, but not before the latest time of the state
     */
    StoreClock(MonotonicClock clock, long begin) {
        this.clock = clock;
        this.begin = begin;
        this.beginMillis = clock.millis();
    }

    long now() {
        return begin + clock.millis() - beginMillis;
    }
}
