package dev.fanfare.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invalid frames, against a complete node. */
@Tag("attack")
class FrameHardeningTest {

    private static final HexFormat HEX = HexFormat.of();

    private static HardenedNode node;

    @BeforeAll
    static void start() throws Exception {
        node = HardenedNode.start(
                "LIMITS_MESSAGE_BYTES=4096",
                "LIMITS_FRAME_BYTES=2048",
                "LIMITS_FRAMES_PER_MESSAGE=8",
                "LIMITS_GROUP_NAME_LENGTH=10",
                "LIMITS_EVENT_NAME_LENGTH=10");
    }

    @AfterEach
    void nobodyElseIsConcerned() {
        node.awaitCalm();
        node.bystander().assertUndisturbed();
    }

    @AfterAll
    static void stop() throws Exception {
        node.close();
    }

    static Stream<Arguments> violations() {
        byte[] x = {'x'};
        RawFrame text = RawFrame.text("x");
        return Stream.of(
                violation("unmasked", 1002, "protocol_error", text.unmasked()),
                violation("reserved bit 1", 1002, "protocol_error", new RawFrame(true, 4, 1, x).masked()),
                violation("reserved bit 3", 1002, "protocol_error", new RawFrame(true, 1, 1, x).masked()),
                violation("opcode 3", 1002, "protocol_error", RawFrame.of(3, x).masked()),
                violation(
                        "opcode 15", 1002, "protocol_error", RawFrame.of(15, x).masked()),
                violation(
                        "fragmented ping",
                        1002,
                        "protocol_error",
                        RawFrame.of(9, x).unfinished().masked()),
                violation(
                        "ping of 126 bytes",
                        1002,
                        "protocol_error",
                        RawFrame.of(9, new byte[126]).masked()),
                violation(
                        "nothing to continue",
                        1002,
                        "protocol_error",
                        RawFrame.of(0, x).masked()),
                violation(
                        "text within a message",
                        1002,
                        "protocol_error",
                        text.unfinished().masked(),
                        text.masked()),
                violation("length of 2 bytes for 1", 1002, "protocol_error", text.masked(2)),
                violation("length of 8 bytes for 1", 1002, "protocol_error", text.masked(8)),
                violation("negative length", 1002, "protocol_error", HEX.parseHex("81ffffffffffffffffff")),
                violation(
                        "close of 1 byte",
                        1002,
                        "protocol_error",
                        RawFrame.of(8, x).masked()),
                violation(
                        "close code 1005",
                        1002,
                        "protocol_error",
                        RawFrame.close(1005, "").masked()),
                violation(
                        "close code 999",
                        1002,
                        "protocol_error",
                        RawFrame.close(999, "").masked()),
                violation(
                        "invalid UTF-8",
                        1007,
                        "invalid_payload",
                        RawFrame.of(1, HEX.parseHex("c0af")).masked()),
                violation(
                        "a surrogate in UTF-8",
                        1007,
                        "invalid_payload",
                        RawFrame.of(1, HEX.parseHex("eda080")).masked()),
                violation(
                        "half a character",
                        1007,
                        "invalid_payload",
                        RawFrame.of(1, HEX.parseHex("e282")).masked()),
                violation("frame of 2049 bytes", 1009, "message_too_big", HEX.parseHex("81fe0801")),
                violation("frame of 4 GiB", 1009, "message_too_big", HEX.parseHex("82ff0000000100000000")),
                violation("frame of 8 EiB", 1009, "message_too_big", HEX.parseHex("82ff7fffffffffffffff")),
                violation(
                        "message of 4097 bytes",
                        1009,
                        "message_too_big",
                        RawFrame.of(2, new byte[2048]).unfinished().masked(),
                        RawFrame.of(0, new byte[2048]).unfinished().masked(),
                        RawFrame.of(0, x).masked()),
                violation("nine fragments", 1009, "too_many_frames", fragments(9)),
                violation("empty fragments without end", 1009, "too_many_frames", fragments(10_000)));
    }

