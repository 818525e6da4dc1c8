package dev.fanfare.core.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks the encoders against {@code frames/server.txt}, byte for byte. */
class EncodingTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final List<String> CALLS =
            List.of("connected", "disconnected", "dropped", "ack", "pong", "message", "invokeResponse");

    static Stream<FrameCase> cases() {
        return FrameCase.read("server.txt").stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void framesAreWhatTheFileSays(FrameCase frame) throws IOException {
        String line = frame.lines().get(0);
        String call = line.substring(0, line.indexOf(' '));
        assertTrue(CALLS.contains(call), line);
        JsonNode arguments = MAPPER.readTree(FrameCase.bytes(line.substring(call.length() + 1)));
        assertEquals(expanded(frame.only("json")), described(JsonCodec.PLAIN, call, arguments));
        assertEquals(expanded(frame.only("reliable")), described(JsonCodec.RELIABLE, call, arguments));
        assertEquals(expanded(frame.only("raw")), described(RawCodec.INSTANCE, call, arguments));
    }

    @Test
    void tailsFitIntoTheirRoom() {
        for (long id = 1; id > 0 && id < Long.MAX_VALUE / 10; id = id * 10 + 9) {
            assertTail(id);
        }
        for (long id = 1; id > 0; id *= 10) {
            assertTail(id);
            assertTail(id + 1);
            assertTail(Math.max(1, id - 1));
        }
        assertTail(Long.MAX_VALUE);
    }

    @Test
    void aRawClientSaysEvents() {
        assertPayload(DataType.TEXT, RawCodec.INSTANCE.decode(true, new byte[] {'h', 'i'}));
        assertPayload(DataType.BINARY, RawCodec.INSTANCE.decode(false, new byte[] {'h', 'i'}));
    }

    private static String expanded(String expectation) {
        return new String(FrameCase.bytes(expectation), StandardCharsets.UTF_8);
    }

    private static void assertTail(long id) {
        byte[] target = new byte[Codec.MAX_TAIL + 2];
        int length = JsonCodec.RELIABLE.tail(id, target, 1);
        assertTrue(length <= Codec.MAX_TAIL);
        assertEquals("\0,\"sequenceId\":" + id + "}\0", new String(target, 0, length + 2, StandardCharsets.UTF_8));
        assertEquals(0, JsonCodec.PLAIN.tail(id, target, 0));
        assertEquals(0, RawCodec.INSTANCE.tail(id, target, 0));
    }

    private static void assertPayload(DataType type, ClientFrame frame) {
        ClientFrame.Event event = (ClientFrame.Event) frame;
        assertEquals("message", event.event());
        assertEquals(type, event.payload().type());
        assertEquals("hi", new String(event.payload().bytes(), StandardCharsets.UTF_8));
        assertEquals(Map.of(), event.metadata());
        assertEquals(null, event.ackId());
    }

    private static String described(Codec codec, String call, JsonNode arguments) {
        Encoded encoded = encode(codec, call, arguments);
        if (encoded == null) {
            return "nothing";
        }
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes(encoded.body());
        if (call.equals("message")) {
            byte[] tail = new byte[Codec.MAX_TAIL];
            frame.write(tail, 0, codec.tail(arguments.path("sequenceId").asLong(), tail, 0));
        }
        return encoded.text()
                ? "text " + frame.toString(StandardCharsets.UTF_8)
                : "binary " + HexFormat.of().formatHex(frame.toByteArray());
    }

    private static @Nullable Encoded encode(Codec codec, String call, JsonNode arguments) {
        return switch (call) {
            case "connected" ->
                codec.connected(
                        arguments.path("connectionId").asText(),
                        text(arguments, "userId"),
                        text(arguments, "reconnectionToken"));
            case "dropped" -> codec.dropped(arguments.path("count").asLong());
            case "disconnected" -> codec.disconnected(arguments.path("message").asText());
            case "ack" ->
                codec.ack(Long.parseUnsignedLong(arguments.path("ackId").asText()), error(arguments));
            case "invokeResponse" ->
                codec.invokeResponse(
                        arguments.path("invocationId").asText(), optionalPayload(arguments), error(arguments));
            case "pong" -> codec.pong();
            default -> codec.message(message(arguments));
        };
    }

    private static Codec.@Nullable AckError error(JsonNode arguments) {
        JsonNode error = arguments.get("error");
        return error == null
                ? null
                : new Codec.AckError(
                        error.path("name").asText(), error.path("message").asText());
    }

    private static Message message(JsonNode arguments) {
        Map<String, String> metadata = new LinkedHashMap<>();
        arguments
                .path("metadata")
                .properties()
                .forEach(e -> metadata.put(e.getKey(), e.getValue().asText()));
        String group = text(arguments, "group");
        return group == null
                ? Message.fromServer(payload(arguments), metadata, Message.NEVER)
                : Message.toGroup(group, text(arguments, "fromUserId"), payload(arguments), metadata, Message.NEVER);
    }

    private static Payload payload(JsonNode arguments) {
        Payload payload = optionalPayload(arguments);
        if (payload == null) {
            throw new AssertionError("no payload in " + arguments);
        }
        return payload;
    }

    private static @Nullable Payload optionalPayload(JsonNode arguments) {
        for (DataType type : DataType.values()) {
            String content = text(arguments, type.wireName());
            if (content != null) {
                boolean hex = type == DataType.BINARY || type == DataType.PROTOBUF;
                byte[] bytes = hex ? HexFormat.of().parseHex(content) : content.getBytes(StandardCharsets.UTF_8);
                return new Payload(type, bytes);
            }
        }
        return null;
    }

    private static @Nullable String text(JsonNode arguments, String name) {
        JsonNode node = arguments.get(name);
        return node == null ? null : node.asText();
    }
}
