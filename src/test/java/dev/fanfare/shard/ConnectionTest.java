package dev.fanfare.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.event.UserEvent;
import dev.fanfare.socket.FakeSocket;
import dev.fanfare.socket.SocketEnd;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A connection's socket, limits and timeouts. */
class ConnectionTest {

    @SuppressWarnings("NullAway.Init")
    private Shards shards;

    private final AskedEvents events = new AskedEvents();

    @BeforeEach
    void start() throws Exception {
        shards = new Shards(2, d -> new Shards.Limits(50, 3, 10_000, 20_000, 1000, 50_000), events);
    }

    @AfterEach
    void stop() throws Exception {
        shards.close();
    }

    @Test
    void aConnectionThatCannotBeRegisteredLeavesNothing() {
        shards.subscriptions.fail(address -> true);
        assertThrows(ExecutionException.class, () -> shards.open(0, Subprotocol.JSON, "user", "g"));
        shards.awaitNothingLeft();
    }

    @Test
    void aConnectionWhoseSocketThrowsAtTheEndLeavesNothing() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON_RELIABLE);
        shards.origin().publish(Selector.hub(Shards.HUB), Shards.text("unacknowledged"));
        await().until(() -> socket.frames().size() == 2);
        socket.fail(new IllegalStateException("thrown on purpose"));
        shards.ask(
                Selector.connection(Shards.HUB, Shards.connectionId(socket)),
                new Operation.Close(CloseReason.CLOSED_BY_API, ""));
        shards.awaitNothingLeft();
        assertEquals(0L, shards.on(0, () -> shards.shard(0).retention().bytes()));
    }

    @Test
    void aSubscriptionThatThrowsLeavesNothingOfItsConnection() {
        shards.subscriptions.subscribing = address -> {
            throw new IllegalStateException("thrown on purpose");
        };
        assertThrows(ExecutionException.class, () -> shards.open(0, Subprotocol.JSON, "user", "g"));
        shards.awaitNothingLeft();
    }

    @Test
    void aJoinThatCannotBeRegisteredIsRefusedAndMayBeRepeated() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON);
        shards.subscriptions.fail(address -> true);
        socket.say("{\"type\":\"joinGroup\",\"group\":\"g\",\"ackId\":1}");
        await().until(() -> socket.frames().size() == 2);
        assertTrue(
                socket.frames().get(1).contains("\"success\":false"),
                () -> socket.frames().toString());
        shards.subscriptions.fail(address -> false);
        socket.say("{\"type\":\"joinGroup\",\"group\":\"g\",\"ackId\":1}");
        await().until(() -> socket.frames().size() == 3);
        assertTrue(
                socket.frames().get(2).contains("\"success\":true"),
                () -> socket.frames().toString());
        publish(Selector.group(Shards.HUB, "g"), "now");
        await().until(() -> socket.frames().size() == 4);
    }

    @Test
    void framesBehindAJoinWaitForIt() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON);
        Promise<Void> hold = Promise.promise();
        shards.subscriptions.subscribing = address -> hold.future();
        socket.say("{\"type\":\"joinGroup\",\"group\":\"g\",\"ackId\":1}");
        socket.say("{\"type\":\"sendToGroup\",\"group\":\"g\",\"dataType\":\"text\",\"data\":\"mine\",\"ackId\":2}");
        settle();
        assertEquals(1, socket.frames().size());
        hold.complete();
        await().until(() -> socket.frames().size() == 4);
        assertTrue(socket.frames().get(1).contains("\"ackId\":1"));
        assertFalse(socket.paused());
    }

    @Test
    void whatHasNoOrderDoesNotWaitForAnEvent() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON_RELIABLE);
        socket.say(EVENT);
        socket.say("{\"type\":\"ping\"}");
        await().until(() -> last(socket).contains("pong"));
        for (int i = 1; i <= 60; i++) { // far more than may be unacknowledged
            int frames = socket.frames().size();
            publish(Selector.hub(Shards.HUB), "x".repeat(1000));
            await().until(() -> socket.frames().size() > frames);
            socket.say("{\"type\":\"sequenceAck\",\"sequenceId\":" + i + "}");
        }
        settle();
        assertEquals(0, socket.closeCode());
    }

    @Test
    void invocationsBehindAnEventCanBeCancelledBeforeTheyBegin() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON);
        socket.say(EVENT);
        socket.say("{\"type\":\"invoke\",\"invocationId\":\"1\",\"target\":\"event\",\"event\":\"e\"}");
        socket.say("{\"type\":\"cancelInvocation\",\"invocationId\":\"1\"}");
        settle();
        answer("the answer");
        await().until(() -> socket.frames().size() == 3);
        settle();
        assertEquals(1, events.raised.get());
    }

    @Test
    void whoWaitsForManyInvocationsIsListenedTo() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON);
        for (int i = 0; i < 20; i++) {
            socket.say("{\"type\":\"invoke\",\"invocationId\":\"" + i + "\",\"target\":\"event\",\"event\":\"e\"}");
        }
        await().until(() -> events.raised.get() == 16);
        socket.say("{\"type\":\"cancelInvocation\",\"invocationId\":\"0\"}");
        await().until(() -> events.raised.get() == 17);
        socket.say("{\"type\":\"cancelInvocation\",\"invocationId\":\"19\"}");
        socket.say("{\"type\":\"cancelInvocation\",\"invocationId\":\"1\"}");
        await().until(() -> events.raised.get() == 18);
    }

    private static final String EVENT =
            "{\"type\":\"event\",\"event\":\"ask\",\"dataType\":\"text\",\"data\":\"?\",\"ackId\":1}";

    private static String publish(int number, int length) {
        return "{\"type\":\"sendToGroup\",\"group\":\"g\",\"dataType\":\"text\",\"data\":\"" + "x".repeat(length)
                + "\",\"ackId\":" + (100 + number) + "}";
    }

    private void answer(String text) {
        events.answer.complete(Publications.text(text));
    }

    @Test
    void aBugInOneMembersSocketKeepsNoMessageFromTheOthers() throws Exception {
        List<FakeSocket> sockets = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            sockets.add(connect(Subprotocol.JSON));
        }
        sockets.get(1).fail(new IllegalStateException("a bug"));
        sockets.get(3).fail(new IllegalStateException("a bug"));
        publish(Selector.hub(Shards.HUB), "hello");
        for (int i = 0; i < 5; i += 2) {
            FakeSocket socket = sockets.get(i);
            await().until(() -> socket.frames().size() == 2);
        }
        await().until(() -> shards.metrics.count("bug") == 2);
        await().until(() -> shards.broker.inFlightBytes() == 0);
    }

    @Test
    void aBugInOneConnectionKeepsNoOtherFromBeingClosed() throws Exception {
        List<FakeSocket> sockets = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            sockets.add(connect(Subprotocol.JSON));
        }
        sockets.get(2).fail(new IllegalStateException("a bug"));
        shards.ask(Selector.hub(Shards.HUB), new Operation.Close(CloseReason.CLOSED_BY_API, "enough"));
        for (int i = 0; i < 5; i++) {
            FakeSocket socket = sockets.get(i);
            if (i != 2) {
                await().until(() -> socket.closeCode() == 1000);
            }
        }
    }

    @Test
    void aCloseSaysWhyFirstAndIsCountedOnce() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON);
        shards.ask(Selector.hub(Shards.HUB), new Operation.Close(CloseReason.CLOSED_BY_API, "enough"));
        await().until(() -> socket.closeCode() == 1000);
        assertEquals("{\"type\":\"system\",\"event\":\"disconnected\",\"message\":\"enough\"}", last(socket));
        socket.end(new SocketEnd(SocketEnd.EndKind.WE_CLOSED, 1000, ""));
        shards.awaitNothingLeft();
        assertEquals(1, shards.metrics.count("closed"));
    }

    @ParameterizedTest
    @EnumSource(SocketEnd.EndKind.class)
    void everyEndOfASocketEndsAPlainConnectionOnce(SocketEnd.EndKind endKind) throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON);
        socket.end(new SocketEnd(endKind, 1006, ""));
        shards.awaitNothingLeft();
        assertEquals(1, shards.metrics.count("closed"));
    }

    @Test
    void limitsThatTheSocketEnforcesAreCounted() throws Exception {
        connect(Subprotocol.JSON).end(new SocketEnd(SocketEnd.EndKind.MESSAGE_TOO_BIG, 1009, ""));
        connect(Subprotocol.JSON_RELIABLE).end(new SocketEnd(SocketEnd.EndKind.TOO_MANY_FRAMES, 1009, ""));
        shards.awaitNothingLeft();
        assertEquals(1, shards.metrics.count("limitReached MESSAGE_BYTES"));
        assertEquals(1, shards.metrics.count("limitReached FRAMES_PER_MESSAGE"));
    }

    @Test
    void aSilentClientIsPingedAndThenDisconnected() throws Exception {
        FakeSocket plain = connect(Subprotocol.JSON);
        FakeSocket reliable = connect(Subprotocol.JSON_RELIABLE);
        shards.pass(24_000);
        assertEquals(0, plain.pings());
        shards.pass(1000);
        assertEquals(1, plain.pings());
        assertEquals(1, reliable.pings());
        plain.say("{\"type\":\"ping\"}");
        await().until(() -> plain.frames().size() == 2);
        shards.pass(49_000);
        assertEquals(0, reliable.closeCode());
        shards.pass(1000);
        assertEquals(CloseReason.SILENT.code(), reliable.closeCode());
        assertEquals(0, plain.closeCode());
        shards.pass(75_000);
        assertEquals(CloseReason.SILENT.code(), plain.closeCode());
        assertEquals(1, shards.metrics.count("closed SILENT"));
        assertEquals(1, shards.metrics.count("detached SILENT"));
        assertEquals(1, shards.metrics.count("closed RECOVERY_EXPIRED"));
        shards.awaitNothingLeft();
    }

    @Test
    void aClientWeDoNotListenToIsNotSilent() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON);
        Promise<Void> hold = Promise.promise();
        shards.subscriptions.subscribing = address -> hold.future();
        socket.say("{\"type\":\"joinGroup\",\"group\":\"g\",\"ackId\":1}");
        socket.say(publish(1, 1024 * 1024));
        await().until(socket::paused);
        for (int i = 0; i < 4; i++) {
            shards.pass(26_000);
        }
        hold.complete();
        await().until(() -> socket.frames().size() >= 2);
        assertEquals(0, socket.closeCode());
    }

    @ParameterizedTest
    @ValueSource(longs = {3_600_000, -3_600_000})
    void aClockThatIsSetNeitherEndsNorKeepsAConnection(long step) throws Exception {
        FakeSocket plain = connect(Subprotocol.JSON);
        FakeSocket away = connect(Subprotocol.JSON_RELIABLE);
        away.cut();
        shards.stepWallClock(step);
        shards.pass(24_000);
        assertEquals(0, plain.closeCode());
        assertEquals(0, plain.pings());
        FakeSocket back = shards.recover(0, Shards.claim(away));
        await().until(() -> back.frames().size() == 1);
        back.cut();
        shards.stepWallClock(-step);
        shards.pass(1000);
        assertEquals(1, plain.pings());
        assertEquals(0, plain.closeCode());
        shards.pass(60_000);
        assertEquals(CloseReason.SILENT.code(), plain.closeCode());
        assertEquals(1, shards.metrics.count("closed RECOVERY_EXPIRED"));
        shards.awaitNothingLeft();
    }

    @Test
    void aTokenEndsByTheTimeOfDay() throws Exception {
        shards.endsAtMillis = shards.wallMillis.get() + 3_600_000;
        FakeSocket socket = connect(Subprotocol.JSON);
        shards.stepWallClock(3_599_999);
        assertEquals(0, socket.closeCode());
        shards.stepWallClock(1);
        assertEquals(CloseReason.TOKEN_EXPIRED.code(), socket.closeCode());
        shards.awaitNothingLeft();
    }

    @Test
    void aPlainSlowReaderKeepsItsOrderAndIsClosedAboveTheLimit() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON);
        socket.writable(false);
        for (int i = 0; i < 5; i++) {
            publish(Selector.hub(Shards.HUB), "n" + i);
        }
        await().until(() -> shards.broker.inFlightBytes() == 0);
        assertEquals(1, socket.frames().size());
        socket.writable(true);
        await().until(() -> socket.frames().size() == 6);
        for (int i = 0; i < 5; i++) {
            assertTrue(socket.frames().get(i + 1).contains("\"n" + i + "\""));
        }
        socket.writable(false);
        publish(Selector.hub(Shards.HUB), "x".repeat(6000));
        publish(Selector.hub(Shards.HUB), "y".repeat(6000));
        await().until(() -> socket.closeCode() == CloseReason.SLOW_CONSUMER.code());
        assertEquals(1, shards.metrics.count("dropped SLOW_CONSUMER"));
        shards.awaitNothingLeft();
    }

    /** Limits apply to the size as sent; escaped as JSON a control character is six times as long. */
    @ParameterizedTest
    @EnumSource(
            value = Subprotocol.class,
            names = {"JSON", "JSON_RELIABLE"})
    void oneMessageFitsWhateverBecomesOfItAsJson(Subprotocol subprotocol) throws Exception {
        FakeSocket socket = connect(subprotocol);
        socket.writable(false);
        for (int i = 1; i <= 3; i++) {
            publish(Selector.hub(Shards.HUB), "\u0001".repeat(9000));
            await().until(() -> shards.broker.inFlightBytes() == 0);
            socket.writable(true);
            int frames = i + 1;
            await().until(() -> socket.frames().size() == frames);
            socket.say("{\"type\":\"sequenceAck\",\"sequenceId\":" + i + "}");
            socket.writable(false);
        }
        assertEquals(0, socket.closeCode());
        publish(Selector.hub(Shards.HUB), "\u0001".repeat(9000));
        publish(Selector.hub(Shards.HUB), "\u0001".repeat(9000));
        await().until(() -> socket.closeCode() == CloseReason.SLOW_CONSUMER.code());
    }

    @Test
    void aReliableSlowReaderIsDisconnectedAndFindsEverythingAgain() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON_RELIABLE);
        socket.writable(false);
        publish(Selector.hub(Shards.HUB), "x".repeat(6000));
        publish(Selector.hub(Shards.HUB), "y".repeat(6000));
        await().until(() -> socket.closeCode() == CloseReason.SLOW_CONSUMER_RECOVERABLE.code());
        FakeSocket fresh = shards.recover(0, Shards.claim(socket));
        await().until(() -> fresh.frames().size() == 3);
        assertTrue(fresh.frames().get(2).endsWith("\"sequenceId\":2}"));
        fresh.say("{\"type\":\"sequenceAck\",\"sequenceId\":2}");
        publish(Selector.hub(Shards.HUB), "z".repeat(15_000));
        await().until(() -> fresh.frames().size() == 4);
    }

    @Test
    void aReliableClientThatAcknowledgesNothingIsClosedForGood() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON_RELIABLE);
        for (int i = 0; i < 4; i++) {
            publish(Selector.hub(Shards.HUB), "x".repeat(6000));
        }
        await().until(() -> socket.closeCode() == CloseReason.UNACKNOWLEDGED_OVERFLOW.code());
        assertEquals(3, shards.metrics.count("dropped SESSION_ENDED"));
        shards.awaitNothingLeft();
    }

    @Test
    void anAcknowledgementOfWhatWasNeverSentIsOneOfAll() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON_RELIABLE);
        publish(Selector.hub(Shards.HUB), "one");
        await().until(() -> socket.frames().size() == 2);
        socket.say("{\"type\":\"sequenceAck\",\"sequenceId\":18446744073709551615}");
        publish(Selector.hub(Shards.HUB), "two");
        await().until(() -> socket.frames().size() == 3);
        FakeSocket fresh = shards.recover(0, Shards.claim(socket));
        await().until(() -> fresh.frames().size() == 2);
        assertTrue(fresh.frames().get(1).contains("two"), () -> fresh.frames().toString());
        assertTrue(fresh.frames().get(1).endsWith("\"sequenceId\":2}"));
    }

    @Test
    void whatExpiresWhileItWaitsIsNotSent() throws Exception {
        FakeSocket plain = connect(Subprotocol.JSON);
        FakeSocket reliable = connect(Subprotocol.JSON_RELIABLE);
        plain.writable(false);
        reliable.writable(false);
        shards.origin()
                .publish(
                        Selector.hub(Shards.HUB),
                        new Message(
                                Message.From.SERVER,
                                null,
                                null,
                                Publications.text("old").payload(),
                                Map.of(),
                                shards.wallMillis.get() + 5000));
        publish(Selector.hub(Shards.HUB), "new");
        await().until(() -> shards.broker.inFlightBytes() == 0);
        shards.wallMillis.addAndGet(5000);
        plain.writable(true);
        reliable.writable(true);
        await().until(() -> plain.frames().size() == 2 && reliable.frames().size() == 2);
        assertTrue(last(plain).contains("new") && last(reliable).contains("new"));
        assertEquals(2, shards.metrics.count("dropped EXPIRED"));
    }

    @Test
    void whoPublishesTooMuchIsHeldBackUntilItIsDelivered() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON);
        String big = "x".repeat(30_000);
        String frame = "{\"type\":\"sendToGroup\",\"group\":\"g\",\"dataType\":\"text\",\"data\":\"" + big + "\"}";
        socket.say("{\"type\":\"joinGroup\",\"group\":\"g\",\"ackId\":1}");
        await().until(() -> socket.frames().size() == 2);
        socket.say(frame, frame, frame, frame);
        await().until(() -> socket.frames().size() == 6);
        assertTrue(shards.metrics.count("limitReached IN_FLIGHT_BYTES") > 0);
        await().until(() -> !socket.paused());
        assertEquals(0, shards.broker.inFlightBytes());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anEventIsAskedAndAcknowledgedOnceWhereverItsClientResumes(int shard) throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON_RELIABLE);
        socket.say(EVENT);
        await().until(() -> events.raised.get() == 1);
        FakeSocket fresh = shards.recover(shard, Shards.claim(socket));
        await().until(() -> fresh.frames().size() == 1);
        fresh.say(EVENT);
        fresh.say(publish(1, 10));
        settle();
        assertEquals(1, fresh.frames().size(), "its frames wait for the answer");
        answer("the answer");
        await().until(() -> fresh.frames().size() == 5);
        assertTrue(
                fresh.frames().get(1).contains("the answer"),
                () -> fresh.frames().toString());
        assertEquals(
                "{\"type\":\"ack\",\"ackId\":1,\"success\":true}",
                fresh.frames().get(2));
        assertTrue(
                fresh.frames().get(3).contains("Duplicate"),
                () -> fresh.frames().toString());
        assertTrue(
                fresh.frames().get(4).contains("\"ackId\":101,"),
                () -> fresh.frames().toString());
        assertEquals(1, events.raised.get());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anAckThatFoundNoSocketIsSentOnTheNextOne(int shard) throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON_RELIABLE);
        socket.say(EVENT);
        socket.say(publish(1, 10));
        await().until(() -> events.raised.get() == 1);
        socket.cut();
        settle();
        answer("the answer");
        settle();
        FakeSocket fresh = shards.recover(shard, Shards.claim(socket));
        await().until(() -> fresh.frames().size() == 4);
        assertTrue(
                fresh.frames().get(1).contains("the answer"),
                () -> fresh.frames().toString());
        assertEquals(
                "{\"type\":\"ack\",\"ackId\":1,\"success\":true}",
                fresh.frames().get(2));
        assertEquals(
                "{\"type\":\"ack\",\"ackId\":101,\"success\":true}",
                fresh.frames().get(3));
    }

    @Test
    void whatWasReadBehindAnEventMovesWithIt() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON_RELIABLE);
        socket.say(EVENT);
        socket.say("{\"type\":\"joinGroup\",\"group\":\"g\"}");
        socket.say(publish(1, 10));
        socket.say(EVENT.replace("\"ackId\":1", "\"ackId\":2"));
        await().until(() -> shards.metrics.count("received") == 4);
        FakeSocket fresh = shards.recover(1, Shards.claim(socket));
        await().until(() -> fresh.frames().stream().anyMatch(frame -> frame.contains("\"ackId\":101,")));
        answer("the answer");
        await().until(() -> fresh.frames().stream().anyMatch(frame -> frame.contains("\"ackId\":2,")));
        assertEquals(2, events.raised.get());
        publish(Selector.group(Shards.HUB, "g"), "to the group");
        await().until(() -> last(fresh).contains("to the group"));
    }

    /** The first claim needs a retry, since the session is in transit for a moment. */
    @Test
    void answersArePassedOnInTheirOrderAndUntilAllAreTaken() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON_RELIABLE);
        Promise<@Nullable Message> first = events.answer;
        socket.say(EVENT);
        socket.say(EVENT.replace("\"ackId\":1", "\"ackId\":2"));
        await().until(() -> shards.metrics.count("received") == 2);
        events.answer = Promise.promise();
        String id = Shards.connectionId(socket);
        Shards.get(shards.shard(0).claim(Shards.claim(socket), new OtherNode()));
        assertEquals(2, events.raised.get());
        state("older");
        first.complete(null);
        settle();
        settle();
        Shards.get(shards.shard(0).reinstate(id));
        state("newer");
        events.answer.complete(null);
        Shards.get(events.awaited);
        FakeSocket fresh = shards.recover(0, Shards.claim(socket));
        await().until(() -> !fresh.frames().isEmpty());
        settle();
        assertEquals(
                List.of(
                        "{\"type\":\"ack\",\"ackId\":1,\"success\":true}",
                        "{\"type\":\"ack\",\"ackId\":2,\"success\":true}"),
                fresh.frames().subList(1, fresh.frames().size()));
        fresh.say(EVENT.replace("\"ackId\":1", "\"ackId\":3"));
        await().until(() -> events.raised.get() == 3);
        assertEquals("newer", event().context().state().connectionState());
    }

    private void state(String state) {
        event().context().state().connectionState(state);
    }

    private UserEvent event() {
        return Objects.requireNonNull(events.last, "none was raised");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTokenThatIsNotVerifiedWhenTheSessionMovesIsAnswered(boolean behindAnEvent) throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON_RELIABLE);
        shards.authenticating = Promise.<Void>promise().future();
        if (behindAnEvent) {
            socket.say(EVENT);
        }
        socket.say("{\"type\":\"refreshToken\",\"token\":\"fresh\",\"ackId\":7}");
        await().until(() -> shards.metrics.count("received") == (behindAnEvent ? 2 : 1));
        FakeSocket fresh = shards.recover(1, Shards.claim(socket));
        await().until(() -> fresh.frames().size() == 2);
        assertTrue(
                last(fresh).contains("\"ackId\":7,") && last(fresh).contains("the session moved"), () -> last(fresh));
    }

    @Test
    void anAnswerThatIsNeverPassedOnIsNotWaitedForWithoutEnd() throws Exception {
        FakeSocket socket = connect(Subprotocol.JSON_RELIABLE);
        socket.say(EVENT);
        await().until(() -> events.raised.get() == 1);
        events.passingOnMillis = 1;
        FakeSocket fresh = shards.recover(1, Shards.claim(socket));
        await().until(() -> fresh.frames().size() == 2);
        assertTrue(last(fresh).contains("\"name\":\"Timeout\""), () -> last(fresh));
        answer("the answer");
        settle();
        assertEquals(2, fresh.frames().size());
    }

    @Test
    void aRecoveryIsLoggedAndAnAnonymousClientHasNoUser() throws Exception {
        for (String user : new String[] {"user", null}) {
            FakeSocket socket = shards.open(0, Subprotocol.JSON_RELIABLE, user);
            await().until(() -> !socket.frames().isEmpty());
            ListAppender<ILoggingEvent> logged = new ListAppender<>();
            Logger log = (Logger) LoggerFactory.getLogger(Recovery.class);
            logged.start();
            log.addAppender(logged);
            try {
                FakeSocket fresh = shards.recover(0, Shards.claim(socket));
                await().until(() -> !fresh.frames().isEmpty());
            } finally {
                log.detachAppender(logged);
            }
            ILoggingEvent line = logged.list.get(0);
            assertEquals("connection recovered", line.getMessage());
            assertEquals(Level.INFO, line.getLevel());
            Map<String, Object> fields = new HashMap<>();
            line.getKeyValuePairs().forEach(field -> fields.put(field.key, field.value));
            assertEquals(user, fields.get("userId"));
            assertEquals(user != null, fields.containsKey("userId"));
            assertEquals(Shards.connectionId(socket), fields.get("connectionId"));
            assertEquals(false, fields.get("moved"));
        }
    }

    @Test
    void stoppingClosesInSlicesWithPausesAndEndsWhenAllAreGone() throws Exception {
        List<FakeSocket> sockets = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            sockets.add(connect(i % 2 == 0 ? Subprotocol.JSON : Subprotocol.JSON_RELIABLE));
        }
        long start = System.nanoTime();
        Promise<Void> stopped = Promise.promise();
        shards.on(0, () -> shards.shard(0).stop(500, 10_000, false).onComplete(stopped));
        assertTrue(sockets.stream().filter(socket -> socket.closeCode() != 0).count() < 10);
        Shards.get(stopped.future());
        assertTrue(System.nanoTime() - start >= 200_000_000L);
        sockets.forEach(socket -> assertEquals(CloseReason.SHUTDOWN.code(), socket.closeCode()));
        shards.awaitNothingLeft();
    }

    @Test
    void stoppingInAHurryDoesNotPauseForLong() throws Exception {
        for (int i = 0; i < 30; i++) {
            connect(Subprotocol.JSON);
        }
        long start = System.nanoTime();
        Promise<Void> stopped = Promise.promise();
        shards.on(0, () -> shards.shard(0).stop(60_000, 300, false).onComplete(stopped));
        Shards.get(stopped.future());
        assertTrue(System.nanoTime() - start < 2_000_000_000L);
    }

    private FakeSocket connect(Subprotocol subprotocol) throws Exception {
        return connect(subprotocol, 0);
    }

    private FakeSocket connect(Subprotocol subprotocol, int shard) throws Exception {
        FakeSocket socket = shards.open(shard, subprotocol, "user");
        await().until(() -> !socket.frames().isEmpty());
        return socket;
    }

    private void publish(Selector target, String text) {
        shards.origin().publish(target, Publications.text(text));
    }

    /** Waits until everything sent before has been processed. */
    private void settle() throws Exception {
        await().until(() -> shards.broker.inFlightBytes() == 0);
        shards.ask(Selector.hub("nobody"), new Operation.Count());
        shards.on(0, () -> true);
        shards.on(1, () -> true);
    }

    private static String last(FakeSocket socket) {
        List<String> frames = socket.frames();
        return frames.get(frames.size() - 1);
    }
}
