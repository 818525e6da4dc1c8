package dev.fanfare.broker.bus;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.IncompatibleNodeException;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.handover.HandoverMessage;
import dev.fanfare.broker.routing.Hello;
import dev.fanfare.broker.wire.OperationRequest;
import dev.fanfare.cluster.Cluster;
import dev.fanfare.cluster.ClusterOptions;
import dev.fanfare.cluster.ClusterTls;
import dev.fanfare.cluster.Refusals;
import dev.fanfare.config.Config;
import dev.fanfare.core.ConnectionId;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.testkit.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Brokers of three nodes, with the grid and the bus as in production, in one process. */
class ClusteredBrokerIT {

    private static final int NODES = 3;
    private static final int PLACES = NODES + 1;
    private static final int SLOTS = Config.DEFAULT.groups().slots();
    private static final long IN_FLIGHT = 1_000_000;

    /** Longer than any test: what waits for this timeout fails. */
    private static final long ASK_MILLIS = 600_000;

    private List<Integer> ports = List.of();
    private final List<Cluster> clusters = new ArrayList<>();
    private final List<EventBusBroker> brokers = new ArrayList<>();
    private final List<FakeSubscriber> subscribers = new ArrayList<>();
    private final Map<String, Integer> seen = new HashMap<>();
    private final Map<FakeSubscriber, Integer> settled = new HashMap<>();

    @BeforeEach
    void start() throws Exception {
        ports = FreePorts.take(2 * PLACES);
        for (int i = 0; i < NODES; i++) {
            EventBusBroker broker = open(i, SLOTS);
            get(broker.start(clusters.get(i)::join));
            FakeSubscriber subscriber = new FakeSubscriber();
            subscribers.add(subscriber);
            get(broker.attach(subscriber));
        }
    }

    /** A broker that is on the bus and not yet a member. */
    private EventBusBroker open(int place, int slots) throws Exception {
        ClusterOptions clusterOptions = ClusterOptions.at("127.0.0.1", ClusterTls.derived(List.of("a-key")))
                .withPorts(ports.get(place), ports.get(PLACES + place))
                // The first one knows of no other, for which it would wait.
                .withMembers(ports.stream()
                        .limit(place == 0 ? 1 : PLACES)
                        .map(port -> "127.0.0.1:" + port)
                        .toArray(String[]::new));
        String id = "node" + place;
        Cluster cluster = get(Cluster.open(
                Vertx.builder(),
                new VertxOptions().setEventLoopPoolSize(2),
                clusterOptions,
                id,
                InstantSource.system(),
                new Refusals(refusal -> {}),
                EventBusBroker::prepare));
        clusters.add(cluster);
        EventBusBroker broker = new EventBusBroker(
                cluster.vertx(),
                id,
                cluster::members,
                new EventBusBroker.Settings(slots, 1000, IN_FLIGHT, ASK_MILLIS, 60_000));
        brokers.add(broker);
        return broker;
    }

    @Test
    void aNodeAnswersBeforeItIsAMember() throws Exception {
        EventBusBroker late = open(NODES, SLOTS);
        Cluster cluster = clusters.get(NODES);
        AtomicInteger membersBefore = new AtomicInteger();
        get(late.start(() -> {
            membersBefore.set(brokers.get(0).members());
            DeliveryOptions hello = new DeliveryOptions().setCodecName(BusCodecs.HELLO);
            return cluster.vertx()
                    .eventBus()
                    .request(
                            Addresses.node("node" + NODES),
                            new Framed<>(new Hello(WireVersions.OURS, "new", SLOTS, 0), 1),
                            hello)
                    .compose(answer -> cluster.join());
        }));
        assertEquals(NODES, membersBefore.get());
        assertEquals(NODES + 1, late.members());
        assertEquals(0, late.silentMembers());
    }

    @Test
    void aNodeThatDoesNotAgreeIsRefusedWhileOthersStart() throws Exception {
        EventBusBroker differs = open(NODES, SLOTS / 2);
        Throwable refusal = assertThrows(ExecutionException.class, () -> get(differs.start(clusters.get(NODES)::join)))
                .getCause();
        assertInstanceOf(IncompatibleNodeException.class, refusal);
    }

    @AfterEach
    void stop() throws Exception {
        for (Cluster cluster : clusters) {
            get(cluster.vertx().close());
        }
    }

