package dev.fanfare.event;

import dev.fanfare.core.protocol.Payload;
import java.util.Map;

/**
 * An event that a client sent to the application.
 *
 * @param context the connection that sent it
 * @param name the event's name; {@code message} for raw clients
 * @param payload the content
 * @param metadata ASCII names and values, empty for none
 */
public record UserEvent(EventContext context, String name, Payload payload, Map<String, String> metadata) {}
