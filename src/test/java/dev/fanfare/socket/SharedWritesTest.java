package dev.fanfare.socket;

import static dev.fanfare.socket.SocketServer.NOTHING;
import static dev.fanfare.socket.SocketServer.OPTIONS;
import static dev.fanfare.socket.SocketServer.text;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.fanfare.core.Names;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.JsonCodec;
import dev.fanfare.socket.SocketEnd.EndKind;
import dev.fanfare.socket.SocketServer.Transport;
import dev.fanfare.testkit.RawWebSocketClient;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Frames shared by many sockets bypass the channel, without a difference that peers could see. */
@ParameterizedClass(name = "{0}")
@EnumSource(
        value = Transport.class,
        mode = EnumSource.Mode.EXCLUDE,
        names = {"DIALLED", "DIALLED_TLS"})
@Timeout(60)
class SharedWritesTest {

    private static final int LARGE = 100_000;

    @Parameter
    Transport transport = Transport.TCP;

    private static SharedFrames frames(String... texts) {
        List<Encoded> messages = new ArrayList<>();
        for (String text : texts) {
            messages.add(text(text));
        }
        return SharedFrames.of(messages);
    }

    @Test
    void everyWayOfWritingKeepsTheOrderWithinATurn() throws Exception {
        try (SocketServer server = new SocketServer(transport, OPTIONS, NOTHING);
                RawWebSocketClient client = server.open();
                SharedFrames one = frames("1", "2");
                SharedFrames two = frames("4")) {
            Recorder recorder = server.accepted();
            recorder.act(() -> {
                recorder.socket.sendNow(one);
                recorder.socket.send(text("3"));
                recorder.socket.sendNow(two);
            });
            recorder.act(() -> {
                recorder.socket.send(one);
                recorder.socket.sendNow(two);
                recorder.socket.send(text("5"));
            });
            recorder.act(() -> recorder.socket.send(two));
            recorder.act(() -> recorder.socket.sendNow(one));
            for (String expected : List.of("1", "2", "3", "4", "1", "2", "4", "5", "4", "1", "2")) {
                assertEquals(expected, client.readText());
            }
        }
    }

    @Test
    void whatTheKernelDoesNotTakeFollowsInOrderAndIsFreed() throws Exception {
        try (SocketServer server = new SocketServer(transport, OPTIONS, NOTHING);
                RawWebSocketClient client = server.connect(4096)) {
            client.send(RawWebSocketClient.upgradeRequest("/"));
            assertTrue(client.readHead().startsWith("HTTP/1.1 101"));
            Recorder recorder = server.accepted();
            SharedFrames even = frames("e".repeat(LARGE));
            SharedFrames odd = frames("o".repeat(LARGE));
            ByteBuf view = even.share();
            AtomicInteger sent = new AtomicInteger();
            await().until(() -> recorder.onLoop(() -> {
                recorder.socket.sendNow(sent.getAndIncrement() % 2 == 0 ? even : odd);
                return !recorder.socket.writable();
            }));
            even.close();
            odd.close();
            for (int i = 0; i < sent.get(); i++) {
                assertEquals((i % 2 == 0 ? "e" : "o").repeat(LARGE), client.readText());
            }
            await().until(() -> recorder.onLoop(recorder.socket::writable));
            await().until(() -> view.refCnt() == 1);
            view.release();
            assertEquals(0, recorder.onLoop(recorder.socket::pendingBytes));
        }
    }

