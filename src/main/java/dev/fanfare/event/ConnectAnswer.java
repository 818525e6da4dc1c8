package dev.fanfare.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.fanfare.core.json.JsonReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a handler decided about a client that it admits. Null leaves what the token says.
 *
 * @param userId the user id
 * @param groups groups to join; never empty
 * @param roles replace those of the token
 * @param subprotocol the subprotocol to negotiate
 */
public record ConnectAnswer(
        @Nullable String userId,
        @Nullable List<String> groups,
        @Nullable List<String> roles,
        @Nullable String subprotocol) {

    /** Changes nothing. */
    public static final ConnectAnswer UNCHANGED = new ConnectAnswer(null, null, null, null);

    /** Strict, since the node acts on the answer and parsers disagree about the meaning of duplicate names. */
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(JsonReader.MAX_DEPTH)
                            .maxNumberLength(Integer.MAX_VALUE)
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNameLength(Integer.MAX_VALUE)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** An answer that is not valid. The message says why and quotes none of it. */
    static final class MalformedAnswer extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedAnswer(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * Reads the body of an answer. Property names are case-insensitive, and unknown ones are ignored. No body, white
     * space and {@code null} change nothing.
     */
    static ConnectAnswer parse(String body) throws MalformedAnswer {
        JsonNode answer = read(body);
        if (answer.isMissingNode() || answer.isNull()) {
            return UNCHANGED;
        }
        if (!answer.isObject()) {
            throw new MalformedAnswer("is not a JSON object");
        }
        List<String> groups = texts(answer, "groups");
        return new ConnectAnswer(
                text(answer, "userId"),
                groups == null || groups.isEmpty() ? null : groups,
                texts(answer, "roles"),
                text(answer, "subprotocol"));
    }

    private static JsonNode read(String body) throws MalformedAnswer {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new MalformedAnswer("is not one JSON object, or has a property twice");
        }
    }

    private static @Nullable JsonNode property(JsonNode object, String name) throws MalformedAnswer {
        JsonNode found = null;
        for (Map.Entry<String, JsonNode> property : object.properties()) {
            if (property.getKey().equalsIgnoreCase(name)) {
                if (found != null) {
                    throw new MalformedAnswer("has " + name + " twice");
                }
                found = property.getValue();
            }
        }
        return found == null || found.isNull() ? null : found;
    }

    private static @Nullable String text(JsonNode object, String name) throws MalformedAnswer {
        JsonNode value = property(object, name);
        if (value != null && !value.isTextual()) {
            throw new MalformedAnswer("has a " + name + " that is no string");
        }
        return value == null ? null : value.textValue();
    }

    private static @Nullable List<String> texts(JsonNode object, String name) throws MalformedAnswer {
        JsonNode value = property(object, name);
        if (value == null) {
            return null;
        }
        if (!value.isArray()) {
            throw new MalformedAnswer("has " + name + " that are no array");
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode item : value) {
            if (!item.isTextual()) {
                throw new MalformedAnswer("has " + name + " that are no strings");
            }
            texts.add(item.textValue());
        }
        return List.copyOf(texts);
    }
}