    @Test
    void aPublicationToASmallGroupReachesHardlyMoreThanItsNode() throws Exception {
        int groups = 6_000;
        List<Future<Void>> joins = new ArrayList<>();
        for (int i = 0; i < groups; i++) {
            EventBusBroker broker = brokers.get(i % NODES);
            joins.add(broker.subscribe(subscribers.get(i % NODES), broker.groupSlot("hub", "g" + i)));
        }
        for (Future<Void> join : joins) {
            get(join);
        }
        for (int node = 0; node < NODES; node++) {
            assertEquals(distinctSlots(node, groups), brokers.get(node).registeredSlots());
        }
        Broker.Origin origin = brokers.get(0).origin();
        int elsewhere = 0;
        for (int i = 0; i < groups; i++) {
            if (i % NODES != 0) {
                elsewhere++;
            }
            while (!brokers.get(0).writable()) {
                settleAll();
            }
            origin.publish(Selector.group("hub", "g" + i), text(String.valueOf(i)));
        }
        await().until(() -> {
            settleAll();
            return seen.size() == groups;
        });
        long sent = brokers.get(0).nodeTraffic().sent();
        long wasted = sent - elsewhere;
        System.out.println("publications=" + groups + " sent=" + sent + " needed=" + elsewhere);
        assertTrue(wasted < 0.25 * groups, () -> "wasted " + wasted);
    }

    private long distinctSlots(int node, int groups) {
        return IntStream.range(0, groups)
                .filter(i -> i % NODES == node)
                .mapToObj(i -> brokers.get(node).groupSlot("hub", "g" + i))
                .distinct()
                .count();
    }

    private void settleAll() {
        for (int i = 0; i < NODES; i++) {
            FakeSubscriber subscriber = subscribers.get(i);
            int to = subscriber.deliveries.size();
            for (int d = settled.getOrDefault(subscriber, 0); d < to; d++) {
                Delivery delivery = subscriber.deliveries.get(d);
                brokers.get(i).settled(delivery.weight());
                seen.merge(text(delivery), 1, Integer::sum);
            }
            settled.put(subscriber, to);
        }
    }

    @Test
    void theOrderOfEachOriginIsKeptOnEveryNode() throws Exception {
        for (int i = 0; i < NODES; i++) {
            get(brokers.get(i).subscribe(subscribers.get(i), brokers.get(i).groupSlot("hub", "g")));
        }
        List<Thread> publishers = new ArrayList<>();
        for (int p = 0; p < 4; p++) {
            Broker.Origin origin = brokers.get(p % 2).origin();
            Thread publisher = new Thread(() -> {
                for (int i = 0; i < 1000; i++) {
                    origin.publish(Selector.group("hub", "g"), text("x"));
                }
            });
            publishers.add(publisher);
            publisher.start();
        }
        for (Thread publisher : publishers) {
            publisher.join();
        }
        for (FakeSubscriber subscriber : subscribers) {
            await().until(() -> subscriber.deliveries.size() == 4000);
            Map<Long, Long> last = new HashMap<>();
            for (Delivery delivery : subscriber.deliveries) {
                Publication publication = delivery.publication();
                assertEquals(last.getOrDefault(publication.origin(), 0L) + 1, publication.sequence());
                last.put(publication.origin(), publication.sequence());
            }
        }
    }

    @Test
    void publishersWaitForASlowNodeAndContinueWhenItHasCaughtUp() throws Exception {
        get(brokers.get(1).subscribe(subscribers.get(1), brokers.get(1).groupSlot("hub", "g")));
        Broker.Origin origin = brokers.get(0).origin();
        int sent = 0;
        while (brokers.get(0).writable()) {
            origin.publish(Selector.group("hub", "g"), text("z".repeat(10_000)));
            sent++;
            int expected = sent;
            if (sent <= 100) {
                await().until(() -> subscribers.get(1).deliveries.size() == expected);
            }
        }
        assertTrue(sent > 100);
        int all = sent;
        await().until(() -> subscribers.get(1).deliveries.size() == all);
        assertFalse(brokers.get(0).writable());
        subscribers.get(1).deliveries.forEach(delivery -> brokers.get(1).settled(delivery.weight()));
        await().until(() -> brokers.get(0).writable());
        await().until(() -> subscribers.get(0).resumed.get() == 1);
        await().until(() -> brokers.stream().allMatch(broker -> broker.inFlightBytes() == 0));
    }

