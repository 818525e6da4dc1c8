package dev.fanfare.socket;

import static dev.fanfare.socket.SocketServer.ECHO;
import static dev.fanfare.socket.SocketServer.NOTHING;
import static dev.fanfare.socket.SocketServer.OPTIONS;
import static dev.fanfare.socket.SocketServer.text;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.socket.SocketEnd.EndKind;
import dev.fanfare.socket.SocketServer.Transport;
import dev.fanfare.testkit.Endurance;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract of every {@link Socket}, inbound and outbound, over plain TCP and over TLS. */
@ParameterizedClass(name = "{0}")
@EnumSource(Transport.class)
@Timeout(60)
class SocketContractTest {

    private static final SocketOptions IMPATIENT = SocketServer.OPTIONS.closingWithin(200);

    @Parameter
    Transport transport = Transport.TCP;

    private static void later(HttpServerRequest request, Runnable accept) {
        Vertx.currentContext().owner().setTimer(50, id -> accept.run());
    }

    private SocketServer server(BiConsumer<Recorder, String> onMessage) throws Exception {
        return new SocketServer(transport, OPTIONS, onMessage);
    }

    @Test
    void messagesComeBackAsTheyWere() throws Exception {
        BiConsumer<Recorder, String> binary = (recorder, message) ->
                recorder.socket.send(new Encoded(false, message.getBytes(StandardCharsets.UTF_8)));
        for (int length : new int[] {0, 1, 125, 126, 127, 65_535, 65_536, 131_072}) {
            String message = "x".repeat(length);
            try (SocketServer server = server(length % 2 == 0 ? ECHO : binary);
                    RawWebSocketClient client = server.open()) {
                client.send(RawFrame.text(message));
                RawFrame frame = client.readFrame();
                assertEquals(length % 2 == 0 ? RawFrame.TEXT : RawFrame.BINARY, frame.opcode());
                assertEquals(message, frame.payloadText());
            }
        }
    }

    @Test
    void bytesRightBehindTheRequestArriveInOrder() throws Exception {
        try (SocketServer server = server(ECHO)) {
            assertEarlyFramesArrive(server);
        }
    }

    @Test
    void bytesBehindARequestArriveInOrderWhenItIsAcceptedLater() throws Exception {
        try (SocketServer server = new SocketServer(transport, OPTIONS, ECHO, http -> {}, SocketContractTest::later)) {
            assertEarlyFramesArrive(server);
        }
    }

