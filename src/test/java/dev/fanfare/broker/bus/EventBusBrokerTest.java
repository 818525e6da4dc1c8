package dev.fanfare.broker.bus;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.DeliveryReport;
import dev.fanfare.broker.DeliveryReportCollector;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.Subscriptions;
import dev.fanfare.broker.handover.HandoverMessage;
import dev.fanfare.broker.routing.Hello;
import dev.fanfare.broker.routing.ReceivedMarks;
import dev.fanfare.broker.routing.RoutingMessage;
import dev.fanfare.broker.routing.SubscriptionSet;
import dev.fanfare.broker.wire.RemoteEnvelope;
import dev.fanfare.broker.wire.Wire;
import dev.fanfare.core.ConnectionId;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.AckIds;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.core.session.Retention;
import dev.fanfare.core.session.SessionState;
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.core.session.Unacknowledged;
import dev.fanfare.testkit.Endurance;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The broker over a real event bus. */
class EventBusBrokerTest {

    private static final String NODE = "node1";
    private static final long IN_FLIGHT = 1_000_000;
    private static final Operation COUNT = new Operation.Count();

    private final Vertx vertx = Vertx.vertx();
    private final List<String> nodes = new ArrayList<>(List.of(NODE));
    private final EventBusBroker broker =
            new EventBusBroker(vertx, NODE, () -> nodes, new EventBusBroker.Settings(16, 0, IN_FLIGHT, 2000, 0));
    private final FakeSubscriber first = new FakeSubscriber();
    private final FakeSubscriber second = new FakeSubscriber();

    @BeforeEach
    void start() throws Exception {
        get(broker.start());
        get(broker.attach(first));
        get(broker.attach(second));
    }

    @AfterEach
    void stop() throws Exception {
        get(vertx.close());
    }

    @Test
    void whatIsPublishedAfterTheAcknowledgedSubscriptionArrives() throws Exception {
        Broker.Origin origin = broker.origin();
        for (int i = 0; i < 300; i++) {
            String group = "g" + i;
            get(broker.subscribe(first, broker.groupSlot("hub", group)));
            origin.publish(Selector.group("hub", group), text("x"));
        }
        await().until(() -> first.deliveries.size() == 300);
        assertEquals(0, second.deliveries.size());
    }

    @Test
    void oneSubscriberHearsOfAnAddressOnceHoweverOftenItSubscribed() throws Exception {
        int slot = broker.groupSlot("hub", "g");
        get(broker.subscribe(first, slot));
        get(broker.subscribe(first, slot));
        get(broker.subscribe(second, slot));
        broker.origin().publish(Selector.group("hub", "g"), text("x"));
        await().until(() -> second.deliveries.size() == 1);
        assertEquals(1, first.deliveries.size());
    }

    @Test
    void allSubscribersShareOneDelivery() throws Exception {
        get(broker.subscribe(first, broker.hubSlot("hub")));
        get(broker.subscribe(second, broker.hubSlot("hub")));
        broker.origin().publish(Selector.hub("hub"), text("x"));
        await().until(() -> second.deliveries.size() == 1);
        assertTrue(first.deliveries.get(0) == second.deliveries.get(0));
    }

    @Test
    void unknownKindsAreCountedAndTheirRequestsFailAtOnce() {
        vertx.eventBus().registerCodec(new AsIs());
        DeliveryOptions options = new DeliveryOptions().setCodecName(AsIs.NAME).setSendTimeout(60_000);
        for (MessageKind messageKind : MessageKind.values()) {
            Future<?> reply = vertx.eventBus()
                    .request(Addresses.node(NODE), new Unread(messageKind, true), options)
                    .mapEmpty();
            await().until(reply::failed);
            assertEquals(ReplyFailure.RECIPIENT_FAILURE, ((ReplyException) reply.cause()).failureType());
            assertEquals(1, broker.nodeTraffic().unknown(messageKind));
        }
        assertEquals(0, broker.nodeTraffic().refused());
        vertx.eventBus().send(Addresses.node(NODE), new Unread(MessageKind.ROUTING, false), options);
        await().until(() -> broker.nodeTraffic().refused() == 1);
    }

