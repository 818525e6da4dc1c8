package dev.fanfare.core.protocol;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message for receivers, independent of the wire format. Immutable.
 *
 * @param from the sender as receivers see it: a group's publisher or the server
 * @param group the group it was published to; present exactly when {@code from} is {@link From#GROUP}
 * @param fromUserId the publisher's user id, if it has one
 * @param payload the content
 * @param metadata ASCII names and values, empty for none
 * @param expiresAtMillis epoch milliseconds after which a queued copy is dropped, {@link #NEVER} for never
 */
public record Message(
        From from,
        @Nullable String group,
        @Nullable String fromUserId,
        Payload payload,
        Map<String, String> metadata,
        long expiresAtMillis) {

    /** The value of {@link #expiresAtMillis} of a message without a time to live. */
    public static final long NEVER = Long.MAX_VALUE;

    /** The sender, as receivers see it. */
    public enum From {
        GROUP("group"),
        SERVER("server");

        private final String wireName;

        From(String wireName) {
            this.wireName = wireName;
        }

        /** The value of {@code from} on the wire. */
        public String wireName() {
            return wireName;
        }
    }

    /** A message published to a group. */
    public static Message toGroup(
            String group,
            @Nullable String fromUserId,
            Payload payload,
            Map<String, String> metadata,
            long expiresAtMillis) {
        return new Message(From.GROUP, group, fromUserId, payload, metadata, expiresAtMillis);
    }

    /** A message from the server to the connections it selected. */
    public static Message fromServer(Payload payload, Map<String, String> metadata, long expiresAtMillis) {
        return new Message(From.SERVER, null, null, payload, metadata, expiresAtMillis);
    }

    /** The bytes this message counts for in bounded queues: its content and its names, not its framing. */
    public int weight() {
        int weight = payload.bytes().length;
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            weight += entry.getKey().length() + entry.getValue().length();
        }
        return weight;
    }
}
