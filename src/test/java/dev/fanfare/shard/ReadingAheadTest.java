package dev.fanfare.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.socket.FakeSocket;
import dev.fanfare.socket.SocketEnd;
import io.vertx.core.Promise;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Frames that a connection reads behind a pending one, and what happens to them when it ends. */
class ReadingAheadTest {

    private static final String EVENT =
            "{\"type\":\"event\",\"event\":\"ask\",\"dataType\":\"text\",\"data\":\"?\",\"ackId\":1}";

    @SuppressWarnings("NullAway.Init")
    private Shards shards;

    private final AskedEvents events = new AskedEvents();

    @BeforeEach
    void start() throws Exception {
        shards = new Shards(1, d -> new Shards.Limits(0, 3, 10_000, 20_000_000, 10_000, Integer.MAX_VALUE), events);
    }

    @AfterEach
    void stop() throws Exception {
        shards.close();
    }

    @Test
    void framesBehindAnEventAreReadUpToABoundAndTakeEffectInOrder() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON);
        socket.say(EVENT);
        for (int i = 0; i < 1023; i++) {
            socket.say(publish(i, 10));
        }
        settle();
        assertFalse(socket.paused());
        socket.say(publish(1023, 10));
        await().until(socket::paused);
        assertEquals(1, socket.frames().size());
        answer();
        await().until(() -> socket.frames().size() == 1027);
        assertTrue(socket.frames().get(1).contains("the answer"));
        for (int i = 0; i < 1024; i++) {
            assertTrue(socket.frames().get(3 + i).contains("\"ackId\":" + (100 + i) + ","));
        }
        await().until(() -> !socket.paused());
    }

    @Test
    void framesBehindAnEventAreBoundedInBytes() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON);
        socket.say(EVENT);
        socket.say(publish(0, 1_000_000));
        settle();
        assertFalse(socket.paused());
        socket.say(publish(1, 50_000));
        await().until(socket::paused);
        answer();
        await().until(() -> !socket.paused());
    }

    @ParameterizedTest
    @CsvSource({"64, 10", "2, 16384"})
    void littleIsReadAheadWhereMemoryIsScarce(int frames, int length) throws Exception {
        connect(Subprotocol.JSON).bring(0, 0, Shards.INBOUND_BYTES / 2 + 1);
        FakeSocket socket = connect(Subprotocol.JSON);
        socket.say(EVENT);
        for (int i = 1; i < frames; i++) {
            socket.say(publish(i, length));
        }
        settle();
        assertFalse(socket.paused());
        socket.say(publish(frames, length));
        await().until(socket::paused);
        answer();
        await().until(() -> !socket.paused());
    }

    @Test
    void whatIsReadAheadOfAllTogetherClosesNobody() throws Exception {
        for (int i = 0; i < 20; i++) {
            FakeSocket socket = connect(Subprotocol.JSON);
            socket.say(EVENT);
            for (int frame = 0; frame < 70 && !socket.paused(); frame++) {
                socket.say(publish(frame, 16_000));
                settle();
            }
            assertTrue(socket.paused());
        }
        shards.pass(0);
        assertEquals(0, shards.metrics.count("closed"));
        assertTrue(shards.on(0, () -> shards.shard(0).inboundMemory().counted()) < Shards.INBOUND_BYTES * 3 / 4);
    }

    @Test
    void aClientIsHeardWithManyFramesBehindAnEvent() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON_RELIABLE);
        socket.say(EVENT);
        for (int i = 0; i < 500; i++) {
            socket.say(publish(i, 500));
        }
        settle();
        assertFalse(socket.paused(), "its acknowledgements and pings are read");
        socket.say("{\"type\":\"ping\"}");
        await().until(() -> last(socket).contains("pong"));
        shards.origin().publish(Selector.hub(Shards.HUB), Publications.text("now"));
        await().until(() -> last(socket).contains("now"));
        socket.say("{\"type\":\"sequenceAck\",\"sequenceId\":1}");
        await().until(() -> shards.on(0, () -> shards.shard(0).retention().bytes()) == 0L);
    }

    @Test
    void whatAClientSaidBeforeItLeftIsPublished() throws Exception {
        FakeSocket receiver = receiver();
        for (Subprotocol subprotocol : List.of(Subprotocol.JSON, Subprotocol.JSON_RELIABLE)) {
            for (SocketEnd socketEnd : List.of(
                    new SocketEnd(SocketEnd.EndKind.LOST, 1006, ""),
                    new SocketEnd(SocketEnd.EndKind.PEER_CLOSED, 1000, ""),
                    new SocketEnd(SocketEnd.EndKind.PROTOCOL_ERROR, 1002, ""))) {
                int frames = receiver.frames().size();
                events.answer = Promise.promise();
                FakeSocket sender = sender(subprotocol);
                sender.end(socketEnd);
                if (subprotocol.reliable() && socketEnd.endKind() == SocketEnd.EndKind.LOST) {
                    settle();
                    answer(); // the client may reconnect, so order is kept
                }
                await().until(() -> receiver.frames().size() == frames + 2);
            }
        }
    }

    private enum Close {
        BY_API,
        EXPIRY,
        SILENCE,
        SLOW_READER,
        STOP,
        INVALID_FRAME
    }

    @ParameterizedTest
    @EnumSource(Close.class)
    void whatAClientSaidBeforeTheNodeClosedItTakesEffect(Close close) throws Exception {
        shards.endsAtMillis = shards.wallMillis.get() + 60_000;
        FakeSocket sender = sender(Subprotocol.JSON);
        sender.say(EVENT.replace("\"ackId\":1", "\"ackId\":2"));
        settle();
        assertEquals(0, shards.metrics.count("published"));
        switch (close) {
            case BY_API ->
                shards.ask(
                        Selector.connection(Shards.HUB, Shards.connectionId(sender)),
                        new Operation.Close(CloseReason.CLOSED_BY_API, ""));
            case EXPIRY -> shards.stepWallClock(60_000);
            case SILENCE -> shards.pass(50_000);
            case SLOW_READER -> {
                sender.writable(false);
                for (int i = 0; i < 3; i++) {
                    shards.origin().publish(Selector.hub(Shards.HUB), Publications.text("x".repeat(9_000)));
                }
            }
            case STOP -> shards.on(0, () -> shards.shard(0).stop(0, 10_000, false));
            case INVALID_FRAME -> sender.say("{");
        }
        if (close == Close.SILENCE) {
            shards.pass(75_000);
        }
        await().until(() -> sender.closeCode() != 0);
        assertEquals(2, shards.metrics.count("published"));
        assertEquals(2, events.raised.get());
        shards.awaitNothingLeft();
        assertEquals(0L, shards.on(0, () -> shards.shard(0).inboundMemory().counted()));
    }

    /** A client that still reads gets the acks. */
    @Test
    void whatTakesEffectAtTheEndIsAcknowledgedBeforeTheEnd() throws Exception {
        FakeSocket receiver = receiver();
        FakeSocket sender = sender(Subprotocol.JSON);
        shards.ask(
                Selector.connection(Shards.HUB, Shards.connectionId(sender)),
                new Operation.Close(CloseReason.CLOSED_BY_API, ""));
        await().until(() -> receiver.frames().size() == 4);
        assertTrue(receiver.frames().get(2).contains("\"data\":\"x\""));
        assertTrue(receiver.frames().get(3).contains("\"data\":\"xx\""));
        assertEquals(
                List.of(
                        "{\"type\":\"ack\",\"ackId\":101,\"success\":true}",
                        "{\"type\":\"ack\",\"ackId\":102,\"success\":true}"),
                sender.frames().subList(1, 3));
    }

    @Test
    void whatAReliableClientSaidTakesEffectWhenTheNodeStopsWithoutIt() throws Exception {
        FakeSocket sender = sender(Subprotocol.JSON_RELIABLE);
        Promise<Void> stopped = Promise.promise();
        shards.on(0, () -> shards.shard(0).stop(0, 400, true).onComplete(stopped));
        Shards.get(stopped.future());
        assertEquals(CloseReason.SHUTDOWN.code(), sender.closeCode());
        assertEquals(2, shards.metrics.count("published"));
    }

    @Test
    void nothingTakesEffectBehindTheFrameThatEndsItsConnection() throws Exception {
        FakeSocket sender = connect(Subprotocol.RAW);
        sender.say("first");
        sender.say("second");
        await().until(() -> shards.metrics.count("received") == 2);
        events.answer.fail(new IllegalStateException("thrown on purpose"));
        await().until(() -> sender.closeCode() == CloseReason.EVENT_FAILED.code());
        shards.awaitNothingLeft();
        assertEquals(1, events.raised.get());
    }

    @Test
    void aPeerIsNotReadFasterThanTheLimitsAllowBehindOurCloseFrame() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON);
        shards.on(0, () -> {
            socket.say("{");
            socket.bring(0, 100_000_000, 0); // before the peer's close frame ends the socket
            return true;
        });
        await().until(() -> socket.closeCode() == CloseReason.INVALID_PAYLOAD.code());
        await().until(socket::paused);
    }

    /** An event in flight to its handler, and two messages to the group g behind it. */
    private FakeSocket sender(Subprotocol subprotocol) throws Exception {
        FakeSocket sender = connect(subprotocol);
        long before = shards.metrics.count("received");
        sender.say(EVENT);
        sender.say(publish(1, 1));
        sender.say(publish(2, 2));
        await().until(() -> shards.metrics.count("received") == before + 3);
        return sender;
    }

    private FakeSocket receiver() throws Exception {
        FakeSocket receiver = connect(Subprotocol.JSON);
        receiver.say("{\"type\":\"joinGroup\",\"group\":\"g\",\"ackId\":1}");
        await().until(() -> receiver.frames().size() == 2);
        return receiver;
    }

    private static String publish(int number, int length) {
        return "{\"type\":\"sendToGroup\",\"group\":\"g\",\"dataType\":\"text\",\"data\":\"" + "x".repeat(length)
                + "\",\"ackId\":" + (100 + number) + "}";
    }

    private void answer() {
        events.answer.complete(Publications.text("the answer"));
    }

    private FakeSocket connect(Subprotocol subprotocol) throws Exception {
        FakeSocket socket = shards.open(0, subprotocol, "user");
        if (subprotocol != Subprotocol.RAW) {
            await().until(() -> !socket.frames().isEmpty());
        }
        return socket;
    }

    /** Waits until everything sent before has been processed. */
    private void settle() throws Exception {
        await().until(() -> shards.broker.inFlightBytes() == 0);
        shards.ask(Selector.hub("nobody"), new Operation.Count());
        shards.on(0, () -> true);
    }

    private static String last(FakeSocket socket) {
        List<String> frames = socket.frames();
        return frames.get(frames.size() - 1);
    }
}
