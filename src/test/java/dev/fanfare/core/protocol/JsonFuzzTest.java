package dev.fanfare.core.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.fanfare.core.json.JsonReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Random input, compared with Jackson. To repeat a failure, put its printed seed into {@link #seed()}. */
@Tag("attack")
class JsonFuzzTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ObjectMapper ESCAPING =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    private static final JsonFactory AS_DEEP_AS_OURS = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(1 + JsonReader.MAX_DEPTH) // the frame itself does not count
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .build();
    private static final Pattern SURROGATE_ESCAPE = Pattern.compile("\\\\u[dD][89a-fA-F]");
    private static final String[] TOKENS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"type\"",
        "\"ping\"",
        "\"data\":",
        "1",
        "-",
        "0",
        ".5",
        "e+1",
        "E",
        "true",
        "false",
        "null",
        " ",
        "\n",
        "\\",
        "\\n",
        "\\u0041",
        "\\u00",
        "x",
        "é",
        "\u0001",
        "{}",
        "[1,2]",
        "\"b\":2"
    };

    private long seed;
    private Random random = new Random(0);

    @BeforeEach
    void seed() {
        seed = System.nanoTime();
        random = new Random(seed);
        System.out.println("JsonFuzzTest seed=" + seed);
    }

    @Test
    void mutatedFramesAreDecodedOrRefused() throws IOException {
        List<FrameCase> cases = FrameCase.read("client.txt");
        int decoded = 0;
        int refused = 0;
        for (int i = 0; i < 30_000; i++) {
            String line = cases.get(random.nextInt(cases.size())).lines().get(0);
            byte[] frame = mutated(FrameCase.bytes(line.substring(line.indexOf(' ') + 1)));
            try {
                assertNotNull(JsonCodec.PLAIN.decode(random.nextBoolean(), frame));
                decoded++;
            } catch (ProtocolViolation e) {
                refused++;
                String message = String.valueOf(e.getMessage());
                assertTrue(message.getBytes(StandardCharsets.UTF_8).length <= 123, message);
            } catch (RuntimeException e) {
                throw new AssertionError("seed=" + seed + " frame=" + shown(frame), e);
            }
            assertAgreesWithJackson(frame);
        }
        assertTrue(decoded > 300 && refused > 300, "decoded=" + decoded + " refused=" + refused);
    }

    @Test
    void randomTokensAreReadAsJacksonReadsThem() throws IOException {
        int accepted = 0;
        for (int i = 0; i < 60_000; i++) {
            StringBuilder text = new StringBuilder("{\"x\":");
            for (int n = random.nextInt(6); n >= 0; n--) {
                text.append(TOKENS[random.nextInt(TOKENS.length)]);
            }
            accepted += assertAgreesWithJackson(utf8(text.append('}').toString())) ? 1 : 0;
        }
        assertTrue(accepted > 300, "accepted=" + accepted);
    }

    @Test
    void whatIsEncodedIsReadBack() throws IOException {
        for (int i = 0; i < 5_000; i++) {
            String group = text(1 + random.nextInt(20));
            String user = text(random.nextInt(20));
            String data = text(random.nextInt(100));
            Message message = Message.toGroup(group, user, Payload.text(data), Map.of("k", ascii()), Message.NEVER);
            JsonNode read = MAPPER.readTree(frame(message, i + 1));
            assertEquals(group, read.path("group").textValue(), () -> "seed=" + seed);
            assertEquals(user, read.path("fromUserId").textValue(), () -> "seed=" + seed);
            assertEquals(data, read.path("data").textValue(), () -> "seed=" + seed);
            assertEquals(
                    message.metadata().get("k"), read.path("metadata").path("k").textValue());
            assertEquals(i + 1, read.path("sequenceId").longValue());
        }
    }

    @Test
    void bytesAreReadBack() throws IOException {
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            Message message = Message.fromServer(Payload.binary(bytes), Map.of(), Message.NEVER);
            JsonNode read = MAPPER.readTree(JsonCodec.PLAIN.message(message).body());
            assertArrayEquals(bytes, read.path("data").binaryValue(), () -> "seed=" + seed);
        }
    }

    @Test
    void whatJacksonWritesIsDecoded() throws Exception {
        for (int i = 0; i < 5_000; i++) {
            String group = "g" + text(random.nextInt(20));
            String data = text(random.nextInt(100));
            ObjectMapper mapper = random.nextBoolean() ? MAPPER : ESCAPING;
            long ackId = random.nextLong() >>> 1;
            byte[] frame = mapper.writeValueAsBytes(
                    Map.of("type", "sendToGroup", "group", group, "data", data, "dataType", "text", "ackId", ackId));
            ClientFrame.SendToGroup send = (ClientFrame.SendToGroup) JsonCodec.PLAIN.decode(true, frame);
            assertEquals(group, send.group(), () -> "seed=" + seed);
            assertEquals(data, new String(send.payload().bytes(), StandardCharsets.UTF_8), () -> "seed=" + seed);
            assertEquals(ackId, send.ackId());
        }
    }

    /** Returns whether both accept it. */
    private boolean assertAgreesWithJackson(byte[] frame) throws IOException {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(frame))
                    .toString();
        } catch (CharacterCodingException e) {
            return false;
        }
        if (SURROGATE_ESCAPE.matcher(text).find()) {
            return false; // Jackson refuses lone surrogates in names
        }
        boolean accepted = accepted(frame);
        assertEquals(acceptedByJackson(text), accepted, () -> "seed=" + seed + " frame=" + shown(frame));
        return accepted;
    }

    private static boolean accepted(byte[] frame) {
        try {
            assertNotNull(new JsonFrame(frame));
            return true;
        } catch (ProtocolViolation e) {
            return false;
        }
    }

    private static boolean acceptedByJackson(String text) throws IOException {
        Set<String> names = new HashSet<>();
        try (JsonParser parser = AS_DEEP_AS_OURS.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                if (!names.add(parser.currentName())) {
                    return false;
                }
                parser.nextToken();
                parser.skipChildren();
            }
            return parser.nextToken() == null;
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private byte[] mutated(byte[] frame) {
        ByteArrayOutputStream mutated = new ByteArrayOutputStream();
        int changes = 1 + random.nextInt(3);
        int from = 0;
        for (int i = 0; i < changes && from < frame.length; i++) {
            int at = from + random.nextInt(frame.length - from);
            mutated.write(frame, from, at - from);
            from = at;
            switch (random.nextInt(5)) {
                case 0 -> mutated.write(random.nextInt(256));
                case 1 -> from++;
                case 2 -> mutated.writeBytes(utf8(TOKENS[random.nextInt(TOKENS.length)]));
                case 3 -> mutated.write(frame, from, Math.min(frame.length - from, random.nextInt(8)));
                default -> mutated.write(frame[from++] ^ (1 << random.nextInt(8)));
            }
        }
        mutated.write(frame, from, random.nextInt(20) == 0 ? 0 : frame.length - from);
        return mutated.toByteArray();
    }

    private static byte[] frame(Message message, long sequenceId) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes(JsonCodec.RELIABLE.message(message).body());
        byte[] tail = new byte[Codec.MAX_TAIL];
        frame.write(tail, 0, JsonCodec.RELIABLE.tail(sequenceId, tail, 0));
        return frame.toByteArray();
    }

    private String text(int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            int bound = new int[] {0x80, 0x80, 0x800, 0x10000, 0x110000}[random.nextInt(5)];
            int c = random.nextInt(bound);
            text.appendCodePoint(c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? '"' : c);
        }
        return text.toString();
    }

    private String ascii() {
        return random.ints(random.nextInt(20), ' ', 0x7f)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String shown(byte[] frame) {
        return new String(frame, StandardCharsets.UTF_8);
    }
}