    /** Delivers what a codec has made of bytes. */
    private static final class AsIs implements MessageCodec<Object, Object> {

        static final String NAME = "as is";

        @Override
        public void encodeToWire(Buffer buffer, Object message) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Object decodeFromWire(int position, Buffer buffer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Object transform(Object message) {
            return message;
        }

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }

    @Test
    void nodesWithoutACommonVersionAreRefusedAndSentNothing() throws Exception {
        List<Object> heard = new CopyOnWriteArrayList<>();
        get(vertx.eventBus()
                .consumer(Addresses.node("node2"), message -> heard.add(message.body()))
                .completion());
        WireVersions later = new WireVersions(200, 200);
        DeliveryOptions options = new DeliveryOptions().setCodecName(BusCodecs.HELLO);
        Framed<?> answer = (Framed<?>)
                get(vertx.eventBus().request(Addresses.node(NODE), framed(new Hello(later, "node2", 16, 0)), options))
                        .body();
        assertEquals(WireVersions.OURS, ((Hello) answer.value()).versions());
        assertEquals(1, broker.incompatibleMembers());
        DeliveryOptions remote = new DeliveryOptions().setCodecName(BusCodecs.REMOTE);
        Publication publication = new Publication(Selector.group("hub", "g"), text("x"), 1, 1, 0);
        get(broker.subscribe(first, broker.groupSlot("hub", "g")));
        vertx.eventBus()
                .send(
                        Addresses.node(NODE),
                        framed(new RemoteEnvelope("node2", 1000, Wire.encode(publication, 1))),
                        remote);
        await().until(() -> broker.nodeTraffic().refused() == 1);
        assertEquals(List.of(), first.deliveries);
        broker.sendNote("node2", out -> out.writeByte(1));
        broker.origin().publish(Selector.group("hub", "g"), text("mine"));
        await().until(() -> first.deliveries.size() == 1);
        assertEquals(List.of(), heard);
    }

    private static <T> Framed<T> framed(T message) {
        return new Framed<>(message, WireVersions.OURS.current());
    }

    @Test
    void aNodeThatHasLeftSaysNothingMore() throws Exception {
        List<Object> heard = new CopyOnWriteArrayList<>();
        get(vertx.eventBus()
                .consumer(Addresses.node("node2"), message -> heard.add(message.body()))
                .completion());
        DeliveryOptions routing = new DeliveryOptions().setCodecName(BusCodecs.ROUTING);
        String address = Addresses.node(NODE);
        get(broker.subscribe(first, broker.groupSlot("hub", "g")));
        vertx.eventBus()
                .send(
                        address,
                        framed(new RoutingMessage.Heartbeat(
                                "node2", WireVersions.OURS, SubscriptionSet.NOTHING, true, 0, 0, 0)),
                        routing);
        Publication large = new Publication(Selector.group("hub", "g"), text("x".repeat((int) IN_FLIGHT + 1)), 1, 1, 0);
        vertx.eventBus()
                .send(
                        address,
                        framed(new RemoteEnvelope("node2", large.weight(), Wire.encode(large, 1))),
                        new DeliveryOptions().setCodecName(BusCodecs.REMOTE));
        await().until(() -> first.deliveries.size() == 1);
        for (String deployed : vertx.deploymentIDs()) {
            get(vertx.undeploy(deployed));
        }
        broker.settled(first.deliveries.get(0).weight());
        get(broker.detach(new FakeSubscriber())); // runs behind the resulting work
        vertx.eventBus().send(Addresses.node("node2"), "end");
        await().until(() -> heard.contains("end"));
        assertEquals(
                List.of(framed(new RoutingMessage.Leave(NODE)), "end"), heard.subList(heard.size() - 2, heard.size()));
    }

