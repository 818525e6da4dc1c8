package dev.fanfare.event;

import dev.fanfare.core.protocol.Message;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Where events go. Called on event loops and never blocks them. */
public interface EventSink {

    /**
     * A user event. Completes on the caller's context with the handler's answer for that client, or null for none; fails
     * with {@link EventException} if nobody handled it.
     */
    Future<@Nullable Message> raise(UserEvent event);
}
