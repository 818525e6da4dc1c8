package dev.fanfare.socket;

import static dev.fanfare.socket.SocketServer.ECHO;
import static dev.fanfare.socket.SocketServer.NOTHING;
import static dev.fanfare.socket.SocketServer.OPTIONS;
import static dev.fanfare.socket.SocketServer.text;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.socket.SocketEnd.EndKind;
import dev.fanfare.socket.SocketServer.Transport;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.RawWebSocketClient.End;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** How a {@link Socket} ends when both sides close it, over plain TCP and over TLS. */
@ParameterizedClass(name = "{0}")
@EnumSource(
        value = Transport.class,
        mode = EnumSource.Mode.EXCLUDE,
        names = {"DIALLED", "DIALLED_TLS"})
@Timeout(60)
class SocketClosingTest {

    @Parameter
    Transport transport = Transport.TCP;

    private SocketServer server(BiConsumer<Recorder, String> onMessage) throws Exception {
        return new SocketServer(transport, OPTIONS, onMessage);
    }

    @Test
    void whenBothCloseAtOnceEachSendsOneCloseFrame() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            recorder.act(recorder.socket::pause);
            client.send(RawFrame.close(3000, "mine"));
            recorder.act(() -> recorder.socket.close(1001, "ours"));
            assertEquals(1001, client.readClose().closeCode());
            assertEquals(End.EOF, client.readEnd());
            client.disconnect();
            assertEquals(new SocketEnd(EndKind.WE_CLOSED, 1001, "ours"), recorder.socketEnd());
        }
    }

    @Test
    void aSocketThatWasClosedCanBePaused() throws Exception {
        SocketOptions hasty = SocketServer.OPTIONS.closingWithin(1_000);
        try (SocketServer server = new SocketServer(transport, hasty, NOTHING);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            recorder.whenRead = recorder.socket::pause;
            recorder.act(() -> recorder.socket.close(1008, "enough"));
            byte[] ping = RawFrame.of(RawFrame.PING, new byte[125]).masked();
            ByteArrayOutputStream many = new ByteArrayOutputStream();
            while (many.size() < 256 * 1024) {
                many.writeBytes(ping);
            }
            try {
                for (int i = 0; i < 32; i++) {
                    client.send(many.toByteArray());
                }
            } catch (IOException cutOff) {
                // After the timeout for the close frame.
            }
            assertEquals(new SocketEnd(EndKind.WE_CLOSED, 1008, "enough"), recorder.socketEnd());
            assertTrue(recorder.bytesRead.get() <= 512 * 1024, "read=" + recorder.bytesRead.get());
        }
    }

    @Test
    void aClosedAndPausedSocketReadsTheCloseFrameWhenResumed() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            recorder.whenRead = recorder.socket::pause;
            recorder.act(() -> recorder.socket.close(1001, ""));
            client.send(RawFrame.of(RawFrame.PING, new byte[1]));
            await().until(() -> recorder.bytesRead.get() > 0);
            client.send(RawFrame.close(1001, ""));
            recorder.act(recorder.socket::resume);
            assertEquals(1001, client.readClose().closeCode());
            assertEquals(End.EOF, client.readEnd());
            client.disconnect();
            recorder.assertEnded(EndKind.WE_CLOSED, 1001);
        }
    }

    @Test
    void aCloseBehindThePeersChangesNothing() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            client.send(RawFrame.close(3000, "mine"));
            assertEquals(3000, client.readClose().closeCode());
            recorder.act(() -> {
                recorder.socket.close(1001, "ours");
                recorder.socket.send(text("too late"));
                recorder.socket.ping();
            });
            assertEquals(End.EOF, client.readEnd());
            client.disconnect();
            assertEquals(new SocketEnd(EndKind.PEER_CLOSED, 3000, "mine"), recorder.socketEnd());
        }
    }

    @Test
    void thePeersCloseIsAnsweredBehindWhatWaits() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.connect(4_096)) {
            client.send(RawWebSocketClient.upgradeRequest("/"));
            client.readHead();
            Recorder recorder = server.accepted();
            int sent = 0;
            for (; recorder.onLoop(recorder.socket::writable); sent++) {
                recorder.act(() -> recorder.socket.send(text("x".repeat(60_000))));
            }
            client.send(RawFrame.close(1000, ""));
            await().until(() -> recorder.onLoop(recorder.socket::heard));
            for (int i = 0; i < sent; i++) {
                assertEquals(60_000, client.readText().length());
            }
            assertEquals(1000, client.readClose().closeCode());
            assertEquals(End.EOF, client.readEnd());
            client.disconnect();
            recorder.assertEnded(EndKind.PEER_CLOSED, 1000);
        }
    }

    @Test
    void aViolationAfterOurCloseIsAnEndToo() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            recorder.act(() -> recorder.socket.close(1001, ""));
            assertEquals(1001, client.readClose().closeCode());
            client.send(RawFrame.of(15, new byte[1]));
            assertEquals(End.EOF, client.readEnd());
            client.disconnect();
            recorder.assertEnded(EndKind.WE_CLOSED, 1001);
        }
    }

    @Test
    void aPeerThatEndsItsDirectionIsLostWithWhatItSaid() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.open()) {
            client.send(RawFrame.text("last words"));
            client.shutdownOutput();
            Recorder recorder = server.accepted();
            assertEquals("last words", recorder.nextMessage());
            recorder.assertEnded(EndKind.LOST, 1006);
            client.drain();
        }
    }

    @Test
    void aPeerThatEndsItsDirectionBehindItsCloseIsAnswered() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            client.send(RawFrame.text("hello"));
            client.send(RawFrame.close(3000, ""));
            client.shutdownOutput();
            assertEquals("hello", client.readText());
            assertEquals(3000, client.readClose().closeCode());
            client.readEnd();
            server.accepted().assertEnded(EndKind.PEER_CLOSED, 3000);
        }
    }

    @Test
    void aResetWhileMuchWaitsIsALoss() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.connect(4_096)) {
            client.send(RawWebSocketClient.upgradeRequest("/"));
            client.readHead();
            Recorder recorder = server.accepted();
            while (recorder.onLoop(recorder.socket::writable)) {
                recorder.act(() -> recorder.socket.send(text("x".repeat(60_000))));
            }
            client.reset();
            recorder.assertEnded(EndKind.LOST, 1006);
            assertEquals(0, recorder.onLoop(recorder.socket::pendingBytes));
        }
    }

    @Test
    void aListenerThatClosesGetsNothingMore() throws Exception {
        BiConsumer<Recorder, String> closing = (recorder, message) -> recorder.socket.close(4000, message);
        try (SocketServer server = server(closing);
                RawWebSocketClient client = server.open()) {
            client.send(twoTexts());
            assertEquals(4000, client.readClose().closeCode());
            client.send(RawFrame.close(4000, ""));
            assertEquals(End.EOF, client.readEnd());
            client.disconnect();
            Recorder recorder = server.accepted();
            assertEquals(new SocketEnd(EndKind.WE_CLOSED, 4000, "one"), recorder.socketEnd());
            assertEquals("one", recorder.nextMessage());
            assertEquals(0, recorder.waitingMessages());
        }
    }

    @Test
    void aListenerThatAbortsGetsNothingMore() throws Exception {
        BiConsumer<Recorder, String> aborting = (recorder, message) -> recorder.socket.abort();
        try (SocketServer server = server(aborting);
                RawWebSocketClient client = server.open()) {
            client.send(twoTexts());
            client.drain();
            Recorder recorder = server.accepted();
            recorder.assertEnded(EndKind.LOST, 1006);
            assertEquals("one", recorder.nextMessage());
            assertEquals(0, recorder.waitingMessages());
        }
    }

    private static byte[] twoTexts() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(RawFrame.text("one").masked());
        bytes.writeBytes(RawFrame.text("two").masked());
        return bytes.toByteArray();
    }

    @Test
    void anAbortDoesNotWaitForWhatWaits() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.connect(4_096)) {
            client.send(RawWebSocketClient.upgradeRequest("/"));
            client.readHead();
            Recorder recorder = server.accepted();
            while (recorder.onLoop(recorder.socket::writable)) {
                recorder.act(() -> recorder.socket.send(text("x".repeat(60_000))));
            }
            recorder.act(recorder.socket::abort);
            recorder.assertEnded(EndKind.LOST, 1006);
            assertEquals(0, recorder.onLoop(recorder.socket::pendingBytes));
            assertEquals(End.RESET, client.drain());
        }
    }

    @Test
    void anAbortAfterOurCloseIsStillOurClose() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            recorder.act(() -> recorder.socket.close(1001, "going"));
            recorder.act(recorder.socket::abort);
            assertEquals(new SocketEnd(EndKind.WE_CLOSED, 1001, "going"), recorder.socketEnd());
            client.drain();
        }
    }

    @Test
    void nothingCanBeDoneAfterTheEnd() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open();
                SharedFrames frames = SharedFrames.of(List.of(text("shared")))) {
            Recorder recorder = server.accepted();
            client.reset();
            recorder.assertEnded(EndKind.LOST, 1006);
            recorder.act(() -> {
                recorder.socket.send(text("own"));
                recorder.socket.send(frames);
                recorder.socket.sendNow(frames);
                recorder.socket.ping();
                recorder.socket.pause();
                recorder.socket.resume();
                recorder.socket.close(1000, "");
                recorder.socket.abort();
                assertFalse(recorder.socket.writable());
                assertEquals(0, recorder.socket.pendingBytes());
            });
            assertEquals(0, server.faults.get());
        }
    }

    @Test
    void aFaultWhenTheSocketIsWritableClosesIt() throws Exception {
        try (SocketServer server = server(NOTHING);
                RawWebSocketClient client = server.connect(4_096)) {
            client.send(RawWebSocketClient.upgradeRequest("/"));
            client.readHead();
            Recorder recorder = server.accepted();
            recorder.whenWritable = () -> {
                throw new IllegalStateException("thrown on purpose");
            };
            while (recorder.onLoop(recorder.socket::writable)) {
                recorder.act(() -> recorder.socket.send(text("x".repeat(60_000))));
            }
            RawFrame frame = client.readFrame();
            while (frame.opcode() == RawFrame.TEXT) {
                frame = client.readFrame();
            }
            assertEquals(1011, frame.closeCode());
            assertEquals(End.EOF, client.readEnd());
            client.disconnect();
            recorder.assertEnded(EndKind.FAULT, 1011);
            assertEquals(1, server.faults.get());
        }
    }

    @Test
    void aFaultWhenTheSocketHasEndedIsCounted() throws Exception {
        try (SocketServer server = server(ECHO);
                RawWebSocketClient client = server.open()) {
            Recorder recorder = server.accepted();
            recorder.whenClosed = () -> {
                throw new IllegalStateException("thrown on purpose");
            };
            client.reset();
            recorder.assertEnded(EndKind.LOST, 1006);
            await().until(() -> server.faults.get() == 1);
            assertTrue(recorder.onLoop(() -> true), "the event loop goes on");
        }
    }
}
