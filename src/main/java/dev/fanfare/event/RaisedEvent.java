package dev.fanfare.event;

import dev.fanfare.core.protocol.Message;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * A user event in flight.
 *
 * @param answer completes, on any thread, with the handler's answer for the client, or null for none; fails with {@link
 *     EventException} if the event was not handled
 * @param cancel cancels the event: the answer is no longer needed and soon fails
 */
public record RaisedEvent(Future<@Nullable Message> answer, Runnable cancel) {

    /** An event that has completed. */
    static RaisedEvent over(Future<@Nullable Message> answer) {
        return new RaisedEvent(answer, () -> {});
    }
}
