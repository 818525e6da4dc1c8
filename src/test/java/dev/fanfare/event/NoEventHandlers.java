package dev.fanfare.event;

import io.vertx.core.Future;

/** The sink of a node without event handlers: no event is handled, and each sender is told so. */
public final class NoEventHandlers implements EventSink {

    @Override
    public RaisedEvent raise(UserEvent event) {
        return RaisedEvent.over(Future.failedFuture(
                EventException.unhandled(event.context().identity().hub())));
    }
}
