package dev.fanfare.broker.wire;

import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Selector;

/**
 * Asks a node to perform an operation on its matching connections.
 *
 * @param hops how often it was forwarded to the node that a session moved to
 */
public record OperationRequest(Selector target, Operation operation, int hops) {

    /** Allows for sessions that move faster than the directory is updated; bounds a forwarding loop. */
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
