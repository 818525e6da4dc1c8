package dev.fanfare.broker;

/**
 * A request to a node: do this to those of its connections that are meant.
 *
 * @param hops how often it was handed on to the node that a session moved to
 */
record Ask(Selector target, Operation operation, int hops) {

    /** Enough for a session that moves faster than the word of it; what is handed on in a circle ends here. */
    private static final int MAX_HOPS = 4;

    Ask(Selector target, Operation operation) {
        this(target, operation, 0);
    }

    boolean mayBeHandedOn() {
        return hops < MAX_HOPS;
    }

    Ask handedOn() {
        return new Ask(target, operation, hops + 1);
    }
}