    private static void assertEarlyFramesArrive(SocketServer server) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(RawWebSocketClient.upgradeRequest("/").getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < 100; i++) {
            all.writeBytes(
                    RawFrame.text("early " + i + " " + "x".repeat(i * 10)).masked());
        }
        try (RawWebSocketClient client = server.connect()) {
            client.send(all.toByteArray());
            assertTrue(client.readHead().startsWith("HTTP/1.1 101 "));
            for (int i = 0; i < 100; i++) {
                assertEquals("early " + i + " " + "x".repeat(i * 10), client.readText());
            }
        }
    }

    @Test
    void earlyBytesArriveHoweverTheyAreSplit() throws Exception {
        byte[] request = RawWebSocketClient.upgradeRequest("/").getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(request);
        all.writeBytes(RawFrame.text("one").masked());
        all.writeBytes(RawFrame.text("two").masked());
        byte[] bytes = all.toByteArray();
        try (SocketServer server = new SocketServer(transport, OPTIONS, ECHO, http -> {}, SocketContractTest::later)) {
            for (int split = request.length - 2; split <= bytes.length; split++) {
                try (RawWebSocketClient client = server.connect()) {
                    client.send(Arrays.copyOf(bytes, split));
                    client.send(Arrays.copyOfRange(bytes, split, bytes.length));
                    client.readHead();
                    assertEquals("one", client.readText());
                    assertEquals("two", client.readText());
                }
            }
        }
    }

    @Test
    void manyEarlyBytesWaitInTheKernel() throws Exception {
        try (SocketServer server =
                        new SocketServer(transport, OPTIONS, NOTHING, http -> {}, SocketContractTest::later);
                RawWebSocketClient client = server.connect()) {
            client.send(RawWebSocketClient.upgradeRequest("/"));
            String message = "x".repeat(100_000);
            for (int i = 0; i < 5; i++) {
                client.send(RawFrame.text(message));
            }
            Recorder recorder = server.accepted();
            for (int i = 0; i < 5; i++) {
                assertEquals(message, recorder.nextMessage());
            }
        }
    }

    @Test
    void aHeldRequestCanBeRefused() throws Exception {
        try (SocketServer server = new SocketServer(
                        transport,
                        OPTIONS,
                        NOTHING,
                        http -> {},
                        (request, accept) ->
                                request.response().setStatusCode(401).end("no"));
                RawWebSocketClient client = server.connect()) {
            client.send(RawWebSocketClient.upgradeRequest("/") + "GET / HTTP/1.1\r\n\r\n");
            String head = client.readHead();
            assertTrue(head.startsWith("HTTP/1.1 401 "), head);
            assertTrue(head.toLowerCase(Locale.ROOT).contains("connection: close"), head);
            assertEquals("no", client.readBody(2));
            client.readEnd();
        }
    }

    @Test
    void nothingOfTheHttpServerStaysInTheChannel() throws Exception {
        try (SocketServer server = new SocketServer(
                        transport,
                        OPTIONS,
                        ECHO,
                        http -> http.setIdleTimeout(30)
                                .setCompressionSupported(true)
                                .setDecompressionSupported(true),
                        SocketContractTest::later);
                RawWebSocketClient client = server.open()) {
            Channel channel = server.channels.take();
            client.send(RawFrame.text("hello"));
            assertEquals("hello", client.readText());
            List<String> handlers = channel.pipeline().toMap().values().stream()
                    .map(handler -> handler.getClass().getSimpleName())
                    .toList();
            assertEquals("NettySocket", handlers.get(handlers.size() - 1));
            assertEquals(
                    transport == Transport.TLS || transport == Transport.DIALLED_TLS ? 2 : 1,
                    handlers.size(),
                    handlers.toString());
        }
    }

    @Test
    void pingsAreAnsweredWithTheirPayload() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            client.send(RawFrame.text("frag").unfinished());
            client.send(RawFrame.of(RawFrame.PING, new byte[] {1, 2, 3}));
            client.send(RawFrame.of(RawFrame.PONG, new byte[] {9}));
            client.send(RawFrame.of(RawFrame.CONTINUATION, "ment".getBytes(StandardCharsets.UTF_8)));
            RawFrame pong = client.readFrame();
            assertEquals(RawFrame.PONG, pong.opcode());
            assertArrayEquals(new byte[] {1, 2, 3}, pong.payload());
            assertEquals("fragment", client.readText());
        }
    }

    @Test
    void everyArrivalCountsAsHeardOnce() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            assertFalse(recorder.onLoop(recorder.socket::heard));
            client.send(RawFrame.of(RawFrame.PONG, new byte[0]));
            await().until(() -> recorder.onLoop(recorder.socket::heard));
            assertFalse(recorder.onLoop(recorder.socket::heard));
            recorder.act(recorder.socket::ping);
            assertEquals(RawFrame.PING, client.readFrame().opcode());
        }
    }

    @Test
    void thePeersCloseIsEchoedAndTheServerClosesFirst() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            client.send(RawFrame.close(3005, "bye"));
            assertEquals(3005, client.readClose().closeCode());
            Recorder recorder = server.accepted();
            SocketEnd expected = new SocketEnd(EndKind.PEER_CLOSED, 3005, "bye");
            assertEquals(expected, recorder.foreseenEnding());
            assertEquals(RawWebSocketClient.End.EOF, client.readEnd());
            client.disconnect();
            assertEquals(expected, recorder.socketEnd());
        }
    }

    @Test
    void anEmptyCloseIsAnsweredWithAnEmptyOne() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            client.send(RawFrame.of(RawFrame.CLOSE, new byte[0]));
            assertEquals(0, client.readClose().payload().length);
            assertEquals(RawWebSocketClient.End.EOF, client.readEnd());
            client.disconnect();
            server.accepted().assertEnded(EndKind.PEER_CLOSED, 1005);
        }
    }

    @Test
    void ourCloseComesBehindWhatWasSentAndWaitsForThePeers() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            recorder.act(() -> {
                recorder.socket.send(text("last"));
                recorder.socket.close(1001, "going");
                recorder.socket.close(1000, "again");
                recorder.socket.send(text("too late"));
                recorder.socket.ping();
                assertFalse(recorder.socket.writable());
            });
            assertEquals("last", client.readText());
            RawFrame close = client.readClose();
            assertEquals(1001, close.closeCode());
            client.send(RawFrame.text("not delivered"));
            client.send(RawFrame.of(RawFrame.PING, new byte[0]));
            client.send(RawFrame.close(1001, ""));
            assertEquals(RawWebSocketClient.End.EOF, client.readEnd());
            client.disconnect();
            assertEquals(new SocketEnd(EndKind.WE_CLOSED, 1001, "going"), recorder.socketEnd());
            assertEquals(0, recorder.waitingMessages());
        }
    }

    @Test
    void anUnansweredCloseIsCut() throws Exception {
        try (SocketServer server = new SocketServer(transport, IMPATIENT, ECHO);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            recorder.act(() -> recorder.socket.close(1001, ""));
            client.readClose();
            client.readEnd();
            recorder.assertEnded(EndKind.WE_CLOSED, 1001);
        }
    }

    @Test
    void aPeerThatStaysAfterTheCloseIsLeft() throws Exception {
        try (SocketServer server = new SocketServer(transport, IMPATIENT, ECHO);
                RawWebSocketClient client = server.open()) {
            client.send(RawFrame.close(1000, ""));
            server.accepted().assertEnded(EndKind.PEER_CLOSED, 1000);
        }
    }

    @Test
    void reasonsAreCutBetweenCharacters() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            recorder.act(() -> recorder.socket.close(1000, "x" + "\u00e9".repeat(100)));
            assertEquals(
                    "x" + "\u00e9".repeat(61), client.readClose().payloadText().substring(2));
        }
    }

    @Test
    void codesThatNobodyMaySendAreRefused() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            for (int code : new int[] {0, 999, 1004, 1005, 1006, 1015, 2999, 5000}) {
                recorder.act(() -> assertThrows(IllegalArgumentException.class, () -> recorder.socket.close(code, "")));
            }
            client.send(RawFrame.text("still here"));
            assertEquals("still here", client.readText());
        }
    }

    @Test
    void aViolationIsToldEvenToAPeerThatGoesOnSending() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.writeBytes(client.wire(new RawFrame(true, 4, RawFrame.TEXT, new byte[0])));
            bytes.writeBytes(new byte[200_000]);
            client.send(bytes.toByteArray());
            client.send(new byte[10_000]);
            assertEquals(1002, client.readClose().closeCode());
            assertEquals(RawWebSocketClient.End.EOF, client.readEnd());
            client.disconnect();
            server.accepted().assertEnded(EndKind.PROTOCOL_ERROR, 1002);
        }
    }

    @Test
    void messagesOverALimitAreRefusedByTheirHeader() throws Exception {
        try (SocketServer server = server(ECHO)) {
            try (RawWebSocketClient client = server.open()) {
                client.send(Arrays.copyOf(client.wire(RawFrame.text("x".repeat(131_073))), 14));
                assertEquals(1009, client.readClose().closeCode());
                server.accepted().assertEnded(EndKind.FRAME_TOO_BIG, 1009);
            }
            try (RawWebSocketClient client = server.open()) {
                client.send(RawFrame.text("").unfinished());
                for (int i = 0; i < 64; i++) {
                    client.send(RawFrame.of(RawFrame.CONTINUATION, new byte[0]).unfinished());
                }
                assertEquals(1009, client.readClose().closeCode());
                server.accepted().assertEnded(EndKind.TOO_MANY_FRAMES, 1009);
            }
        }
    }

    @Test
    void aLostTransportIsLost() throws Exception {
        try (SocketServer server = server(ECHO)) {
            try (RawWebSocketClient client = server.open()) {
                client.reset();
                server.accepted().assertEnded(EndKind.LOST, 1006);
            }
            try (RawWebSocketClient client = server.open()) {
                client.disconnect();
                server.accepted().assertEnded(EndKind.LOST, 1006);
            }
        }
    }

    @Test
    void anAbortEndsTheTransportAtOnce() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            recorder.act(recorder.socket::abort);
            client.readEnd();
            recorder.assertEnded(EndKind.LOST, 1006);
            recorder.act(recorder.socket::abort);
            recorder.act(() -> recorder.socket.send(text("nobody is there")));
        }
    }

    @Test
    void aFaultOfTheListenerClosesTheSocket() throws Exception {
        BiConsumer<Recorder, String> faulty = (recorder, message) -> {
            throw new IllegalStateException("thrown on purpose");
        };
        try (SocketServer server = server(faulty);
                RawWebSocketClient client = server.open()) {
            client.send(RawFrame.text("boom"));
            client.send(RawFrame.text("never delivered"));
            assertEquals(1011, client.readClose().closeCode());
            assertEquals(RawWebSocketClient.End.EOF, client.readEnd());
            client.disconnect();
            Recorder recorder = server.accepted();
            recorder.assertEnded(EndKind.FAULT, 1011);
            assertEquals(1, server.faults.get());
            assertEquals("boom", recorder.nextMessage());
            assertEquals(0, recorder.waitingMessages());
        }
    }

    @Test
    void aSlowReaderMakesTheSocketUnwritableUntilItReads() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.openSlowly(4_096)) {
            Recorder recorder = server.accepted();
            Encoded message = text("x".repeat(60_000));
            int sent = 0;
            while (recorder.onLoop(recorder.socket::writable)) {
                recorder.act(() -> recorder.socket.send(message));
                sent++;
            }
            assertTrue(recorder.onLoop(recorder.socket::pendingBytes) > 60_000);
            assertEquals(0, recorder.writable.get());
            for (int i = 0; i < sent; i++) {
                assertEquals(60_000, client.readText().length());
            }
            await().until(() -> recorder.writable.get() == 1 && recorder.onLoop(recorder.socket::writable));
            assertEquals(0, recorder.onLoop(recorder.socket::pendingBytes));
        }
    }

    @Test
    void aPeerThatNeverReadsIsCutAtTheCloseTimeout() throws Exception {
        try (SocketServer server = new SocketServer(transport, IMPATIENT, NOTHING);
                RawWebSocketClient client = server.openSlowly(4_096)) {
            Recorder recorder = server.accepted();
            while (recorder.onLoop(recorder.socket::writable)) {
                recorder.act(() -> recorder.socket.send(text("x".repeat(60_000))));
            }
            client.send(RawFrame.close(1000, ""));
            recorder.assertEnded(EndKind.PEER_CLOSED, 1000);
            assertEquals(RawWebSocketClient.End.RESET, client.drain());
        }
    }

    @Test
    void pongsDoNotPileUpForAPeerThatDoesNotRead() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.openSlowly(4_096)) {
            Recorder recorder = server.accepted();
            while (recorder.onLoop(recorder.socket::writable)) {
                recorder.act(() -> recorder.socket.send(text("x".repeat(60_000))));
            }
            long before = recorder.onLoop(recorder.socket::pendingBytes);
            ByteArrayOutputStream pings = new ByteArrayOutputStream();
            for (int i = 0; i < 10_000; i++) {
                pings.writeBytes(client.wire(RawFrame.of(RawFrame.PING, new byte[] {(byte) (i >> 8), (byte) i})));
            }
            client.send(pings.toByteArray());
            client.send(RawFrame.text("behind the pings"));
            assertEquals("behind the pings", recorder.nextMessage());
            assertTrue(recorder.onLoop(recorder.socket::pendingBytes) <= before);
            RawFrame frame = client.readFrame();
            while (frame.opcode() != RawFrame.PONG) {
                frame = client.readFrame();
            }
            assertArrayEquals(new byte[] {(byte) (9_999 >> 8), (byte) 9_999}, frame.payload());
        }
    }

    @Test
    void nothingIsDeliveredWhilePaused() throws Exception {
        BiConsumer<Recorder, String> pausing = (recorder, message) -> {
            if (message.equals("2") || message.equals("5")) {
                recorder.socket.pause();
            }
        };
        try (SocketServer server = server(pausing);
                RawWebSocketClient client = server.open()) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int i = 1; i <= 8; i++) {
                bytes.writeBytes(client.wire(RawFrame.text("" + i)));
            }
            client.send(bytes.toByteArray());
            Recorder recorder = server.accepted();
            assertEquals("1", recorder.nextMessage());
            assertEquals("2", recorder.nextMessage());
            assertEquals(0, recorder.onLoop(recorder::waitingMessages));
            recorder.act(recorder.socket::resume);
            for (int i = 3; i <= 5; i++) {
                assertEquals("" + i, recorder.nextMessage());
            }
            assertEquals(0, recorder.onLoop(recorder::waitingMessages));
            client.send(RawFrame.text("9"));
            recorder.act(recorder.socket::resume);
            for (int i = 6; i <= 9; i++) {
                assertEquals("" + i, recorder.nextMessage());
            }
        }
    }

    @Test
    void pauseAndResumeWithinAMessageChangeNothing() throws Exception {
        BiConsumer<Recorder, String> flipping = (recorder, message) -> {
            recorder.socket.pause();
            recorder.socket.resume();
            ECHO.accept(recorder, message);
        };
        try (SocketServer server = server(flipping);
                RawWebSocketClient client = server.open()) {
            for (int i = 0; i < 100; i++) {
                client.send(RawFrame.text("" + i));
            }
            for (int i = 0; i < 100; i++) {
                assertEquals("" + i, client.readText());
            }
        }
    }

    @Test
    void aPausedSocketClosesInOrder() throws Exception {
        BiConsumer<Recorder, String> pausing = (recorder, message) -> recorder.socket.pause();
        try (SocketServer server = server(pausing);
                RawWebSocketClient client = server.open()) {
            client.send(RawFrame.text("1"));
            client.send(RawFrame.text("2"));
            Recorder recorder = server.accepted();
            assertEquals("1", recorder.nextMessage());
            recorder.act(() -> recorder.socket.close(1000, ""));
            client.readClose();
            client.send(RawFrame.close(1000, ""));
            assertEquals(RawWebSocketClient.End.EOF, client.readEnd());
            client.disconnect();
            recorder.assertEnded(EndKind.WE_CLOSED, 1000);
            assertEquals(0, recorder.waitingMessages());
        }
    }

    @Test
    void sharedFramesReachEverySocketAndAreFreed() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient first = server.open();
                RawWebSocketClient second = server.open()) {
            List<RawWebSocketClient> clients = List.of(first, second);
            List<Recorder> recorders = List.of(server.accepted(), server.accepted());
            SharedFrames frames = SharedFrames.of(List.of(text("a"), text("b".repeat(300))));
            ByteBuf view = frames.share();
            for (Recorder recorder : recorders) {
                recorder.act(() -> {
                    recorder.socket.send(frames);
                    recorder.socket.send(text("own"));
                    recorder.socket.send(frames);
                });
            }
            frames.close();
            for (RawWebSocketClient client : clients) {
                assertEquals("a", client.readText());
                assertEquals("b".repeat(300), client.readText());
                assertEquals("own", client.readText());
                assertEquals("a", client.readText());
                assertEquals("b".repeat(300), client.readText());
            }
            await().until(() -> view.refCnt() == 1);
            view.release();
        }
    }

    @Test
    void theTailFollowsTheSharedBody() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            byte[] tail = "42}???".getBytes(StandardCharsets.UTF_8);
            recorder.act(() -> recorder.socket.send(text("{\"sequenceId\":"), tail, 3));
            assertEquals("{\"sequenceId\":42}", client.readText());
        }
    }

    @Test
    void aClientThatLeavesBeforeTheAnswerIsLost() throws Exception {
        AtomicBoolean gone = new AtomicBoolean();
        BiConsumer<HttpServerRequest, Runnable> whenGone =
                (request, accept) -> request.connection().closeHandler(closed -> {
                    gone.set(true);
                    accept.run();
                });
        try (SocketServer server = new SocketServer(transport, OPTIONS, NOTHING, http -> {}, whenGone)) {
            try (RawWebSocketClient client = server.connect()) {
                client.send(RawWebSocketClient.upgradeRequest("/"));
                client.send(RawFrame.text("early"));
                server.channels.take();
            }
            await().untilTrue(gone);
            Recorder recorder = server.accepted();
            recorder.assertEnded(EndKind.LOST, 1006);
            assertEquals(0, recorder.waitingMessages());
        }
    }

    @Test
    void noBytesOfAPeerAreAFaultOfOurs() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (SocketServer server = server(ECHO)) {
            for (int round = 0; round < Endurance.count(30, 1000); round++) {
                try (RawWebSocketClient client = server.open()) {
                    byte[] bytes = new byte[random.nextInt(2_000)];
                    random.nextBytes(bytes);
                    byte[] beginning = client.wire(RawFrame.text("x".repeat(random.nextInt(100))));
                    System.arraycopy(beginning, 0, bytes, 0, Math.min(bytes.length, beginning.length));
                    int cut = random.nextInt(bytes.length + 1);
                    client.send(Arrays.copyOf(bytes, cut));
                    client.send(Arrays.copyOfRange(bytes, cut, bytes.length));
                }
                SocketEnd socketEnd = server.accepted().socketEnd();
                assertNotEquals(EndKind.FAULT, socketEnd.endKind(), "seed " + seed + " " + socketEnd);
            }
            assertEquals(0, server.faults.get(), "seed " + seed);
        }
    }

    @Test
    void aConnectionWhoseListenerCannotBeMadeEnds() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.connect()) {
            client.send(RawWebSocketClient.upgradeRequest("/faulty"));
            client.send(RawFrame.text("early"));
            client.drain();
            await().until(() -> !server.channels.element().isOpen());
        }
    }
}
