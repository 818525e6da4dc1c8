package dev.fanfare.event;

/**
 * A circuit breaker: after a number of consecutive failures it opens for a while; then it is half open, and one event
 * decides. Times are milliseconds of a monotonic clock. Not thread-safe.
 */
final class Circuit {

    private enum CircuitState {
        CLOSED,
        OPEN,
        HALF_OPEN
    }

    private final int maxFailures;
    private final long openMillis;
    private CircuitState circuitState = CircuitState.CLOSED;
    private int failures;
    private long opensUntil;

    /**
     * @param maxFailures consecutive failures that open it, 1 and up
     * @param openMillis how long it stays open
     */
    Circuit(int maxFailures, long openMillis) {
        this.maxFailures = maxFailures;
        this.openMillis = openMillis;
    }

    /** Whether it is open: nothing is sent to the handler. */
    boolean open(long now) {
        return circuitState == CircuitState.OPEN && now < opensUntil;
    }

    /** Whether events are held back: until {@link #opensUntil}, or while the event that decides is in flight. */
    boolean refuses(long now) {
        return circuitState == CircuitState.HALF_OPEN || open(now);
    }

    /** Whether it is half open, so that the next result decides. */
    boolean halfOpen() {
        return circuitState == CircuitState.HALF_OPEN;
    }

    /** Whether it is closed: the handler answers, or nothing is known against it. */
    boolean closed() {
        return circuitState == CircuitState.CLOSED;
    }

    /** Admits one event, or not. The caller must report the outcome of an admitted one. */
    boolean admit(long now) {
        if (circuitState == CircuitState.OPEN && now >= opensUntil) {
            circuitState = CircuitState.HALF_OPEN;
            return true;
        }
        return circuitState == CircuitState.CLOSED;
    }

    /** When the next event may be tried. */
    long opensUntil() {
        return opensUntil;
    }

    /** The handler answered, whatever the answer was. */
    void succeeded() {
        circuitState = CircuitState.CLOSED;
        failures = 0;
    }

    /**
     * An event failed. Returns whether this opened the circuit; failures of events already in flight do not prolong it.
     */
    boolean failed(long now) {
        if (circuitState == CircuitState.OPEN) {
            return false;
        }
        failures++;
        return (circuitState == CircuitState.HALF_OPEN || failures >= maxFailures) && openNow(now);
    }

    /** Opens the circuit for a fault that will not pass by itself. Returns whether it was not open before. */
    boolean trip(long now) {
        return openNow(now);
    }

    /** An admitted event was given up without an outcome. */
    void abandoned(long now) {
        if (circuitState == CircuitState.HALF_OPEN) {
            circuitState = CircuitState.OPEN;
            opensUntil = now;
        }
    }

    private boolean openNow(long now) {
        boolean fresh = circuitState != CircuitState.OPEN;
        circuitState = CircuitState.OPEN;
        opensUntil = now + openMillis;
        return fresh;
    }
}