    @Test
    void whatSeveralSocketsHoldCountsOnceForAllOfThem() throws Exception {
        assumeFalse(transport == Transport.TLS, "each has its own bytes");
        int size = 16 * 1024 * 1024; // more than kernels buffer
        try (SocketServer server = new SocketServer(transport, OPTIONS, NOTHING);
                RawWebSocketClient first = server.open();
                RawWebSocketClient second = server.open()) {
            Recorder one = server.accepted();
            Recorder other = server.accepted();
            SharedFrames frames = frames("x".repeat(size));
            one.act(() -> one.socket.send(frames));
            other.act(() -> other.socket.send(frames));
            int length = frames.length();
            await().until(() -> one.onLoop(one.socket::heldBytes) > 0 && other.onLoop(other.socket::heldBytes) > 0);
            one.act(frames::close);
            long held = one.onLoop(one.socket::heldBytes) + other.onLoop(other.socket::heldBytes);
            assertTrue(Math.abs(length - held) <= 1, () -> "held=" + held + " of " + length);
            first.disconnect();
            await().until(() -> one.onLoop(one.socket::heldBytes) == 0);
            assertEquals(length, other.onLoop(other.socket::heldBytes));
            second.disconnect();
        }
    }

    @Test
    void framesForTheEndOfTheTurnAreFreedWhereTheSocketEndsBefore() throws Exception {
        try (SocketServer server = new SocketServer(transport, OPTIONS, NOTHING);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            SharedFrames frames = frames("never seen");
            ByteBuf view = frames.share();
            recorder.act(() -> {
                recorder.socket.send(frames);
                recorder.socket.abort();
                recorder.socket.sendNow(frames);
            });
            recorder.assertEnded(EndKind.LOST, 1006);
            assertEquals(RawWebSocketClient.End.RESET, client.readEnd());
            frames.close();
            await().until(() -> view.refCnt() == 1);
            view.release();
        }
    }

    @Test
    void aPeerThatHasGoneIsNoticedByAWriteAndToldOnce() throws Exception {
        try (SocketServer server = new SocketServer(transport, OPTIONS, NOTHING);
                RawWebSocketClient client = server.open();
                SharedFrames frames = frames("is anybody there?")) {
            Recorder recorder = server.accepted();
            if (transport != Transport.TLS) { // whose client waits for us to read
                recorder.act(recorder.socket::pause); // so that reading does not notice it
            }
            client.reset();
            await().until(() -> recorder.onLoop(() -> {
                recorder.socket.sendNow(frames);
                return !recorder.socket.writable();
            }));
            recorder.assertEnded(EndKind.LOST, 1006);
            assertFalse(recorder.onLoop(recorder.socket::writable));
        }
    }

    @Test
    void nothingIsSentBehindACloseFrame() throws Exception {
        try (SocketServer server = new SocketServer(transport, OPTIONS, NOTHING);
                RawWebSocketClient client = server.open();
                SharedFrames frames = frames("before")) {
            Recorder recorder = server.accepted();
            recorder.act(() -> {
                recorder.socket.send(frames);
                recorder.socket.close(1000, "");
                recorder.socket.sendNow(frames);
            });
            assertEquals("before", client.readText());
            client.readClose();
        }
    }

    @Test
    void receiversWithOtherSequenceIdsShareTheBody() throws Exception {
        Codec codec = new JsonCodec(Names.DEFAULT, true);
        byte[] tail = new byte[Codec.MAX_TAIL];
        Encoded message = text("{\"data\":\"" + "x".repeat(LARGE) + "\"");
        try (SocketServer server = new SocketServer(transport, OPTIONS, NOTHING);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            SharedFrames first = SharedFrames.of(List.of(message), null, codec, tail, 9);
            ByteBuf view = first.share();
            recorder.act(() -> {
                try (SharedFrames second = first.resequenced(message, codec, tail, 1_234_567)) {
                    recorder.socket.sendNow(second);
                    recorder.socket.sendNow(first);
                    recorder.socket.send(second);
                }
            });
            first.close();
            for (long id : new long[] {1_234_567, 9, 1_234_567}) {
                String body = new String(message.body(), StandardCharsets.UTF_8);
                assertEquals(body + ",\"sequenceId\":" + id + "}", client.readText());
            }
            await().until(() -> view.refCnt() == 1);
            view.release();
        }
    }
}
