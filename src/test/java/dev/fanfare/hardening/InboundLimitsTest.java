package dev.fanfare.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.CloseReason;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Limits on what clients send besides complete messages, and on messages that are never completed. */
@Tag("attack")
@Timeout(120)
class InboundLimitsTest {

    private static final RawFrame PING = RawFrame.of(RawFrame.PING, "are you there?".getBytes(StandardCharsets.UTF_8));
    private static final int RATE = 200;

    @SuppressWarnings("NullAway.Init")
    private static HardenedNode node;

    @BeforeAll
    static void start() throws Exception {
        node = HardenedNode.start(
                "LIMITS_MESSAGES_PER_SECOND=" + RATE,
                "LIMITS_BYTES_PER_SECOND=100000",
                "LIMITS_MESSAGE_SECONDS=1",
                "LIMITS_INBOUND_BYTES_PER_NODE=4194304");
    }

    @AfterAll
    static void stop() throws IOException {
        node.close();
    }

    @Test
    void pingsAboveTheRateAreAnsweredMoreSlowly() throws Exception {
        HardenedNode.Counter limit = node.limit("message_rate");
        try (RawWebSocketClient client = node.raw()) {
            for (int i = 0; i < 2 * RATE; i++) {
                client.send(PING);
            }
            for (int i = 0; i < 2 * RATE; i++) {
                assertEquals(RawFrame.PONG, client.readFrame().opcode());
            }
            limit.awaitMoved(1);
            client.reset();
        }
    }

    @Test
    void fragmentsCountAgainstTheRate() throws Exception {
        HardenedNode.Counter limit = node.limit("message_rate");
        try (RawWebSocketClient client = node.raw()) {
            client.send(RawFrame.text("").unfinished());
            RawFrame empty = RawFrame.of(RawFrame.CONTINUATION, new byte[0]).unfinished();
            for (int i = 0; i < 2 * RATE; i++) {
                client.send(empty);
            }
            limit.awaitMoved(1);
            client.reset();
        }
    }

    @Test
    void bytesAboveTheRateAreReadMoreSlowly() throws Exception {
        HardenedNode.Counter limit = node.limit("byte_rate");
        try (RawWebSocketClient client = node.open(HardenedNode.JSON)) {
            for (int i = 0; i < 3; i++) {
                client.send(RawFrame.text("{\"type\":\"sendToGroup\",\"group\":\"g\",\"ackId\":" + i + ",\"data\":\""
                        + "x".repeat(50_000) + "\"}"));
            }
            for (int i = 0; i < 3; i++) {
                assertTrue(client.readText().startsWith("{\"type\":\"ack\",\"ackId\":" + i));
            }
            limit.awaitMoved(1);
            client.reset();
        }
    }

    @Test
    void aMessageThatDoesNotEndIsClosedWhateverPongsSay() throws Exception {
        HardenedNode.Counter limit = node.limit("message_time");
        try (RawWebSocketClient client = node.raw()) {
            client.send(RawFrame.text("begun").unfinished());
            RawFrame answer;
            do {
                client.send(PING);
                answer = client.readFrame();
            } while (answer.opcode() == RawFrame.PONG);
            assertEquals(RawFrame.CLOSE, answer.opcode());
            assertEquals(1008, answer.closeCode());
            assertTrue(answer.payloadText().endsWith(CloseReason.MESSAGE_TIMEOUT.text()), answer::payloadText);
            assertEquals(1, limit.moved());
            client.reset();
        }
    }

    @Test
    void aFrameWhoseHeadDoesNotEndIsClosed() throws Exception {
        try (RawWebSocketClient client = node.raw()) {
            client.send(Arrays.copyOf(PING.masked(), 3));
            assertEquals(1008, client.readClose().closeCode());
            client.reset();
        }
    }
}