    /** So many gaps that the first counts as lost at once. */
    @Test
    void whatAnotherNodeSentAndDidNotArriveIsCounted() throws Exception {
        get(vertx.eventBus().consumer(Addresses.node("node2"), message -> {}).completion());
        DeliveryOptions routing = new DeliveryOptions().setCodecName(BusCodecs.ROUTING);
        DeliveryOptions remote = new DeliveryOptions().setCodecName(BusCodecs.REMOTE);
        String address = Addresses.node(NODE);
        Publication publication = new Publication(Selector.group("hub", "g"), text("x"), 1, 1, 0);
        vertx.eventBus()
                .send(
                        address,
                        framed(new RoutingMessage.Heartbeat(
                                "node2", WireVersions.OURS, SubscriptionSet.NOTHING, true, 0, 0, 0)),
                        routing);
        long mark = 0;
        for (int i = 0; i <= ReceivedMarks.MAX_GAPS; i++) {
            mark += 7 + publication.weight();
            vertx.eventBus()
                    .send(address, framed(new RemoteEnvelope("node2", mark, Wire.encode(publication, 1))), remote);
        }
        vertx.eventBus()
                .send(
                        address,
                        framed(new RoutingMessage.Heartbeat(
                                "node2", WireVersions.OURS, SubscriptionSet.NOTHING, true, 0, mark, 0)),
                        routing);
        await().until(() -> broker.nodeTraffic().missedBytes() > 0);
        assertEquals(7, broker.nodeTraffic().missedBytes());
    }

    @Test
    void anAddressWithoutSubscribersIsGivenUpAfterAWhile() throws Exception {
        int before = broker.registeredSlots();
        int slot = broker.groupSlot("hub", "g");
        get(broker.subscribe(first, slot));
        assertEquals(before + 1, broker.registeredSlots());
        broker.unsubscribe(first, slot);
        await().until(() -> broker.registeredSlots() == before);
        get(broker.subscribe(first, slot));
        broker.origin().publish(Selector.group("hub", "g"), text("again"));
        await().until(() -> first.deliveries.size() == 1);
    }

    @Test
    void theOrderOfOneOriginIsKeptAcrossGroupsWhileOthersPublish() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        for (int group = 0; group < 8; group++) {
            get(broker.subscribe(first, broker.groupSlot("hub", "g" + group)));
        }
        List<Thread> publishers = new ArrayList<>();
        for (int p = 0; p < 4; p++) {
            Random random = new Random(seed + p);
            Broker.Origin origin = broker.origin();
            Thread publisher = new Thread(() -> {
                for (int i = 0; i < 2000; i++) {
                    origin.publish(Selector.group("hub", "g" + random.nextInt(8)), text("x"));
                }
            });
            publishers.add(publisher);
            publisher.start();
        }
        for (Thread publisher : publishers) {
            publisher.join();
        }
        await().until(() -> first.deliveries.size() == 8000);
        Map<Long, Long> last = new HashMap<>();
        for (Delivery delivery : first.deliveries) {
            Publication publication = delivery.publication();
            assertEquals(last.getOrDefault(publication.origin(), 0L) + 1, publication.sequence());
            last.put(publication.origin(), publication.sequence());
        }
    }