    private static Arguments violation(String name, int code, String reason, byte[]... pieces) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            bytes.writeBytes(piece);
        }
        return Arguments.of(name, code, reason, bytes.toByteArray());
    }

    private static byte[] fragments(int count) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(RawFrame.text("").unfinished().masked());
        for (int i = 1; i < count; i++) {
            bytes.writeBytes(RawFrame.of(0, new byte[0]).unfinished().masked());
        }
        return bytes.toByteArray();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("violations")
    void aViolationClosesTheConnectionAndNothingElse(String name, int code, String reason, byte[] bytes)
            throws Exception {
        for (String subprotocol : List.of(HardenedNode.JSON, HardenedNode.RELIABLE)) {
            HardenedNode.Counter closed = node.closes(reason, subprotocol);
            try (RawWebSocketClient client = node.open(subprotocol)) {
                client.send(bytes);
                assertEquals(code, client.readClose().closeCode());
                client.drain();
            }
            closed.awaitMoved(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "frame_bytes, 81fe0801",
        "message_bytes, 02fe080000000000<2048>00fe080000000000<2048>808100000000",
        "frames_per_message, 018000000000<f>"
    })
    void aLimitOfFramesIsCounted(String limit, String hex) throws Exception {
        HardenedNode.Counter counter = node.limit(limit);
        String complete = hex.replace("<2048>", "00".repeat(2048)).replace("<f>", "008000000000".repeat(8));
        try (RawWebSocketClient client = node.raw()) {
            client.send(HEX.parseHex(complete));
            assertEquals(1009, client.readClose().closeCode());
        }
        counter.awaitMoved(1);
    }

    static Stream<String> garbage() throws IOException {
        try (InputStream in = FrameHardeningTest.class.getResourceAsStream("/frames/malformed.txt")) {
            assertNotNull(in);
            List<String> collected = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith("text ") && !line.contains("<"))
                    .map(line -> line.substring(5))
                    .toList();
            return Stream.concat(
                    collected.stream(),
                    Stream.of(
                            "{\"type\":\"event\",\"event\":\"e\",\"data\":" + "[".repeat(2000),
                            "{\"type\":\"event\",\"event\":\"e\",\"data\":" + "{\"a\":".repeat(390),
                            "{\"type\":\"ping\",\"x\":" + "9".repeat(1900),
                            "{\"type\":\"joinGroup\",\"group\":\"g\",\"ackId\":1e99}",
                            "{\"type\":\"joinGroup\",\"group\":\"g\",\"ackId\":" + "9".repeat(1000) + "}",
                            "{\"type\":\"joinGroup\",\"group\":\"g\",\"ackId\":-1}",
                            "{\"type\":\"joinGroup\",\"group\":\"g\",\"group\":\"h\"}",
                            "{\"type\":\"ping\u0000\"}",
                            "\u0000",
                            "{}",
                            "{\"type\":\"" + "x".repeat(1900) + "\"}",
                            "{\"" + "x".repeat(1900) + "\":1}"));
        }
    }

    @Test
    void garbageOfAllKindsClosesItsOwnConnectionWith1007() throws Exception {
        List<String> texts = garbage().toList();
        assertTrue(texts.size() > 50, "texts: " + texts.size());
        HardenedNode.Counter closed = node.closes("invalid_payload", HardenedNode.JSON);
        for (String text : texts) {
            try (RawWebSocketClient client = node.open(HardenedNode.JSON)) {
                client.send(RawFrame.text(text));
                RawFrame answer = client.readFrame();
                assertTrue(
                        answer.payloadText().startsWith("{\"type\":\"system\",\"event\":\"disconnected\""),
                        () -> text + " " + answer);
                assertEquals(1007, client.readClose().closeCode(), text);
            }
        }
        closed.awaitMoved(texts.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"group", "event"})
    void aNameOverItsLengthIsRefusedAndCounted(String what) throws Exception {
        HardenedNode.Counter limit = node.limit("names");
        try (RawWebSocketClient client = node.open(HardenedNode.JSON)) {
            String frame = "{\"type\":\"" + what.replace("group", "joinGroup") + "\",\"" + what
                    + "\":\"elevenchars\",\"data\":1";
            client.send(RawFrame.text(frame + ",\"ackId\":1}"));
            String ack = client.readText();
            assertTrue(ack.contains("\"success\":false,\"error\":{\"name\":\"BadRequest\""), ack);
            client.send(RawFrame.text(frame + "}"));
            client.readText();
            assertEquals(what + ": has 11 characters; 1 to 10 are allowed", reason(client.readClose()));
        }
        limit.awaitMoved(2);
    }

    private static String reason(RawFrame close) {
        return close.payloadText().substring(close.payloadText().length() - (close.payload().length - 2));
    }

    @Test
    void randomBytesAfterTheUpgradeAreAnsweredWithAClose() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            byte[] bytes = new byte[200 + random.nextInt(2000)];
            random.nextBytes(bytes);
            try (RawWebSocketClient client = node.open(HardenedNode.JSON)) {
                client.send(bytes);
                client.send(RawFrame.close(1000, ""));
                client.send(RawFrame.of(15, new byte[1]).unmasked());
                client.drain();
            } catch (SocketException reset) {
                // Closed while we were writing.
            } catch (IOException | AssertionError e) {
                throw new AssertionError("seed=" + seed, e);
            }
        }
    }

    @Test
    void aFloodOfPingsIsAnsweredAndSlowsNobodyDown() throws Exception {
        ByteArrayOutputStream flood = new ByteArrayOutputStream();
        for (int i = 0; i < 1000; i++) {
            flood.writeBytes(RawFrame.of(RawFrame.PING, new byte[] {1}).masked());
        }
        // RFC 6455 section 5.5.3: of pings that come faster than pongs leave, the newest is answered.
        byte[] last = {2};
        flood.writeBytes(RawFrame.of(RawFrame.PING, last).masked());
        try (RawWebSocketClient client = node.open(HardenedNode.JSON)) {
            for (int i = 0; i < 15; i++) {
                client.send(flood.toByteArray());
                RawFrame pong = client.readFrame();
                while (!Arrays.equals(last, pong.payload())) {
                    assertEquals(RawFrame.PONG, pong.opcode());
                    pong = client.readFrame();
                }
            }
            node.bystander().assertUndisturbed();
        }
    }

    @Test
    void aFloodOfPingsFromOneWhoNeverReadsTakesNoMemory() throws Exception {
        ByteArrayOutputStream flood = new ByteArrayOutputStream();
        for (int i = 0; i < 1000; i++) {
            flood.writeBytes(RawFrame.of(RawFrame.PING, new byte[125]).masked());
        }
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null, 4096)) {
            client.send(RawWebSocketClient.upgradeRequest(HardenedNode.target(HardenedNode.HUB)));
            client.readHead();
            double before = node.metric("fanfare_direct_memory_bytes");
            for (int i = 0; i < 100; i++) {
                client.send(flood.toByteArray());
            }
            node.bystander().assertUndisturbed();
            double grown = node.metric("fanfare_direct_memory_bytes") - before;
            assertTrue(grown < 32 * 1024 * 1024, "grown by " + grown);
            client.reset();
        }
    }
}
