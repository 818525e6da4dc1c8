package dev.fanfare.event;

import io.vertx.core.Future;

/** The sink of a node without event handlers: every event fails as unhandled. */
public final class NoEventHandlers implements EventSink {

    @Override
    public RaisedEvent raise(UserEvent event) {
        return RaisedEvent.over(Future.failedFuture(
                EventException.unhandled(event.context().identity().hub())));
    }
}