    /** A node that has just been heard may own sessions of this one: what is for single connections passes the registry. */
    @Test
    void theOrderIsKeptBetweenConnectionsThatMayHaveMovedAndGroups() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random targets = new Random(seed);
        get(broker.subscribe(first, broker.groupSlot("hub", "g")));
        get(vertx.eventBus().consumer(Addresses.node("node2"), message -> {}).completion());
        DeliveryOptions routing = new DeliveryOptions().setCodecName(BusCodecs.ROUTING);
        vertx.eventBus()
                .send(
                        Addresses.node(NODE),
                        framed(new RoutingMessage.Heartbeat(
                                "node2", WireVersions.OURS, SubscriptionSet.NOTHING, true, 0, 0, 0)),
                        routing);
        String connection = ConnectionId.create(random, NODE);
        Broker.Origin origin = broker.origin();
        for (int i = 0; i < 5000; i++) {
            origin.publish(
                    targets.nextInt(4) == 0 ? Selector.connection("hub", connection) : Selector.group("hub", "g"),
                    text(""));
        }
        await().until(() -> first.deliveries.size() == 5000);
        for (int i = 0; i < 5000; i++) {
            assertEquals(i + 1, first.deliveries.get(i).publication().sequence());
        }
    }

    /** Until then a publisher may be on its way to a shard that is about to forward its last. */
    @Test
    void aBarrierWaitsForThePublicationsInProgress() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch open = new CountDownLatch(1);
        FakeSubscriber gate = new FakeSubscriber() {
            @Override
            public void deliver(Delivery delivery) {
                entered.countDown();
                try {
                    assertTrue(open.await(60, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        };
        get(broker.subscribe(gate, broker.groupSlot("hub", "g")));
        get(broker.subscribe(first, broker.groupSlot("hub", "g")));
        Broker.Origin origin = broker.origin();
        Thread publisher = new Thread(() -> origin.publish(Selector.group("hub", "g"), text("x")));
        publisher.start();
        assertTrue(entered.await(60, TimeUnit.SECONDS));
        DeliveryOptions handover = new DeliveryOptions().setCodecName(BusCodecs.HANDOVER);
        Future<?> passed =
                vertx.eventBus().request(Addresses.node(NODE), framed(new HandoverMessage.Barrier()), handover);
        await().during(Duration.ofMillis(100)).until(() -> !passed.isComplete());
        open.countDown();
        get(passed);
        assertEquals(1, first.deliveries.size());
        publisher.join();
    }

    @Test
    void nothingIsInFlightAfterAStormInWhichSlotsComeAndGo() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        FakeSubscriber settling = new FakeSubscriber() {
            @Override
            public void deliver(Delivery delivery) {
                broker.settled(delivery.weight());
            }
        };
        get(broker.attach(settling));
        List<Thread> publishers = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Endurance.count(700, 10_000));
        for (int p = 0; p < 2; p++) {
            Broker.Origin origin = broker.origin();
            Random targets = new Random(seed + p + 1);
            Thread publisher = new Thread(() -> {
                while (System.nanoTime() < end) {
                    if (broker.writable()) {
                        origin.publish(Selector.group("hub", "g" + targets.nextInt(4)), text("y".repeat(100)));
                    }
                }
            });
            publishers.add(publisher);
            publisher.start();
        }
        while (System.nanoTime() < end) {
            int slot = broker.groupSlot("hub", "g" + random.nextInt(4));
            get(broker.subscribe(settling, slot));
            broker.unsubscribe(settling, slot);
        }
        for (Thread publisher : publishers) {
            publisher.join();
        }
        await().until(() -> broker.inFlightBytes() == 0);
        assertTrue(broker.writable());
    }

    @Test
    void publishersWaitWhileTooMuchWaitsAndAreToldWhenTheyMayGoOn() throws Exception {
        get(broker.subscribe(first, broker.groupSlot("hub", "g")));
        Broker.Origin origin = broker.origin();
        for (int i = 0; i < 101; i++) {
            origin.publish(Selector.group("hub", "g"), text("z".repeat(10_000)));
        }
        assertFalse(broker.writable());
        await().until(() -> first.deliveries.size() == 101);
        assertFalse(broker.writable());
        assertEquals(0, first.resumed.get());
        first.deliveries.forEach(delivery -> broker.settled(delivery.weight()));
        await().until(() -> second.resumed.get() == 1);
        assertTrue(broker.writable());
        assertEquals(0, broker.inFlightBytes());
    }

    @Test
    void emptyMessagesCount() throws Exception {
        get(broker.subscribe(first, broker.groupSlot("hub", "g")));
        Broker.Origin origin = broker.origin();
        for (int i = 0; i < IN_FLIGHT / 100 && broker.writable(); i++) {
            origin.publish(Selector.group("hub", "g"), text(""));
        }
        assertFalse(broker.writable());
    }

    @Test
    void aReportIsMadeOfWhatAllSubscribersTell() throws Exception {
        get(broker.subscribe(first, broker.groupSlot("hub", "g")));
        get(broker.subscribe(second, broker.groupSlot("hub", "g")));
        Future<OperationResult> answer = report(Selector.group("hub", "g"), 10_000);
        await().until(() -> second.deliveries.size() == 1);
        DeliveryReportCollector deliveryReportCollector = reporting(first.deliveries.get(0));
        deliveryReportCollector.chosen();
        deliveryReportCollector.chosen();
        deliveryReportCollector.written();
        first.deliveries.get(0).release();
        second.deliveries.get(0).release();
        assertFalse(answer.isComplete());
        DeliveryReport.FailedDelivery failedDelivery =
                new DeliveryReport.FailedDelivery("c", ConnectionType.INBOUND, ErrorCode.SLOW_CONSUMER);
        deliveryReportCollector.dropped(failedDelivery);
        assertEquals(
                new OperationResult(2, List.of(), new DeliveryReport(1, 0, 1, List.of(failedDelivery)), null, null, 0),
                get(answer));
        await().until(() -> broker.reports() == 0);
    }

    @Test
    void whatIsNotSettledInTimeIsQueued() throws Exception {
        FakeSubscriber choosing = new FakeSubscriber() {
            @Override
            public void deliver(Delivery delivery) {
                reporting(delivery).chosen();
                delivery.release();
                super.deliver(delivery);
            }
        };
        get(broker.attach(choosing));
        get(broker.subscribe(choosing, broker.groupSlot("hub", "g")));
        Future<OperationResult> answer = report(Selector.group("hub", "g"), 50);
        assertEquals(
                new OperationResult(1, List.of(), new DeliveryReport(0, 1, 0, List.of()), null, null, 0), get(answer));
        reporting(choosing.deliveries.get(0)).written();
        await().until(() -> broker.reports() == 0);
    }

    @Test
    void aNodeThatHasNotBroughtTheMessageToAllInTimeIsUnreachable() throws Exception {
        get(broker.subscribe(first, broker.groupSlot("hub", "g")));
        OperationResult operationResult = get(report(Selector.group("hub", "g"), 50));
        assertEquals(new OperationResult(0, List.of(), null, null, 1), operationResult);
    }

    @Test
    void nodesThatDoNotTellAreUnreachable() throws Exception {
        nodes.add("node2");
        nodes.add("node3");
        assertEquals(2, get(report(Selector.group("hub", "g"), 50)).unreachable());
        String lost = ConnectionId.create(random, "node3");
        // It may be here by now, and the subscribers of this test report nothing, either.
        assertEquals(2, get(report(Selector.connection("hub", lost), 50)).unreachable());
    }

    @Test
    void aReportOfWhatNobodyListensToIsEmptyAndImmediate() throws Exception {
        assertEquals(OperationResult.NONE, get(report(Selector.group("hub", "nobody"), 1_000_000)));
        assertEquals(OperationResult.NONE, get(report(Selector.connection("hub", "no id of ours"), 1_000_000)));
    }

    @Test
    void aReportIsMadeWithNobodyBehindTheAddressAnyMore() throws Exception {
        int slot = broker.groupSlot("hub", "g");
        get(broker.subscribe(first, slot));
        broker.unsubscribe(first, slot);
        get(broker.detach(new FakeSubscriber())); // runs behind it
        assertEquals(OperationResult.NONE, get(report(Selector.group("hub", "g"), 1_000_000)));
    }

    @Test
    void aQuestionWhoseMessageWasLostIsAnsweredAtOnce() throws Exception {
        Operation lost = new Operation.FetchReport(77, 2, 1_000_000);
        assertEquals(1, get(broker.ask(Selector.hub("hub"), lost)).unreachable());
        assertEquals(0, broker.reports());
    }

    @Test
    void theOrderOfOneOriginHoldsWhetherReportsAreWantedOrNot() throws Exception {
        get(broker.subscribe(first, broker.groupSlot("hub", "g")));
        Broker.Origin origin = broker.origin();
        for (int i = 0; i < 500; i++) {
            origin.publish(Selector.group("hub", "g"), text("x"));
            origin.publishAndReport(Selector.group("hub", "g"), text("x"), 100);
        }
        await().until(() -> first.deliveries.size() == 1000);
        for (int i = 0; i < 1000; i++) {
            assertEquals(i + 1, first.deliveries.get(i).publication().sequence());
        }
    }

    private static DeliveryReportCollector reporting(Delivery delivery) {
        return Objects.requireNonNull(delivery.deliveryReportCollector());
    }

    private Future<OperationResult> report(Selector target, int withinMillis) {
        return broker.origin().publishAndReport(target, text("x"), withinMillis);
    }

    @Test
    void answersOfAllSubscribersAreMerged() throws Exception {
        first.answers = () -> Future.succeededFuture(listing("c", "a"));
        second.answers = () -> Future.succeededFuture(listing("b", "d"));
        OperationResult operationResult = ask(Selector.hub("hub"), new Operation.ListMembers(null, 3));
        assertEquals(
                List.of("a", "b", "c"),
                operationResult.members().stream()
                        .map(OperationResult.Member::connectionId)
                        .toList());
        assertEquals(4, operationResult.matched());
        assertEquals(0, operationResult.unreachable());
    }

    @Test
    void aConnectionThatMovedDuringAListingIsListedOnce() throws Exception {
        first.answers = () -> Future.succeededFuture(listing("a", "b"));
        second.answers = () -> Future.succeededFuture(listing("b", "c"));
        OperationResult operationResult = ask(Selector.hub("hub"), new Operation.ListMembers(null, 10));
        assertEquals(
                List.of("a", "b", "c"),
                operationResult.members().stream()
                        .map(OperationResult.Member::connectionId)
                        .toList());
    }

    @Test
    void aSubscriberThatFailsIsAFaultAndTheOthersHaveDoneTheirPart() throws Exception {
        first.answers = () -> Future.failedFuture(new IllegalStateException("a bug"));
        second.answers = () -> Future.succeededFuture(OperationResult.matched(2));
        OperationResult operationResult = ask(Selector.hub("hub"), COUNT);
        assertEquals(ErrorCode.INTERNAL, operationResult.error());
        assertEquals(2, operationResult.matched());
        assertEquals(0, operationResult.unreachable());
    }

    @Test
    void aNodeThatDoesNotAnswerInTimeIsUnreachable() throws Exception {
        first.answers = () -> Promise.<OperationResult>promise().future();
        second.answers = () -> Future.succeededFuture(OperationResult.matched(2));
        OperationResult operationResult = ask(Selector.hub("hub"), COUNT);
        assertEquals(1, operationResult.unreachable());
        assertNull(operationResult.error());
    }

    @Test
    void aNodeThatIsGoneIsUnreachableForThoseItMayHaveHad() throws Exception {
        nodes.add("node2");
        first.answers = () -> Future.succeededFuture(OperationResult.matched(1));
        assertEquals(1, ask(Selector.hub("hub"), COUNT).unreachable());
        String ours = ConnectionId.create(new Random(1), NODE);
        assertEquals(0, ask(Selector.connection("hub", ours), COUNT).unreachable());
    }

    @Test
    void everybodyIsAskedForAConnectionOfANodeThatIsNotThere() throws Exception {
        first.answers = () -> Future.succeededFuture(OperationResult.matched(1));
        String elsewhere = ConnectionId.create(new Random(1), "node9");
        assertEquals(OperationResult.matched(1), ask(Selector.connection("hub", elsewhere), COUNT));
    }

    @Test
    void everybodyIsAskedForAConnectionWhoseIdWasGiven() throws Exception {
        first.answers = () -> Future.succeededFuture(OperationResult.matched(1));
        assertEquals(1, ask(Selector.connection("hub", "feed"), COUNT).matched());
    }

    @Test
    void aMessageForAConnectionWithAGivenIdReachesItsHub() throws Exception {
        get(broker.subscribe(first, broker.hubSlot("hub")));
        Broker.Origin origin = broker.origin();
        origin.publish(Selector.connection("hub", "feed"), text("x"));
        await().until(() -> first.deliveries.size() == 1);
        assertEquals(0, second.deliveries.size());
    }

    @Test
    void aMessageForAConnectionReachesAllSubscribersOfItsNode() throws Exception {
        Broker.Origin origin = broker.origin();
        origin.publish(Selector.connection("hub", ConnectionId.create(new Random(1), NODE)), text("x"));
        await().until(() -> first.deliveries.size() == 1 && second.deliveries.size() == 1);
    }

    @Test
    void aDetachedSubscriberHearsOfNothing() throws Exception {
        get(broker.subscribe(first, broker.hubSlot("hub")));
        get(broker.subscribe(second, broker.hubSlot("hub")));
        get(broker.detach(first));
        broker.origin().publish(Selector.hub("hub"), text("x"));
        await().until(() -> second.deliveries.size() == 1);
        assertEquals(0, first.deliveries.size());
    }

    @Test
    void aSessionIsFoundWhenAnotherSubscriberFailsWithoutTheClaimant() throws Exception {
        FakeSubscriber claimant = new FakeSubscriber();
        get(broker.attach(claimant));
        Claim claim = claim();
        first.sessions = () -> Future.failedFuture(new IllegalStateException("a bug"));
        second.sessions = () -> Future.succeededFuture(Optional.of(state(claim)));
        Subscriptions.Claimed claimed = get(broker.claim(claim, claimant)).orElseThrow();
        get(claimed.release().get());
        assertEquals(List.of(claim.connectionId()), second.released);
        assertEquals(0, claimant.claims.get());
    }

    @Test
    void claimsOfOneSessionComeOneAfterTheOther() throws Exception {
        Claim claim = claim();
        Promise<Optional<SessionState>> hold = Promise.promise();
        second.sessions = hold::future;
        Future<Optional<Subscriptions.Claimed>> one = broker.claim(claim, new FakeSubscriber());
        Future<Optional<Subscriptions.Claimed>> next = broker.claim(claim, first);
        Claim other = claim();
        await().until(() -> second.claims.get() == 1);
        second.sessions = () -> Future.succeededFuture(Optional.empty());
        assertTrue(get(broker.claim(other, first)).isEmpty());
        assertEquals(2, second.claims.get());
        assertFalse(next.isComplete());
        hold.complete(Optional.of(state(claim)));
        Subscriptions.Claimed claimed = get(one).orElseThrow();
        assertTrue(get(next).isEmpty());
        get(broker.release(claimed));
        assertEquals(List.of(claim.connectionId()), second.released);
    }

    @Test
    void aClaimThatFindsNothingLetsTheNextOneTry() throws Exception {
        Claim claim = claim();
        assertTrue(get(broker.claim(claim, first)).isEmpty());
        assertTrue(get(broker.claim(claim, first)).isEmpty());
        assertEquals(2, second.claims.get());
    }

    private final Random random = new Random(7);

    private Claim claim() {
        return new Claim("hub", ConnectionId.create(random, NODE), "token", Subprotocol.JSON_RELIABLE);
    }

    private static SessionState state(Claim claim) {
        return new SessionState(
                new Identity(
                        claim.connectionId(),
                        "hub",
                        null,
                        ConnectionType.INBOUND,
                        "/client/hubs/hub",
                        Subprotocol.JSON_RELIABLE,
                        0),
                new SessionState.ProtocolState(
                        new Permissions(List.of()),
                        new AckIds(1),
                        new Unacknowledged(1, 1, new Retention()),
                        new EventState()),
                SessionState.OwedAnswers.NONE,
                List.of(),
                Long.MAX_VALUE,
                TokenGrant.NONE,
                Map.of());
    }

    private static OperationResult listing(String... ids) {
        List<OperationResult.Member> members = List.of(ids).stream()
                .map(id -> new OperationResult.Member(id, null))
                .toList();
        return new OperationResult(ids.length, members, null, null, 0);
    }

    private OperationResult ask(Selector target, Operation operation) throws Exception {
        return get(broker.ask(target, operation));
    }

    private static Message text(String text) {
        return Message.fromServer(Payload.text(text), Map.of(), Message.NEVER);
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
