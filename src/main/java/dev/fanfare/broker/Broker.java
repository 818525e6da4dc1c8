package dev.fanfare.broker;

import dev.fanfare.core.protocol.Message;
import io.vertx.core.Future;

/**
 * The one interface to the cluster for publishers. Any thread may call its methods; futures complete on the caller's
 * context.
 */
public interface Broker {

    /** The id of this node; part of every connection id issued here. */
    String nodeId();

    /**
     * A new publisher, with a number that is unique in the cluster. What one origin publishes to one target stays in
     * order, so use it from one thread.
     */
    Origin origin();

    /**
     * Performs an operation on connections wherever they are. Completes when all nodes concerned have answered or the
     * deadline has passed; a missing target is not a failure.
     */
    Future<OperationResult> ask(Selector target, Operation operation);

    /** Backpressure: false while more than the configured bytes wait for delivery. */
    boolean writable();

    /** A publisher. Confined to the thread that created it. */
    interface Origin {
        /** Hands a message to the bus before it returns. A target without connections is not an error. */
        void publish(Selector target, Message message);

        /**
         * As {@link #publish}, in order with it, and reports the outcome of the message. Completes when that is known
         * for all receivers, or when the time is over; never fails. A node that does not answer counts as unreachable.
         *
         * @param withinMillis 1 and up
         */
        Future<OperationResult> publishAndReport(Selector target, Message message, int withinMillis);
    }
}
