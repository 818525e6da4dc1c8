package dev.fanfare.event;

import dev.fanfare.core.ContentType;
import dev.fanfare.core.Names;
import dev.fanfare.core.json.JsonReader;
import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Interprets the answers of handlers. Strict, since their content reaches clients. */
final class HandlerAnswers {

    private static final String METADATA = "x-webpubsub-metadata-";

    private HandlerAnswers() {}

    /**
     * The message for the client in an answer to a user event; null for none.
     *
     * @param contentType null for binary
     * @param headers all headers of the answer, by name
     * @param body must not be modified afterwards
     */
    static @Nullable Message message(
            @Nullable String contentType, Iterable<Map.Entry<String, String>> headers, byte[] body)
            throws EventException {
        Map<String, String> metadata = metadata(headers);
        if (body.length == 0) {
            return metadata.isEmpty() ? null : Message.fromServer(Payload.text(""), metadata, Message.NEVER);
        }
        requirePlain(headers);
        return Message.fromServer(payload(contentType, body), metadata, Message.NEVER);
    }

    /** No content coding was requested, and clients could not detect one. */
    static void requirePlain(Iterable<Map.Entry<String, String>> headers) throws EventException {
        for (Map.Entry<String, String> header : headers) {
            if (header.getKey().equalsIgnoreCase("content-encoding") && !ContentType.isIdentity(header.getValue())) {
                throw EventException.invalid("has a Content-Encoding");
            }
        }
    }

    private static Payload payload(@Nullable String contentType, byte[] body) throws EventException {
        ContentType type = ContentType.of(contentType);
        return switch (type.mediaType()) {
            case "", ContentType.BINARY -> Payload.binary(body);
            case "application/x-protobuf" -> new Payload(DataType.PROTOBUF, body);
            case ContentType.TEXT -> Payload.text(text(type, body));
            case ContentType.JSON -> {
                Payload json = Payload.json(text(type, body));
                if (JsonReader.problem(json.bytes()) != null) {
                    throw EventException.invalid("is not one JSON value");
                }
                yield json;
            }
            default -> throw EventException.invalid("has a Content-Type that no client could be given");
        };
    }

    /** The text of a body in the charset of the answer, UTF-8 by default. */
    static String text(ContentType type, byte[] body) throws EventException {
        try {
            Charset charset = type.textCharset();
            try {
                return ContentType.decode(body, charset);
            } catch (CharacterCodingException e) {
                throw EventException.invalid("is not " + charset.name());
            }
        } catch (IllegalArgumentException e) {
            throw EventException.invalid("has a charset that is not known");
        }
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

    /** The connection state that an answer sets, from the last header of that name; null if it sets none. */
    static @Nullable String connectionState(List<String> headers) throws EventException {
        if (headers.isEmpty()) {
            return null;
        }
        String state = headers.get(headers.size() - 1);
        if (!state.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw EventException.invalid("has a ce-connectionState that is not printable ASCII");
        }
        return state;
    }
}
