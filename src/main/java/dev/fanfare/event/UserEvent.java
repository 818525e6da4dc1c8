package dev.fanfare.event;

import dev.fanfare.core.protocol.Payload;
import java.util.Map;

/**
 * What a client told the application.
 *
 * @param context who said it
 * @param name the event's name; {@code message} for raw clients
 * @param payload the content
 * @param metadata ASCII names and values, empty for none
 */
public record UserEvent(EventContext context, String name, Payload payload, Map<String, String> metadata) {}
