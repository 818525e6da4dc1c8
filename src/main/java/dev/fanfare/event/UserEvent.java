package dev.fanfare.event;

import dev.fanfare.core.protocol.Payload;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client told the application.
 *
 * @param hub the hub's name in lower case
 * @param connectionId who said it
 * @param userId the connection's user, if it has one
 * @param name the event's name; {@code message} for raw clients
 * @param payload the content
 * @param metadata ASCII names and values, empty for none
 */
public record UserEvent(
        String hub,
        String connectionId,
        @Nullable String userId,
        String name,
        Payload payload,
        Map<String, String> metadata) {}
