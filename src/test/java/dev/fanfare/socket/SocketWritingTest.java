package dev.fanfare.socket;

import static dev.fanfare.socket.SocketServer.ECHO;
import static dev.fanfare.socket.SocketServer.NOTHING;
import static dev.fanfare.socket.SocketServer.OPTIONS;
import static dev.fanfare.socket.SocketServer.text;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.socket.SocketEnd.EndKind;
import dev.fanfare.socket.SocketServer.Transport;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.RawWebSocketClient.End;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a {@link Socket} writes and when, and what it leaves unread meanwhile, over plain TCP and over TLS. */
@ParameterizedClass(name = "{0}")
@EnumSource(
        value = Transport.class,
        mode = EnumSource.Mode.EXCLUDE,
        names = {"DIALLED", "DIALLED_TLS"})
@Timeout(60)
class SocketWritingTest {

    private static final SocketOptions CLIENT_SIDE = SocketOptions.client(SocketServer.OPTIONS.limits());

    /** Times 100,000 bytes, more than the kernel's buffers hold. */
    private static final int MANY = 400;

    @Parameter
    Transport transport = Transport.TCP;

    private SocketServer server(BiConsumer<Recorder, String> onMessage) throws Exception {
        return new SocketServer(transport, OPTIONS, onMessage);
    }

    /** Counts writes to the kernel. */
    private static final class Flushes extends ChannelOutboundHandlerAdapter {
        private final AtomicInteger count = new AtomicInteger();

        @Override
        public void flush(ChannelHandlerContext context) throws Exception {
            count.incrementAndGet();
            super.flush(context);
        }
    }

