package dev.fanfare.core.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fanfare.core.Names;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks the decoder against {@code frames/client.txt} and {@code frames/malformed.txt}. */
class JsonDecodingTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    static Stream<FrameCase> cases() {
        return Stream.of("client.txt", "malformed.txt").flatMap(file -> FrameCase.read(file).stream());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void framesMeanWhatTheFilesSay(FrameCase frame) {
        String line = frame.lines().get(0);
        boolean text = line.startsWith("text ");
        assertTrue(text || line.startsWith("binary "), line);
        byte[] bytes = FrameCase.bytes(line.substring(line.indexOf(' ') + 1));
        String expected = new String(FrameCase.bytes(frame.lines().get(1)), StandardCharsets.UTF_8);
        for (JsonCodec codec : List.of(JsonCodec.PLAIN, JsonCodec.RELIABLE)) {
            assertEquals(expected, outcome(codec, text, bytes));
        }
    }

    @Test
    void violationsFitIntoACloseFrameAndShowLittleOfTheInput() {
        List<FrameCase> malformed = FrameCase.read("malformed.txt");
        assertTrue(malformed.size() >= 60, "cases: " + malformed.size());
        for (FrameCase frame : malformed) {
            String violation = frame.only("violation");
            assertTrue(violation.length() <= 123, violation);
            assertTrue(violation.chars().allMatch(c -> c >= ' ' && c <= '~'), violation);
        }
    }

    @Test
    void lengthsOfNamesAreParameters() throws ProtocolViolation {
        JsonCodec codec = new JsonCodec(new Names(1, 2, 3, 4), false);
        assertEquals(
                new ClientFrame.JoinGroup("gg", null),
                codec.decode(true, FrameCase.bytes("{\"type\":\"joinGroup\",\"group\":\"gg\"}")));
        assertEquals(
                "violation group: has 3 characters; 1 to 2 are allowed",
                outcome(codec, true, FrameCase.bytes("{\"type\":\"joinGroup\",\"group\":\"ggg\"}")));
        assertEquals(
                "violation event: has 4 characters; 1 to 3 are allowed",
                outcome(codec, true, FrameCase.bytes("{\"type\":\"event\",\"event\":\"eeee\",\"data\":1}")));
    }

    @Test
    void tokensDoNotShowInTexts() throws ProtocolViolation {
        ClientFrame frame = JsonCodec.PLAIN.decode(
                true, FrameCase.bytes("{\"type\":\"refreshToken\",\"token\":\"secret\",\"ackId\":1}"));
        assertEquals(new ClientFrame.RefreshToken("secret", 1L), frame);
        assertEquals("RefreshToken[ackId=1]", frame.toString());
    }

    private static String outcome(Codec codec, boolean text, byte[] bytes) {
        try {
            return describe(codec.decode(text, bytes));
        } catch (ProtocolViolation e) {
            return "violation " + e.getMessage();
        }
    }

    private static String describe(ClientFrame frame) {
        if (frame instanceof ClientFrame.JoinGroup join) {
            return "joinGroup " + quoted(join.group()) + ackId(join.ackId());
        } else if (frame instanceof ClientFrame.LeaveGroup leave) {
            return "leaveGroup " + quoted(leave.group()) + ackId(leave.ackId());
        } else if (frame instanceof ClientFrame.SendToGroup send) {
            return "sendToGroup " + quoted(send.group()) + " " + content(send.payload())
                    + (send.noEcho() ? " noEcho" : "")
                    + (send.ttlSeconds() == 0 ? "" : " ttlSeconds=" + send.ttlSeconds())
                    + metadata(send.metadata()) + ackId(send.ackId());
        } else if (frame instanceof ClientFrame.Event event) {
            return "event " + quoted(event.event()) + " " + content(event.payload()) + metadata(event.metadata())
                    + ackId(event.ackId());
        } else if (frame instanceof ClientFrame.Invoke invoke) {
            return "invoke " + quoted(invoke.invocationId()) + " " + quoted(invoke.event()) + " "
                    + content(invoke.payload());
        } else if (frame instanceof ClientFrame.CancelInvocation cancel) {
            return "cancelInvocation " + quoted(cancel.invocationId());
        } else if (frame instanceof ClientFrame.SequenceAck ack) {
            return "sequenceAck " + ack.sequenceId();
        } else if (frame instanceof ClientFrame.RefreshToken refresh) {
            return "refreshToken " + quoted(refresh.token()) + ackId(refresh.ackId());
        } else if (frame instanceof ClientFrame.NotAllowed not) {
            String invocationId = not.invocationId() == null ? "" : " invocationId=" + not.invocationId();
            return "notAllowed" + ackId(not.ackId()) + invocationId + " "
                    + not.violation().getMessage();
        }
        assertEquals(new ClientFrame.Ping(), frame);
        return "ping";
    }

    private static String content(Payload payload) {
        return switch (payload.type()) {
            case TEXT -> "text " + quoted(new String(payload.bytes(), StandardCharsets.UTF_8));
            case JSON -> "json " + new String(payload.bytes(), StandardCharsets.UTF_8);
            case BINARY -> "binary " + HexFormat.of().formatHex(payload.bytes());
            case PROTOBUF -> "protobuf " + HexFormat.of().formatHex(payload.bytes());
        };
    }

    private static String metadata(Map<String, String> metadata) {
        return metadata.isEmpty() ? "" : " metadata=" + metadata;
    }

    private static String ackId(@Nullable Long ackId) {
        return ackId == null ? "" : " ackId=" + Long.toUnsignedString(ackId);
    }

    private static String quoted(String text) {
        try {
            return MAPPER.writeValueAsString(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
