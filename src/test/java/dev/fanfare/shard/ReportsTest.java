package dev.fanfare.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Claim;
import dev.fanfare.broker.DeliveryReport;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.filter.FilterParser;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.delivery.FanOuts;
import dev.fanfare.socket.FakeSocket;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The delivery reports that a publisher gets. */
@Timeout(120)
class ReportsTest {

    /** Longer than any test. */
    private static final int LONG = 1_000_000;

    private static final Pattern DATA = Pattern.compile("\"data\":\"([^\"]*)\"");
    private static final Selector G = Selector.group(Shards.HUB, "g");

    @SuppressWarnings("NullAway.Init")
    private Shards shards;

    @SuppressWarnings("NullAway.Init")
    private Broker.Origin origin;

    @BeforeEach
    void start() throws Exception {
        shards = new Shards(3);
        origin = shards.origin();
    }

    @AfterEach
    void stop() throws Exception {
        shards.close();
    }

    private Future<OperationResult> send(Selector target, String text, int withinMillis) {
        return origin.publishAndReport(target, Shards.text(text), withinMillis);
    }

    private Future<OperationResult> send(Selector target) {
        return send(target, "hello", LONG);
    }

    private static void assertReport(int written, int queued, int dropped, Future<OperationResult> answer)
            throws Exception {
        OperationResult told = Shards.get(answer);
        DeliveryReport deliveryReport = told.deliveryReport();
        assertEquals(
                List.of(written, queued, dropped),
                List.of(deliveryReport.written(), deliveryReport.queued(), deliveryReport.dropped()));
        assertEquals(written + queued + dropped, told.matched());
        assertEquals(0, told.unreachable());
    }

    private static void assertDropped(FakeSocket socket, ErrorCode error, Future<OperationResult> answer)
            throws Exception {
        assertReport(0, 0, 1, answer);
        assertEquals(
                List.of(new DeliveryReport.FailedDelivery(Shards.connectionId(socket), ConnectionType.INBOUND, error)),
                answer.result().deliveryReport().failures());
    }

    private static List<String> texts(FakeSocket socket) {
        List<String> texts = new ArrayList<>();
        for (String frame : socket.frames()) {
            Matcher matcher = DATA.matcher(frame);
            if (matcher.find()) {
                texts.add(matcher.group(1));
            }
        }
        return texts;
    }

    @Test
    void everybodyWhoReadsHasIt() throws Exception {
        shards.open(0, Subprotocol.JSON, "alice", "g");
        shards.open(1, Subprotocol.JSON_RELIABLE, "alice", "g");
        shards.open(2, Subprotocol.RAW, "bob", "g");
        shards.open(2, Subprotocol.JSON, "carol");
        assertReport(3, 0, 0, send(G));
        assertReport(2, 0, 0, send(Selector.user(Shards.HUB, "alice")));
        assertReport(4, 0, 0, send(Selector.hub(Shards.HUB)));
    }

    @Test
    void nobodyIsNobody() throws Exception {
        FakeSocket socket = shards.open(0, Subprotocol.JSON, null, "other");
        String id = Shards.connectionId(socket);
        assertReport(0, 0, 0, send(G));
        assertReport(0, 0, 0, send(Selector.connection("elsewhere", id)));
        assertReport(1, 0, 0, send(Selector.connection(Shards.HUB, id)));
        socket.cut();
        await().until(() -> shards.metrics.count("closed") == 1);
        assertReport(0, 0, 0, send(Selector.connection(Shards.HUB, id)));
    }

