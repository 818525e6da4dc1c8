package dev.fanfare.broker.wire;

import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Selector;

/**
 * A request to a node: do this to those of its connections that are meant.
 *
 * @param hops how often it was handed on to the node that a session moved to
 */
public record OperationRequest(Selector target, Operation operation, int hops) {

    /** Enough for a session that moves faster than the word of it; what is handed on in a circle ends here. */
    private static final int MAX_HOPS = 4;

    public OperationRequest(Selector target, Operation operation) {
        this(target, operation, 0);
    }

    public boolean mayForward() {
        return hops < MAX_HOPS;
    }

    public OperationRequest forwarded() {
        return new OperationRequest(target, operation, hops + 1);
    }
}
