package dev.fanfare.event;

import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.Identity;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An event as CloudEvents 1.0 defines it, independent of the transport. Immutable except for the connection state,
 * which is read when the event is sent.
 *
 * @param type the name with the prefix of its kind
 * @param name the name without the prefix
 * @param timeMillis when it happened, in epoch milliseconds
 * @param payload the body
 */
record CloudEvent(
        EventContext context,
        String type,
        String name,
        long timeMillis,
        Payload payload,
        Map<String, String> metadata) {

    private static final String SYSTEM = "azure.webpubsub.sys.";
    private static final String USER = "azure.webpubsub.user.";
    private static final String SYSTEM_CONTENT = "application/json; charset=utf-8";
    private static final int HEADERS_WEIGHT = 1024;
    private static final String USER_ID = "x-fanfare-user-id";

    /** Printable ASCII without leading or trailing spaces. */
    private static final Pattern PRINTABLE = Pattern.compile("[!-~]([ -~]*[!-~])?");

    /** What {@link #printable} produces for percent signs, spaces, and characters that are not printable ASCII. */
    private static final Pattern LOOKS_ENCODED = Pattern.compile("^%20|%20$|%25|%[0189A-Fa-f][0-9A-Fa-f]|%7[Ff]");

    static CloudEvent system(EventContext context, String name, long timeMillis, Payload payload) {
        return new CloudEvent(context, SYSTEM + name, name, timeMillis, payload, Map.of());
    }

    static CloudEvent user(UserEvent event, long timeMillis) {
        return new CloudEvent(
                event.context(), USER + event.name(), event.name(), timeMillis, event.payload(), event.metadata());
    }

    Identity identity() {
        return context.identity();
    }

    String id() {
        return String.valueOf(context.id());
    }

    String source() {
        return "/hubs/" + identity().hub() + "/client/" + identity().connectionId();
    }

    String time() {
        return Instant.ofEpochMilli(timeMillis).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    String contentType() {
        return type.startsWith(SYSTEM) ? SYSTEM_CONTENT : contentType(payload.type());
    }

    static String contentType(DataType type) {
        return switch (type) {
            case TEXT -> "text/plain; charset=utf-8";
            case JSON -> "application/json";
            case BINARY -> "application/octet-stream";
            case PROTOBUF -> "application/x-protobuf";
        };
    }

    /** The negotiated subprotocol, whether the node implements it or not; null for none. */
    @Nullable
    String subprotocol() {
        Subprotocol known = identity().subprotocol();
        return known == Subprotocol.RAW ? context.state().customSubprotocol() : known.wireName();
    }

    /** The bytes it counts for in bounded queues. */
    int weight() {
        return HEADERS_WEIGHT + payload.bytes().length;
    }

    /** The headers of the HTTP binding in binary mode that are the same for every handler. */
    void headers(BiConsumer<String, String> headers) {
        headers.accept("Content-Type", contentType());
        headers.accept("ce-specversion", "1.0");
        headers.accept("ce-awpsversion", "1.0");
        headers.accept("ce-type", type);
        headers.accept("ce-source", source());
        headers.accept("ce-id", id());
        headers.accept("ce-time", time());
        headers.accept("ce-hub", identity().hub());
        headers.accept("ce-connectionId", identity().connectionId());
        headers.accept("ce-eventName", name);
        ifPresent(headers, "ce-userId", headerValue(identity().userId()));
        ifPresent(headers, USER_ID, encoded(identity().userId()));
        // Both came from headers and are returned unchanged.
        ifPresent(headers, "ce-subprotocol", subprotocol());
        ifPresent(headers, "ce-connectionState", context.state().connectionState());
        headers.accept("x-fanfare-type", identity().type().label());
        headers.accept("x-fanfare-path", printable(identity().path(), false)); // encoded as far as its client did
        metadata.forEach((key, value) -> headers.accept("x-webpubsub-metadata-" + key.toLowerCase(Locale.ROOT), value));
    }

    private static void ifPresent(BiConsumer<String, String> headers, String name, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            headers.accept(name, value);
        }
    }

    /**
     * A text for receivers that do not decode headers, such as Web PubSub's middleware: printable ASCII is sent
     * unchanged, anything else percent-encoded. The mapping is unambiguous: a text that could be mistaken for the
     * encoding of another is encoded itself.
     */
    static @Nullable String headerValue(@Nullable String text) {
        return text != null
                        && PRINTABLE.matcher(text).matches()
                        && !LOOKS_ENCODED.matcher(text).find()
                ? text
                : encoded(text);
    }

    /**
     * A text for receivers that decode: percent signs, and everything that is not printable ASCII, are percent-encoded
     * (CloudEvents HTTP binding, 3.1.3.2).
     */
    private static @Nullable String encoded(@Nullable String text) {
        return text == null ? null : printable(text, true);
    }

    private static String printable(String text, boolean encodePercent) {
        StringBuilder value = new StringBuilder(text.length());
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            boolean edge = i == 0 || i == bytes.length - 1;
            if (bytes[i] < ' ' || bytes[i] > '~' || (bytes[i] == '%' && encodePercent) || (bytes[i] == ' ' && edge)) {
                value.append('%').append(String.format(Locale.ROOT, "%02X", bytes[i]));
            } else {
                value.append((char) bytes[i]);
            }
        }
        return value.toString();
    }
}