    @Test
    void onlyThoseWhoAreMeantCount() throws Exception {
        List<FakeSocket> sockets = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            sockets.add(shards.open(i % 3, Subprotocol.JSON, "user" + i % 2, "g"));
        }
        Selector meant =
                G.where(FilterParser.parse("userId eq 'user0'")).without(Set.of(Shards.connectionId(sockets.get(0))));
        assertReport(2, 0, 0, send(meant));
        assertEquals(List.of(), texts(sockets.get(0)));
        assertEquals(List.of("hello"), texts(sockets.get(2)));
    }

    @Test
    void aLargeGroupIsCountedToTheLastMember() throws Exception {
        int large = 2 * FanOuts.SLICE + 100;
        for (int i = 0; i < large; i++) {
            shards.open(0, Subprotocol.JSON, null, "g");
        }
        for (int i = 0; i < 10; i++) {
            shards.open(1, Subprotocol.JSON_RELIABLE, null, "g").cut();
        }
        await().until(() -> shards.metrics.count("detached CONNECTION_LOST") == 10);
        List<Future<OperationResult>> answers =
                IntStream.range(0, 5).mapToObj(i -> send(G)).toList();
        for (Future<OperationResult> answer : answers) {
            assertReport(large, 10, 0, answer);
        }
    }

    @Test
    void whoLeavesALargeGroupOnTheWayIsServedBeforeOrNotCounted() throws Exception {
        List<FakeSocket> sockets = new ArrayList<>();
        for (int i = 0; i < 3 * FanOuts.SLICE; i++) {
            sockets.add(shards.open(0, Subprotocol.JSON, null, "g"));
        }
        FakeSocket fast = sockets.get(sockets.size() - 1);
        fast.onFrame(() -> sockets.subList(0, 50).forEach(FakeSocket::cut));
        OperationResult operationResult = Shards.get(send(G));
        long received =
                sockets.stream().filter(socket -> !texts(socket).isEmpty()).count();
        assertEquals(received, operationResult.deliveryReport().written());
        assertEquals(operationResult.matched(), operationResult.deliveryReport().written());
    }

    @Test
    void whatTheKernelHasNotTakenIsAwaited() throws Exception {
        FakeSocket plain = shards.open(0, Subprotocol.JSON, null, "g");
        FakeSocket reliable = shards.open(1, Subprotocol.JSON_RELIABLE, null, "g");
        plain.holdBack(true);
        reliable.holdBack(true);
        Future<OperationResult> answer = send(G);
        await().until(() -> texts(plain).size() + texts(reliable).size() == 2);
        plain.holdBack(false);
        assertReport(1, 0, 0, send(Selector.connection(Shards.HUB, Shards.connectionId(plain))));
        assertFalse(answer.isComplete());
        reliable.holdBack(false);
        assertReport(2, 0, 0, answer);
    }

    @Test
    void whoReadsSlowlyIsAwaitedAndThenHasIt() throws Exception {
        FakeSocket plain = shards.open(0, Subprotocol.JSON, null, "g");
        FakeSocket reliable = shards.open(1, Subprotocol.JSON_RELIABLE, null, "g");
        plain.writable(false);
        reliable.writable(false);
        Future<OperationResult> answer = send(G);
        await().until(() -> shards.broker.inFlightBytes() == 0);
        plain.writable(true);
        await().until(() -> texts(plain).size() == 1);
        assertFalse(answer.isComplete());
        reliable.writable(true);
        assertReport(2, 0, 0, answer);
        assertEquals(List.of("hello"), texts(reliable));
    }

    @Test
    void whoIsStillSlowWhenTheTimeIsOverHasItQueued() throws Exception {
        FakeSocket plain = shards.open(0, Subprotocol.JSON, null, "g");
        FakeSocket reliable = shards.open(1, Subprotocol.JSON_RELIABLE, null, "g");
        shards.open(2, Subprotocol.JSON, null, "g");
        plain.writable(false);
        reliable.writable(false);
        assertReport(1, 2, 0, send(G, "hello", 100));
        plain.writable(true);
        reliable.writable(true);
        await().until(() -> texts(plain).size() == 1 && texts(reliable).size() == 1);
    }

    @Test
    void aSessionWithoutASocketHasItQueuedAtOnce() throws Exception {
        FakeSocket socket = shards.open(0, Subprotocol.JSON_RELIABLE, null, "g");
        Claim claim = Shards.claim(socket);
        socket.cut();
        await().until(() -> shards.metrics.count("detached CONNECTION_LOST") == 1);
        assertReport(0, 1, 0, send(G));
        FakeSocket fresh = shards.recover(1, claim);
        await().until(() -> texts(fresh).equals(List.of("hello")));
    }

    @Test
    void aReliableClientThatIsLostOnTheWayHasItQueued() throws Exception {
        FakeSocket slow = shards.open(0, Subprotocol.JSON_RELIABLE, null, "g");
        FakeSocket full = shards.open(1, Subprotocol.JSON_RELIABLE, null, "g");
        slow.writable(false);
        full.holdBack(true);
        Future<OperationResult> answer = send(G);
        await().until(() -> shards.broker.inFlightBytes() == 0);
        slow.cut();
        full.cut();
        assertReport(0, 2, 0, answer);
    }

    @Test
    void aPlainClientThatIsLostOnTheWayDoesNotGetIt() throws Exception {
        for (boolean inKernel : new boolean[] {true, false}) {
            FakeSocket socket = shards.open(0, Subprotocol.JSON, null, "g");
            socket.holdBack(inKernel);
            socket.writable(inKernel);
            Future<OperationResult> answer = send(G);
            await().until(() -> shards.broker.inFlightBytes() == 0);
            socket.cut();
            assertDropped(socket, ErrorCode.REMOTELY_CLOSED, answer);
        }
    }

    @Test
    void whatIsAcknowledgedWasWrittenWhateverTheKernelSays() throws Exception {
        FakeSocket socket = shards.open(0, Subprotocol.JSON_RELIABLE, null, "g");
        socket.writable(false);
        Future<OperationResult> answer = send(G);
        await().until(() -> shards.broker.inFlightBytes() == 0);
        socket.say("{\"type\":\"sequenceAck\",\"sequenceId\":1}");
        assertReport(1, 0, 0, answer);
    }

    @Test
    void whatExpiredWhileItWaitedIsDropped() throws Exception {
        for (Subprotocol subprotocol : List.of(Subprotocol.JSON, Subprotocol.JSON_RELIABLE)) {
            FakeSocket socket = shards.open(0, subprotocol, null, subprotocol.name());
            socket.writable(false);
            Message message = Message.fromServer(Payload.text("old"), Map.of(), shards.wallMillis.get() + 1000);
            Future<OperationResult> answer =
                    origin.publishAndReport(Selector.group(Shards.HUB, subprotocol.name()), message, LONG);
            await().until(() -> shards.broker.inFlightBytes() == 0);
            shards.pass(1000);
            socket.writable(true);
            assertDropped(socket, ErrorCode.EXPIRED, answer);
        }
    }

    @Test
    void whoIsClosedAsASlowConsumerDoesNotGetIt() throws Exception {
        shards.close();
        shards = new Shards(2, d -> new Shards.Limits(0, 10, 1000, 2000, 100, d.inFlightBytes()));
        origin = shards.origin();
        FakeSocket plain = shards.open(0, Subprotocol.JSON, null, "plain");
        plain.writable(false);
        Future<OperationResult> first = send(Selector.group(Shards.HUB, "plain"), "x".repeat(600), LONG);
        Future<OperationResult> second = send(Selector.group(Shards.HUB, "plain"), "y".repeat(600), LONG);
        assertDropped(plain, ErrorCode.SLOW_CONSUMER, first);
        assertDropped(plain, ErrorCode.SLOW_CONSUMER, second);

        FakeSocket reliable = shards.open(0, Subprotocol.JSON_RELIABLE, null, "reliable");
        reliable.writable(false);
        Selector target = Selector.group(Shards.HUB, "reliable");
        Future<OperationResult> fits = send(target, "x".repeat(600), LONG);
        assertReport(0, 1, 0, send(target, "y".repeat(600), LONG)); // disconnected, and kept for it
        assertReport(0, 1, 0, fits);
        assertDropped(reliable, ErrorCode.SLOW_CONSUMER, send(target, "z".repeat(1000), LONG));
    }

    @Test
    void whoIsClosedByUsWhileItWaitsDoesNotGetIt() throws Exception {
        for (Subprotocol subprotocol : List.of(Subprotocol.JSON, Subprotocol.JSON_RELIABLE)) {
            FakeSocket socket = shards.open(0, subprotocol, null, "g");
            socket.writable(false);
            Future<OperationResult> answer = send(G);
            await().until(() -> shards.broker.inFlightBytes() == 0);
            shards.ask(Selector.hub(Shards.HUB), new Operation.Close(CloseReason.CLOSED_BY_API, "enough"));
            assertDropped(socket, ErrorCode.CLOSED, answer);
        }
    }

    @Test
    void aFaultOfOursIsToldAndTheOthersGetIt() throws Exception {
        FakeSocket faulty = shards.open(0, Subprotocol.JSON, null, "g");
        shards.open(0, Subprotocol.JSON, null, "g");
        faulty.fail(new IllegalStateException("thrown on purpose"));
        Future<OperationResult> answer = send(G);
        assertReport(1, 0, 1, answer);
        assertEquals(
                ErrorCode.INTERNAL,
                answer.result().deliveryReport().failures().get(0).error());
    }

    @Test
    void aConnectionWhoseSocketIsNotThereYetDoesNotGetIt() throws Exception {
        Promise<Void> hold = Promise.promise();
        shards.open(1, Subprotocol.JSON, null, "g"); // registers the address
        shards.subscriptions.subscribing = address -> hold.future();
        Promise<InboundEntry> entering = shards.enter(0, Subprotocol.JSON, null, "g");
        await().until(() -> shards.ask(G, new Operation.Count()).matched() == 2);
        Future<OperationResult> answer = send(G);
        assertReport(1, 0, 1, answer);
        assertEquals(
                ErrorCode.CONNECTIVITY,
                answer.result().deliveryReport().failures().get(0).error());
        hold.complete();
        InboundEntry inboundEntry = Shards.get(entering.future());
        shards.on(0, () -> {
            inboundEntry.abandon();
            return true;
        });
    }

    @Test
    void aSessionOnItsWayIsCountedOnceWhereItArrives() throws Exception {
        FakeSocket old = shards.open(0, Subprotocol.JSON_RELIABLE, null, "g");
        Claim claim = Shards.claim(old);
        Promise<Void> claiming = Promise.promise();
        Promise<Void> subscribing = Promise.promise();
        shards.subscriptions.claiming = claiming.future();
        shards.subscriptions.subscribing = address -> subscribing.future();
        FakeSocket fresh = shards.recover(1, claim);
        await().until(() -> shards.metrics.count("detached TAKEN_OVER") == 1);
        Future<OperationResult> early = send(G, "early", LONG);
        await().until(() -> shards.broker.inFlightBytes() == 0);
        assertFalse(early.isComplete());
        claiming.complete();
        await().until(() -> texts(fresh).equals(List.of("early")));
        Future<OperationResult> late = send(G, "late", LONG);
        await().until(() -> texts(fresh).equals(List.of("early", "late")));
        subscribing.complete();
        assertReport(1, 0, 0, early);
        assertReport(1, 0, 0, late);
    }

    @Test
    void aSessionThatGoesFromLoopToLoopIsCountedOnceForEachMessage() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        FakeSocket socket = shards.open(0, Subprotocol.JSON_RELIABLE, null, "g");
        Claim claim = Shards.claim(socket);
        List<FakeSocket> sockets = new ArrayList<>(List.of(socket));
        List<Future<OperationResult>> answers = new ArrayList<>();
        Set<String> expected = new TreeSet<>();
        for (int i = 0; i < 600; i++) {
            expected.add("m" + i);
            answers.add(send(G, "m" + i, LONG));
            if (random.nextInt(20) == 0) {
                sockets.add(shards.recover(random.nextInt(3), claim));
            }
        }
        for (Future<OperationResult> answer : answers) {
            OperationResult told = Shards.get(answer);
            assertEquals(1, told.matched());
            assertEquals(0, told.deliveryReport().dropped());
            assertEquals(0, told.unreachable());
        }
        await().untilAsserted(() -> {
            Set<String> received = new TreeSet<>();
            sockets.forEach(each -> received.addAll(texts(each)));
            assertEquals(expected, received);
        });
    }

    @Test
    void whoWantsAReportOvertakesNobodyAndIsNotOvertaken() throws Exception {
        FakeSocket socket = shards.open(0, Subprotocol.JSON, null, "g");
        List<String> expected = new ArrayList<>();
        List<Future<OperationResult>> answers = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            expected.add("m" + i);
            if (i % 3 == 0) {
                answers.add(send(G, "m" + i, LONG));
            } else {
                origin.publish(G, Shards.text("m" + i));
            }
        }
        for (Future<OperationResult> answer : answers) {
            assertReport(1, 0, 0, answer);
        }
        await().until(() -> texts(socket).size() == 300);
        assertEquals(expected, texts(socket));
    }
}
