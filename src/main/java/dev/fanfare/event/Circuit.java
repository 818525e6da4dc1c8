package dev.fanfare.event;

/**
 * A circuit breaker: after so many failures in a row a handler is left alone for a while, then one event tries, and
 * decides. Times are milliseconds of any clock that does not go back. Not thread-safe.
 */
final class Circuit {

    private enum State {
        CLOSED,
        OPEN,
        HALF_OPEN
    }

    private final int maxFailures;
    private final long openMillis;
    private State state = State.CLOSED;
    private int failures;
    private long opensUntil;

    /**
     * @param maxFailures 1 and up
     * @param openMillis for how long it is left alone
     */
    Circuit(int maxFailures, long openMillis) {
        this.maxFailures = maxFailures;
        this.openMillis = openMillis;
    }

    /** Whether the handler is to be left alone now. */
    boolean open(long now) {
        return state == State.OPEN && now < opensUntil;
    }

    /** Whether events are held back now: until {@link #opensUntil}, or until the one that tries has decided. */
    boolean refuses(long now) {
        return state == State.HALF_OPEN || open(now);
    }

    /** Whether the next result decides. */
    boolean halfOpen() {
        return state == State.HALF_OPEN;
    }

    /** Whether it is known that the handler answers, or that nothing speaks against it. */
    boolean closed() {
        return state == State.CLOSED;
    }

    /** Lets one event through, or not. What comes of it must be told. */
    boolean admit(long now) {
        if (state == State.OPEN && now >= opensUntil) {
            state = State.HALF_OPEN;
            return true;
        }
        return state == State.CLOSED;
    }

    /** When it is worth asking again. */
    long opensUntil() {
        return opensUntil;
    }

    /** An event went through, whatever the answer was. */
    void succeeded() {
        state = State.CLOSED;
        failures = 0;
    }

    /** An event failed. Returns whether this opened the circuit; those that were underway then do not prolong it. */
    boolean failed(long now) {
        if (state == State.OPEN) {
            return false;
        }
        failures++;
        return (state == State.HALF_OPEN || failures >= maxFailures) && openNow(now);
    }

    /** Something is wrong that will not pass by itself. Returns whether this opened the circuit. */
    boolean trip(long now) {
        return openNow(now);
    }

    /** An event that was let through was given up: nothing is known. */
    void abandoned(long now) {
        if (state == State.HALF_OPEN) {
            state = State.OPEN;
            opensUntil = now;
        }
    }

    private boolean openNow(long now) {
        boolean fresh = state != State.OPEN;
        state = State.OPEN;
        opensUntil = now + openMillis;
        return fresh;
    }
}
