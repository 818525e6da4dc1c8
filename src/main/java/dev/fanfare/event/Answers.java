package dev.fanfare.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.fanfare.core.Names;
import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the answers of handlers mean. Strict, since clients get to see them. */
final class Answers {

    private static final String METADATA = "x-webpubsub-metadata-";
    private static final JsonFactory JSON = new JsonFactory();

    private Answers() {}

    /**
     * The message that an answer to a user event has for the client; null for none.
     *
     * @param contentType null is binary
     * @param headers all of the answer's, by name
     * @param body is taken over
     */
    static @Nullable Message message(
            @Nullable String contentType, Iterable<Map.Entry<String, String>> headers, byte[] body)
            throws EventException {
        Map<String, String> metadata = metadata(headers);
        if (body.length == 0) {
            return metadata.isEmpty() ? null : Message.fromServer(Payload.text(""), metadata, Message.NEVER);
        }
        return Message.fromServer(payload(contentType, body), metadata, Message.NEVER);
    }

    private static Payload payload(@Nullable String contentType, byte[] body) throws EventException {
        String type = contentType == null
                ? "application/octet-stream"
                : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return switch (type) {
            case "application/octet-stream" -> Payload.binary(body);
            case "application/x-protobuf" -> new Payload(DataType.PROTOBUF, body);
            case "text/plain" -> {
                utf8(body);
                yield new Payload(DataType.TEXT, body);
            }
            case "application/json" -> {
                requireJson(utf8(body));
                yield new Payload(DataType.JSON, body);
            }
            default -> throw EventException.invalid("has a Content-Type that no client could be given");
        };
    }

    private static String utf8(byte[] body) throws EventException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw EventException.invalid("is not UTF-8");
        }
    }

    private static void requireJson(String text) throws EventException {
        try (JsonParser parser = JSON.createParser(text)) {
            if (parser.nextToken() != null) {
                parser.skipChildren();
                if (parser.nextToken() == null) {
                    return;
                }
            }
        } catch (IOException e) {
            // answered below, as too much and too little JSON is
        }
        throw EventException.invalid("is not one JSON value");
    }

    private static Map<String, String> metadata(Iterable<Map.Entry<String, String>> headers) throws EventException {
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (name.startsWith(METADATA)) {
                metadata.put(name.substring(METADATA.length()), header.getValue());
            }
        }
        if (Names.metadataProblem(metadata) != null) {
            throw EventException.invalid("has metadata that is not allowed");
        }
        return metadata;
    }

    /** The connection state that an answer sets; null if it sets none. */
    static @Nullable String connectionState(List<String> headers) throws EventException {
        if (headers.isEmpty()) {
            return null;
        }
        String state = headers.get(0);
        if (headers.size() > 1 || !state.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw EventException.invalid("has no single ce-connectionState of printable ASCII");
        }
        return state;
    }
}
