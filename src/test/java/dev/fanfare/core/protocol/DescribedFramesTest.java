package dev.fanfare.core.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fanfare.testkit.AsyncApiDocument;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Checks asyncapi.yaml against the frames that the decoder accepts and refuses: both must agree. */
class DescribedFramesTest {

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNumberLength(10_000)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** What JSON Schema cannot express, and the description says in words. */
    private static final Set<String> IN_WORDS = Set.of(
            "too deep arrays",
            "too deep in an unknown property",
            "joinGroup with half a surrogate pair",
            "joinGroup with the other half",
            "joinGroup with a surrogate pair the wrong way round",
            "joinGroup with a surrogate and another escape",
            "an invocation whose id has half a surrogate pair",
            "metadata over its limit");

    private final AsyncApiDocument document = new AsyncApiDocument();

    private final Map<String, String> types = document.messagesOf("hearClient").stream()
            .collect(Collectors.toMap(type -> type.toLowerCase(Locale.ROOT), Function.identity()));

    @Test
    void whatTheDecoderTakesIsDescribed() {
        int checked = 0;
        for (FrameCase each : FrameCase.read("client.txt")) {
            JsonNode frame = parsed(each);
            boolean refused = each.lines().stream().anyMatch(line -> line.startsWith("notAllowed"));
            if (frame instanceof ObjectNode object && !refused) {
                assertEquals("[]", errors(object), each.name());
                checked++;
            }
        }
        assertTrue(checked > 60, "frames: " + checked);
    }

    @Test
    void whatTheDecoderRefusesIsNotDescribed() {
        int checked = 0;
        for (FrameCase each : FrameCase.read("malformed.txt")) {
            JsonNode frame = parsed(each);
            if (frame instanceof ObjectNode object && !IN_WORDS.contains(each.name())) {
                assertNotEquals("[]", errors(object), each.name());
                checked++;
            }
        }
        assertTrue(checked > 60, "frames: " + checked);
    }

    /** By the schema of its type; a node compares some words without case. */
    private String errors(ObjectNode frame) {
        String type = types.get(frame.path("type").asText().toLowerCase(Locale.ROOT));
        if (type == null) {
            return "no such type";
        }
        frame.put("type", type);
        for (String property : List.of("dataType", "target")) {
            if (frame.path(property).isTextual()) {
                frame.put(property, frame.path(property).asText().toLowerCase(Locale.ROOT));
            }
        }
        return document.errorsOf(type, frame);
    }

    /** Null for a text message that is not JSON. */
    private static @Nullable JsonNode parsed(FrameCase each) {
        String line = each.lines().get(0);
        if (!line.startsWith("text ")) {
            return null;
        }
        String text = new String(FrameCase.bytes(line.substring(line.indexOf(' ') + 1)), StandardCharsets.UTF_8);
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            return null;
        }
    }
}