    @Test
    void oneConnectionIsReachedOnItsNodeFromAnyOther() throws Exception {
        String connection = ConnectionId.create(new Random(1), "node2");
        brokers.get(0).origin().publish(Selector.connection("hub", connection), text("hello"));
        await().until(() -> subscribers.get(2).deliveries.size() == 1);
        assertEquals(1, brokers.get(0).nodeTraffic().sent());
        subscribers.get(2).answers = () -> Future.succeededFuture(OperationResult.matched(1));
        OperationResult operationResult =
                get(brokers.get(1).ask(Selector.connection("hub", connection), new Operation.Count()));
        assertEquals(OperationResult.matched(1), operationResult);
    }

    /** The directory of each of two nodes names the other one as the owner. */
    @Test
    void whatFollowsASessionInACircleIsAnsweredByTheNodeWhereItStops() throws Exception {
        String connection = ConnectionId.create(new Random(1), "node0");
        AtomicInteger asked = new AtomicInteger();
        subscribers.get(0).answers = () -> {
            asked.incrementAndGet();
            return Future.succeededFuture(OperationResult.matched(1));
        };
        AtomicInteger asks = new AtomicInteger();
        for (Cluster cluster : clusters) {
            cluster.vertx().eventBus().addInboundInterceptor(message -> {
                if (message.message().body() instanceof Framed<?> framed
                        && framed.value() instanceof OperationRequest) {
                    asks.incrementAndGet();
                }
                message.next();
            });
        }
        DeliveryOptions handover = new DeliveryOptions().setCodecName(BusCodecs.HANDOVER);
        for (int node = 0; node < 2; node++) {
            HandoverMessage.OwnerChanged ownerChanged =
                    new HandoverMessage.OwnerChanged("node" + (1 - node), connection);
            get(clusters.get(2)
                    .vertx()
                    .eventBus()
                    .request(Addresses.node("node" + node), new Framed<>(ownerChanged, 1), handover));
        }
        Operation done = new Operation.EventDone(1, text("the answer"), null, "", "state");
        assertEquals(OperationResult.matched(1), get(brokers.get(2).ask(Selector.connection("hub", connection), done)));
        assertEquals(1, asked.get());
        assertEquals(5, asks.get(), "it was handed on four times");
    }

    @Test
    void operationsReachTheConnectionsOfAllNodes() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        subscribers.forEach(subscriber -> subscriber.answers = () -> {
            asked.incrementAndGet();
            return Future.succeededFuture(OperationResult.matched(2));
        });
        assertEquals(OperationResult.matched(6), get(brokers.get(1).ask(Selector.hub("hub"), new Operation.Count())));
        assertEquals(3, asked.get());
    }

    @Test
    void aNodeThatLeavesIsNotWaitedFor() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        subscribers.get(1).answers = () -> Future.succeededFuture(OperationResult.matched(1));
        subscribers.get(2).answers = () -> {
            asked.incrementAndGet();
            return Promise.<OperationResult>promise().future();
        };
        EventBusBroker broker = brokers.get(0);
        Selector one = Selector.connection("hub", ConnectionId.create(new Random(1), "node2"));
        Future<OperationResult> ofAll = broker.ask(Selector.hub("hub"), new Operation.Count());
        Future<OperationResult> ofOne = broker.ask(one, new Operation.Count());
        await().until(() -> asked.get() == 2);
        get(clusters.get(2).vertx().close());
        assertEquals(OperationResult.matched(1), get(ofAll));
        assertEquals(OperationResult.matched(1), get(ofOne), "its session may have moved before");
        assertEquals(OperationResult.matched(1), get(broker.ask(one, new Operation.Count())));
        assertFalse(broker.others().contains("node2"));
    }

    @Test
    void whatCannotBeUnderstoodIsCountedAndTheNextMessageIs() throws Exception {
        get(brokers.get(1).subscribe(subscribers.get(1), brokers.get(1).groupSlot("hub", "g")));
        clusters.get(0).vertx().eventBus().send(Addresses.node("node1"), "not one of ours");
        brokers.get(0).origin().publish(Selector.group("hub", "g"), text("x"));
        await().until(() -> subscribers.get(1).deliveries.size() == 1);
        assertEquals(1, brokers.get(1).nodeTraffic().refused());
    }

    private static String text(Delivery delivery) {
        return new String(delivery.publication().message().payload().bytes(), java.nio.charset.StandardCharsets.UTF_8);
    }

    private static Message text(String text) {
        return Message.fromServer(Payload.text(text), Map.of(), Message.NEVER);
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
