package dev.fanfare.event;

import io.vertx.core.Future;

/** Where events go. Thread-safe; called on event loops and never blocks them. */
public interface EventSink {

    /** Whether somebody is asked who may connect to the hub. */
    default boolean decides(String hub) {
        return false;
    }

    /**
     * Asks who may connect. Completes on any thread; fails with {@link EventException} if the client is not to be let in.
     * What the handler keeps with the connection is in the event's state by then.
     */
    default Future<ConnectAnswer> connect(ConnectEvent event) {
        return Future.succeededFuture(ConnectAnswer.UNCHANGED);
    }

    /** A user event. */
    RaisedEvent raise(UserEvent event);

    /** How long the answer to a user event of the hub may take from another shard or node, whoever handles it. */
    default long passingOnMillis(String hub) {
        return 0;
    }

    /** The node does not stop before this is done, as it does not before events are. */
    default void await(Future<?> work) {}

    /** A client is connected and knows it. */
    default void connected(EventContext context) {}

    /**
     * A connection ended for good: exactly once for each that was accepted.
     *
     * @param code of its close frame; 1006 where there was none
     * @param reason what the client was told, or would have been
     */
    default void disconnected(EventContext context, int code, String reason) {}
}
