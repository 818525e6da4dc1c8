package dev.fanfare.broker;

import dev.fanfare.core.protocol.Message;
import io.vertx.core.Future;

/** The one seam to the cluster. All methods may be called from any thread; futures complete on the caller's context. */
public interface Broker {

    /** The id of this node; part of every connection id made here. */
    String nodeId();

    /**
     * A number for a publisher, unique in the cluster. The order of what one origin publishes to one target is kept, so
     * use one origin from one thread.
     */
    Origin origin();

    /**
     * Asks for something to be done to connections, wherever they are. Completes when all nodes concerned have answered
     * or the deadline passed; never fails for a missing target.
     */
    Future<OperationResult> ask(Selector target, Operation operation);

    /**
     * Whether publishers should go on: false while more than the configured bytes wait for delivery on this node.
     */
    boolean writable();

    /** A publisher. Not thread-safe: it belongs to the thread that asked for it. */
    interface Origin {
        /** Hands a message to the bus before it returns. Publishing to nobody is no error. */
        void publish(Selector target, Message message);

        /**
         * As {@link #publish}, in order with it, and tells what became of the message. Completes when that is known for
         * all receivers, or when the time is over; never fails. A node that does not tell is counted as unreachable:
         * what it did with the message nobody knows.
         *
         * @param withinMillis 1 and up
         */
        Future<OperationResult> publishAndReport(Selector target, Message message, int withinMillis);
    }
}