    @Test
    void whatIsWrittenInOneTurnLeavesInOneFlush() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.open();
                SharedFrames shared = SharedFrames.of(List.of(text("shared")))) {
            Channel channel = server.channels.take();
            Recorder recorder = server.accepted();
            Flushes flushes = new Flushes();
            recorder.act(() -> channel.pipeline().addFirst(flushes));
            for (int turn = 1; turn <= 3; turn++) {
                recorder.act(() -> {
                    for (int i = 0; i < 20; i++) {
                        recorder.socket.send(text("" + i));
                        recorder.socket.send(shared);
                    }
                    recorder.socket.ping();
                });
                for (int i = 0; i < 20; i++) {
                    assertEquals("" + i, client.readText());
                    assertEquals("shared", client.readText());
                }
                assertEquals(RawFrame.PING, client.readFrame().opcode());
                assertEquals(turn, recorder.onLoop(flushes.count::get));
            }
        }
    }

    @Test
    void framesLeaveInTheOrderInWhichTheyWereWritten() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.open();
                SharedFrames shared = SharedFrames.of(List.of(text("2"), text("3")))) {
            Recorder recorder = server.accepted();
            recorder.act(() -> {
                recorder.socket.send(text("1"));
                recorder.socket.send(shared);
                recorder.socket.ping();
                recorder.socket.send(text("4"), new byte[] {'!', '?'}, 1);
                recorder.socket.close(1000, "");
            });
            for (String expected : List.of("1", "2", "3")) {
                assertEquals(expected, client.readText());
            }
            assertEquals(RawFrame.PING, client.readFrame().opcode());
            assertEquals("4!", client.readText());
            assertEquals(1000, client.readClose().closeCode());
        }
    }

    @Test
    void whatAPeerReadsIsTakenInTheTurnInWhichItWasWritten() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.open();
                SharedFrames shared = SharedFrames.of(List.of(text("shared")))) {
            Recorder recorder = server.accepted();
            BlockingQueue<Boolean> taken = new LinkedBlockingQueue<>();
            recorder.act(() -> recorder.socket.whenTaken(taken::add));
            assertTrue(taken.poll(60, TimeUnit.SECONDS), "nothing was written");
            recorder.act(() -> {
                recorder.socket.sendNow(shared);
                recorder.socket.whenTaken(taken::add);
                recorder.socket.send(shared);
                recorder.socket.whenTaken(taken::add);
                recorder.socket.send(text("own"));
                recorder.socket.whenTaken(taken::add);
            });
            for (String expected : List.of("shared", "shared", "own")) {
                assertTrue(taken.poll(60, TimeUnit.SECONDS), expected);
                assertEquals(expected, client.readText());
            }
        }
    }

    @Test
    void whatAPeerDoesNotReadIsTakenWhenItReads() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.connect(4_096)) {
            client.send(RawWebSocketClient.upgradeRequest("/"));
            client.readHead();
            Recorder recorder = server.accepted();
            BlockingQueue<Boolean> taken = new LinkedBlockingQueue<>();
            recorder.act(() -> {
                for (int i = 0; i < MANY; i++) {
                    recorder.socket.send(text("x".repeat(100_000)));
                }
                recorder.socket.whenTaken(taken::add);
            });
            assertTrue(recorder.onLoop(recorder.socket::pendingBytes) > 0);
            assertTrue(taken.isEmpty());
            for (int i = 0; i < MANY; i++) {
                assertEquals(100_000, client.readText().length());
            }
            assertTrue(taken.poll(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void whatAPeerNeverReadsIsNotTaken() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.connect(4_096)) {
            client.send(RawWebSocketClient.upgradeRequest("/"));
            client.readHead();
            Recorder recorder = server.accepted();
            BlockingQueue<Boolean> taken = new LinkedBlockingQueue<>();
            recorder.act(() -> {
                for (int i = 0; i < MANY; i++) {
                    recorder.socket.send(text("x".repeat(100_000)));
                }
                recorder.socket.whenTaken(taken::add);
                recorder.socket.abort();
            });
            assertFalse(taken.poll(60, TimeUnit.SECONDS));
            recorder.assertEnded(EndKind.LOST, 1006);
            recorder.act(() -> recorder.socket.whenTaken(taken::add));
            assertFalse(taken.poll(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void aPingIsSentEvenToAPeerThatDoesNotRead() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.connect(4_096)) {
            client.send(RawWebSocketClient.upgradeRequest("/"));
            client.readHead();
            Recorder recorder = server.accepted();
            while (recorder.onLoop(recorder.socket::writable)) {
                recorder.act(() -> recorder.socket.send(text("x".repeat(60_000))));
            }
            recorder.act(recorder.socket::ping);
            RawFrame frame = client.readFrame();
            while (frame.opcode() == RawFrame.TEXT) {
                frame = client.readFrame();
            }
            assertEquals(RawFrame.PING, frame.opcode());
        }
    }

    @Test
    void aPingThatComesWhilePausedIsAnsweredWhenReadingGoesOn() throws Exception {
        BiConsumer<Recorder, String> pausing = (recorder, message) -> recorder.socket.pause();
        try (SocketServer server = server(pausing);
                RawWebSocketClient client = server.open()) {
            client.send(RawFrame.text("stop"));
            Recorder recorder = server.accepted();
            assertEquals("stop", recorder.nextMessage());
            client.send(RawFrame.of(RawFrame.PING, new byte[] {1}));
            recorder.act(() -> recorder.socket.send(text("we still write")));
            assertEquals("we still write", client.readText());
            recorder.act(recorder.socket::resume);
            assertArrayEquals(new byte[] {1}, client.readFrame().payload());
        }
    }

    @Test
    void whatWaitsInAPausedSocketStaysBounded() throws Exception {
        BiConsumer<Recorder, String> pausing = (recorder, message) -> {
            if (message.equals("stop")) {
                recorder.socket.pause();
            }
        };
        try (SocketServer server = server(pausing);
                RawWebSocketClient client = server.open()) {
            client.send(RawFrame.text("stop"));
            Recorder recorder = server.accepted();
            assertEquals("stop", recorder.nextMessage());
            byte[] frame = RawFrame.text("x".repeat(100_000)).masked();
            AtomicInteger sent = new AtomicInteger();
            Thread writer = new Thread(() -> {
                try {
                    while (sent.get() < MANY) {
                        client.send(frame);
                        sent.incrementAndGet();
                    }
                } catch (IOException e) {
                    sent.set(Integer.MIN_VALUE);
                }
            });
            writer.start();
            AtomicInteger before = new AtomicInteger(-1);
            await("the writer gets stuck")
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> before.getAndSet(sent.get()) == sent.get());
            assertTrue(sent.get() < MANY, "everything was taken: " + sent);
            assertEquals(0, recorder.onLoop(recorder::waitingMessages));
            recorder.act(recorder.socket::resume);
            for (int i = 0; i < MANY; i++) {
                assertEquals(100_000, recorder.nextMessage().length());
            }
            writer.join(10_000);
        }
    }

    @Test
    void theAddressIsThePeers() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            InetSocketAddress address = (InetSocketAddress) recorder.onLoop(recorder.socket::remoteAddress);
            assertTrue(address.getAddress().isLoopbackAddress());
            assertEquals(client.localPort(), address.getPort());
        }
    }

    @Test
    void aClientSideMasksWhatItSends() throws Exception {
        try (SocketServer server = new SocketServer(transport, CLIENT_SIDE, ECHO);
                RawWebSocketClient peer = server.open();
                SharedFrames shared = SharedFrames.of(List.of(text("a"), text("b".repeat(70_000))))) {
            Recorder recorder = server.accepted();
            for (int length : new int[] {0, 1, 125, 126, 65_536}) {
                peer.send(RawFrame.text("x".repeat(length)).unmasked());
                assertEquals("x".repeat(length), peer.readMaskedFrame().payloadText());
            }
            recorder.act(() -> recorder.socket.send(shared));
            assertEquals("a", peer.readMaskedFrame().payloadText());
            assertEquals("b".repeat(70_000), peer.readMaskedFrame().payloadText());
            peer.send(RawFrame.of(RawFrame.PING, new byte[] {7}).unmasked());
            assertArrayEquals(new byte[] {7}, peer.readMaskedFrame().payload());
            peer.send(RawFrame.close(1000, "").unmasked());
            assertEquals(1000, peer.readMaskedFrame().closeCode());
            assertEquals(End.EOF, peer.readEnd());
            peer.disconnect();
            recorder.assertEnded(EndKind.PEER_CLOSED, 1000);
        }
    }

    @Test
    void aClientSideRefusesMaskedFrames() throws Exception {
        try (SocketServer server = new SocketServer(transport, CLIENT_SIDE, ECHO);
                RawWebSocketClient peer = server.open()) {
            peer.send(RawFrame.text("masked"));
            assertEquals(1002, peer.readMaskedFrame().closeCode());
            peer.readEnd();
            peer.disconnect();
            server.accepted().assertEnded(EndKind.PROTOCOL_ERROR, 1002);
        }
    }
}
