package dev.fanfare.event;

import dev.fanfare.core.protocol.Message;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * A user event on its way.
 *
 * @param answer completes, on any thread, with the handler's answer for the client, or null for none; fails with {@link
 *     EventException} if nobody handled it
 * @param cancel says that nobody waits for the answer any more; it then fails soon
 */
public record RaisedEvent(Future<@Nullable Message> answer, Runnable cancel) {

    /** An event that is over. */
    static RaisedEvent over(Future<@Nullable Message> answer) {
        return new RaisedEvent(answer, () -> {});
    }
}
