package dev.fanfare.event;

import io.vertx.core.Future;

/** The destination of events. Thread-safe; called on event loops, which it never blocks. */
public interface EventSink {

    /** Whether a handler decides who may connect to the hub. */
    default boolean decides(String hub) {
        return false;
    }

    /**
     * Asks a handler whether the client may connect. Completes on any thread; fails with {@link EventException} if the
     * client must be refused. What the handler keeps with the connection is in the event's state by then.
     */
    default Future<ConnectAnswer> connect(ConnectEvent event) {
        return Future.succeededFuture(ConnectAnswer.UNCHANGED);
    }

    /**
     * Asks a handler whether a client may register. Completes on any thread; fails with {@link EventException} if not.
     *
     * @return the groups and roles for its token; other parts mean nothing
     */
    default Future<ConnectAnswer> register(RegisterEvent event) {
        return Future.failedFuture(EventException.unregistrable(event.hub()));
    }

    /** Raises a user event. */
    RaisedEvent raise(UserEvent event);

    /** How long the answer to a user event of the hub may take from another shard or node, whatever its handler. */
    default long passingOnMillis(String hub) {
        return 0;
    }

    /** Makes shutdown wait for this work, as it waits for events. */
    default void await(Future<?> work) {}

    /** A client is connected and has been notified. */
    default void connected(EventContext context) {}

    /**
     * A connection ended for good. Called exactly once for each that was accepted.
     *
     * @param code the code of its close frame; 1006 if there was none
     * @param reason the reason sent to the client, or meant for it
     */
    default void disconnected(EventContext context, int code, String reason) {}
}
