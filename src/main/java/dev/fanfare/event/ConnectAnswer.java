package dev.fanfare.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a handler decides about a client that it lets in. What is null stays as the token has it.
 *
 * @param userId the user
 * @param groups to be joined; never empty
 * @param roles instead of those of the token
 * @param subprotocol to agree on
 */
public record ConnectAnswer(
        @Nullable String userId,
        @Nullable List<String> groups,
        @Nullable List<String> roles,
        @Nullable String subprotocol) {

    /** Everything stays as the token has it. */
    public static final ConnectAnswer UNCHANGED = new ConnectAnswer(null, null, null, null);

    private static final ObjectMapper JSON = new ObjectMapper();

    /** An answer that is none. The message says why, and holds nothing of it. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message, null, false, false);
        }
    }

    /** Reads the body of an answer; names of properties are compared without case, and unknown ones passed over. */
    static ConnectAnswer parse(byte[] body) throws Malformed {
        if (body.length == 0) {
            return UNCHANGED;
        }
        JsonNode answer = read(body);
        List<String> groups = texts(answer, "groups");
        return new ConnectAnswer(
                text(answer, "userId"),
                groups == null || groups.isEmpty() ? null : groups,
                texts(answer, "roles"),
                text(answer, "subprotocol"));
    }

    private static JsonNode read(byte[] body) throws Malformed {
        try {
            JsonNode answer = JSON.readTree(body);
            if (answer.isObject()) {
                return answer;
            }
        } catch (JsonProcessingException e) {
            // answered below, as other JSON than objects is
        } catch (IOException e) {
            throw new IllegalStateException("reading an array failed", e);
        }
        throw new Malformed("is not a JSON object");
    }

    private static @Nullable JsonNode property(JsonNode object, String name) {
        for (Map.Entry<String, JsonNode> property : object.properties()) {
            if (property.getKey().equalsIgnoreCase(name)) {
                return property.getValue().isNull() ? null : property.getValue();
            }
        }
        return null;
    }

    private static @Nullable String text(JsonNode object, String name) throws Malformed {
        JsonNode value = property(object, name);
        if (value != null && !value.isTextual()) {
            throw new Malformed("has a " + name + " that is no string");
        }
        return value == null ? null : value.textValue();
    }

    private static @Nullable List<String> texts(JsonNode object, String name) throws Malformed {
        JsonNode value = property(object, name);
        if (value == null) {
            return null;
        }
        if (!value.isArray()) {
            throw new Malformed("has " + name + " that are no array");
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode item : value) {
            if (!item.isTextual()) {
                throw new Malformed("has " + name + " that are no strings");
            }
            texts.add(item.textValue());
        }
        return List.copyOf(texts);
    }
}
