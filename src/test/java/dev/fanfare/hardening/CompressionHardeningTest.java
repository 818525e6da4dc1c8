package dev.fanfare.hardening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.DeflatedFrame;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Malicious compressed messages, against a complete node. */
@Tag("attack")
class CompressionHardeningTest {

    private static final int MESSAGE_BYTES = 200_000;
    private static final String INFLATED = "fanfare_inflate_output_bytes_total";

    private static HardenedNode node;

    @BeforeAll
    static void start() throws Exception {
        node = HardenedNode.start(
                "LIMITS_MESSAGE_BYTES=" + MESSAGE_BYTES,
                "LIMITS_FRAME_BYTES=" + MESSAGE_BYTES,
                "HUBS={'*': {compression: {enabled: true, maxRatio: 10}}}");
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

    private static RawWebSocketClient open() throws IOException {
        return RawWebSocketClient.open(node.port(), null, HardenedNode.target(HardenedNode.HUB), DeflatedFrame.OFFER);
    }

    private static RawFrame deflated(byte[] payload) {
        return new RawFrame(true, DeflatedFrame.RSV1, RawFrame.BINARY, payload);
    }

    @Test
    void bombsAreStoppedByTheirRatio() throws IOException {
        byte[] bomb = DeflatedFrame.deflate(new byte[100_000_000]);
        assertTrue(bomb.length < MESSAGE_BYTES && bomb.length * 10 > MESSAGE_BYTES / 2);
        byte[] small = Arrays.copyOf(bomb, 7_000);
        HardenedNode.Counter ratio = node.limit("message_bytes");
        HardenedNode.Counter closes = node.closes("message_too_big", "raw");
        HardenedNode.Counter inflated = node.counter(INFLATED);

        for (int i = 0; i < 50; i++) {
            try (RawWebSocketClient client = open()) {
                client.send(deflated(small));
                assertEquals(1009, client.readClose().closeCode());
            }
        }

        ratio.awaitMoved(50);
        closes.awaitMoved(50);
        assertEquals(50 * (70_000 + 1), inflated.moved(), "inflated up to the bound and no further");
    }

    @Test
    void bombsAreStoppedByTheirSize() throws IOException {
        byte[] bomb = DeflatedFrame.deflate(new byte[100_000_000]);
        HardenedNode.Counter size = node.limit("message_bytes");
        HardenedNode.Counter inflated = node.counter(INFLATED);

        for (int i = 0; i < 50; i++) {
            try (RawWebSocketClient client = open()) {
                client.send(deflated(bomb));
                assertEquals(1009, client.readClose().closeCode());
            }
        }

        size.awaitMoved(50);
        assertEquals(50 * (MESSAGE_BYTES + 1), inflated.moved(), "inflated up to the bound and no further");
    }

    @Test
    void aBombInManyFragmentsIsStoppedToo() throws IOException {
        byte[] bomb = DeflatedFrame.deflate(new byte[1_000_000]);
        try (RawWebSocketClient client = open()) {
            client.send(new RawFrame(false, DeflatedFrame.RSV1, RawFrame.BINARY, new byte[0]));
            ByteArrayOutputStream rest = new ByteArrayOutputStream();
            for (int i = 0; i < bomb.length - 1; i += 2) {
                rest.writeBytes(RawFrame.of(RawFrame.CONTINUATION, Arrays.copyOfRange(bomb, i, i + 2))
                        .unfinished()
                        .masked());
            }
            rest.writeBytes(RawFrame.of(RawFrame.CONTINUATION, new byte[0]).masked());
            client.send(rest.toByteArray());
            assertEquals(1009, client.readClose().closeCode());
        }
    }

    @Test
    void corruptMessagesEndOnlyTheirConnection() throws IOException {
        long seed = System.nanoTime();
        System.out.println("CompressionHardeningTest seed=" + seed);
        Random random = new Random(seed);
        byte[] good = DeflatedFrame.deflate("Hello, Hello, Hello".repeat(50).getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < 200; i++) {
            try (RawWebSocketClient client = open()) {
                byte[] bad = good.clone();
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
                client.send(deflated(bad));
                client.send(RawFrame.close(1000, ""));
                int code = client.readClose().closeCode();
                // A raw client without an event handler is closed with 1011 at its first message.
                assertTrue(code == 1007 || code == 1011, () -> "code " + code);
            }
        }
    }

    @Test
    void textThatIsNotUtf8WhenInflatedIsRefused() throws IOException {
        HardenedNode.Counter closes = node.closes("invalid_payload", "raw");
        try (RawWebSocketClient client = open()) {
            byte[] text = DeflatedFrame.deflate(new byte[] {'x', (byte) 0xED, (byte) 0xA0, (byte) 0x80});
            client.send(new RawFrame(true, DeflatedFrame.RSV1, RawFrame.TEXT, text));
            assertEquals(1007, client.readClose().closeCode());
        }
        closes.awaitMoved(1);
    }
}
