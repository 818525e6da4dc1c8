package dev.fanfare.event;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.protocol.Message;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** The sink of a node without event handlers: no event is handled, and each sender is told so. */
public final class NoEventHandlers implements EventSink {

    @Override
    public Future<@Nullable Message> raise(UserEvent event) {
        return Future.failedFuture(
                new EventException(ErrorCode.INTERNAL, "no event handler is configured for hub '" + event.hub() + "'"));
    }
}
