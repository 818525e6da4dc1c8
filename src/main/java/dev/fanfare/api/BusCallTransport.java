package dev.fanfare.api;

import dev.fanfare.core.ContentType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Names;
import dev.fanfare.core.json.JsonReader;
import dev.fanfare.ops.Metrics;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A call over the event bus: one JSON object with all of its parameters by name, and the content of its body. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record BusCallTransport(ContentType contentType, byte[] body, Map<String, String> metadata) implements CallTransport {

    /** The keys of a request that belong to a message. */
    static final Set<String> OF_MESSAGES = Set.of("dataType", "data", "metadata");

    private static final byte[] REPLACEMENT = "\uFFFD".getBytes(StandardCharsets.UTF_8);
    private static final ContentType TEXT = new ContentType(ContentType.TEXT, null);
    private static final ContentType JSON = new ContentType(ContentType.JSON, null);
    private static final ContentType BINARY = new ContentType(ContentType.BINARY, null);

    /** @throws ApiException if the request has no valid body */
    static BusCallTransport of(JsonObject request, Route route, Services services) {
        // Encoding recurses. The request is around the data, whose levels count.
        if (isDeeper(request, 1 + JsonReader.MAX_DEPTH)) {
            throw ApiException.badRequest("body", "body: is nested deeper than " + JsonReader.MAX_DEPTH + " levels");
        }
        BusCallTransport transport = switch (route.bodyKind()) {
            case NONE, CREDENTIALS -> new BusCallTransport(BINARY, new byte[0], Map.of());
            case JSON ->
                new BusCallTransport(JSON, own(request, route).toBuffer().getBytes(), Map.of());
            case MESSAGE -> message(request);
        };
        int most = services.config().limits().restBodyBytes();
        if (transport.body.length > most) {
            services.metrics().limitReached(Metrics.Limit.REST_BODY_BYTES);
            throw new ApiException(
                    new ErrorBody(ErrorCode.PAYLOAD_TOO_LARGE, "body: at most " + most + " bytes are allowed", "body"));
        }
        return transport;
    }

    /** @param levels the levels of objects and arrays that are allowed */
    private static boolean isDeeper(@Nullable Object value, int levels) {
        Iterable<?> children;
        if (value instanceof JsonObject object) {
            children = object.getMap().values();
        } else if (value instanceof JsonArray array) {
            children = array.getList();
        } else if (value instanceof Map<?, ?> map) {
            children = map.values();
        } else if (value instanceof List<?> list) {
            children = list;
        } else {
            return false;
        }
        if (levels == 0) {
            return true;
        }
        for (Object child : children) {
            if (isDeeper(child, levels - 1)) {
                return true;
            }
        }
        return false;
    }

    /** The keys that REST has in the body: all that it does not have in the URL. */
    private static JsonObject own(JsonObject request, Route route) {
        Map<String, Object> own = new LinkedHashMap<>(request.getMap());
        own.remove("operation");
        own.keySet().removeAll(route.query());
        own.keySet().removeIf(key -> route.segments().contains("{" + key + "}"));
        return new JsonObject(own);
    }

    private static BusCallTransport message(JsonObject request) {
        Object data = request.getValue("data");
        Map<String, String> metadata = metadata(request.getValue("metadata"));
        return switch (String.valueOf(request.getValue("dataType"))) {
            case "text" -> new BusCallTransport(TEXT, utf8(string(data)), metadata);
            case "json" -> new BusCallTransport(JSON, utf8(Json.encode(data)), metadata);
            case "binary" -> new BusCallTransport(BINARY, base64(string(data)), metadata);
            default -> throw ApiException.badRequest("dataType", "dataType: text, json or binary is needed");
        };
    }

    private static String string(@Nullable Object data) {
        if (data instanceof String text) {
            return text;
        }
        throw ApiException.badRequest("data", "data: a string is needed for this dataType");
    }

    /** A lone surrogate has no UTF-8 form and becomes U+FFFD, as in frames of clients. */
    private static byte[] utf8(String text) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8
                    .newEncoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .replaceWith(REPLACEMENT)
                    .encode(CharBuffer.wrap(text));
            byte[] exact = new byte[bytes.remaining()];
            bytes.get(exact);
            return exact;
        } catch (CharacterCodingException e) {
            throw new IllegalStateException("what is malformed is replaced", e);
        }
    }

    private static byte[] base64(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest("data", "data: is not base64");
        }
    }

    private static Map<String, String> metadata(@Nullable Object value) {
        if (value == null) {
            return Map.of();
        }
        if (!(value instanceof JsonObject object)) {
            throw ApiException.badRequest("metadata", "metadata: an object is needed");
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, Object> entry : object) {
            if (!(entry.getValue() instanceof String text)) {
                throw ApiException.badRequest("metadata", "metadata: each value is a string");
            }
            metadata.put(entry.getKey(), text);
        }
        ApiException.check("metadata", Names.metadataProblem(metadata));
        return Collections.unmodifiableMap(metadata);
    }

    @Override
    public @Nullable String endpoint() {
        return null;
    }

    @Override
    public @Nullable CallPeer peer() {
        return null;
    }

    @Override
    public void header(CharSequence name, String value) {
        // there are none
    }

    @Override
    public void next(JsonObject page, Call call, Map<String, String> query) {
        page.put("continuationToken", query.get("continuationToken"));
    }

    @Override
    public String toString() {
        return "BusTransport";
    }
}
