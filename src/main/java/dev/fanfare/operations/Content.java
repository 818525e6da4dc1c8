package dev.fanfare.operations;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The content of a message. Immutable.
 *
 * @param dataType text, json or binary
 * @param data a string; for json anything that has a JSON form; for binary base64
 * @param metadata sent to the receivers with it
 * @param ttlSeconds after which it is dropped for receivers it still waits for; 0 for never, at most 300
 */
public record Content(String dataType, @Nullable Object data, Map<String, String> metadata, int ttlSeconds) {

    public Content {
        metadata = Map.copyOf(metadata);
    }

    public static Content text(String text) {
        return new Content("text", text, Map.of(), 0);
    }

    /** @param value a JsonObject, a JsonArray, a string, a number, a boolean or null */
    public static Content json(@Nullable Object value) {
        return new Content("json", value, Map.of(), 0);
    }

    public static Content binary(byte[] bytes) {
        return new Content("binary", Base64.getEncoder().encodeToString(bytes), Map.of(), 0);
    }

    /** The same with metadata. */
    public Content with(Map<String, String> metadata) {
        return new Content(dataType, data, metadata, ttlSeconds);
    }

    /** The same with a time to live. */
    public Content within(int seconds) {
        return new Content(dataType, data, metadata, seconds);
    }

    /** As the first message of an outbound connection. */
    JsonObject opening() {
        return switch (dataType) {
            case "binary" -> new JsonObject().put("base64", data);
            case "json" -> new JsonObject().put("text", Json.encode(data));
            default -> new JsonObject().put("text", data);
        };
    }

    void addTo(JsonObject request) {
        JsonObject pairs = new JsonObject();
        metadata.forEach(pairs::put);
        request.put("dataType", dataType)
                .put("data", data)
                .put("metadata", pairs)
                .put("messageTtlSeconds", ttlSeconds);
    }
}
