package dev.fanfare.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.socket.FakeSocket;
import dev.fanfare.testkit.Endurance;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Publishers put messages into one subscribed shard after the other, without a lock, while sessions move between shards. */
class PublishersHandOverTest {

    private static final int PUBLISHERS = 4;
    private static final int SESSIONS = 3;
    private static final int MOVES = Endurance.count(40, 400);

    @SuppressWarnings("NullAway.Init")
    private Shards shards;

    @BeforeEach
    void start() throws Exception {
        shards = new Shards(3);
    }

    @AfterEach
    void stop() throws Exception {
        shards.close();
    }

    /** A subscriber at which publishers stop on their way from shard to shard. */
    private static final class Gate extends OtherNode {

        private final Map<String, CountDownLatch> closed = new ConcurrentHashMap<>();
        private final Map<String, CountDownLatch> reached = new ConcurrentHashMap<>();

        void close(String text) {
            closed.put(text, new CountDownLatch(1));
            reached.put(text, new CountDownLatch(1));
        }

        void awaitPublisher(String text) throws InterruptedException {
            assertTrue(Objects.requireNonNull(reached.get(text)).await(60, TimeUnit.SECONDS));
        }

        void open(String text) {
            Objects.requireNonNull(closed.get(text)).countDown();
        }

        @Override
        public void deliver(Delivery delivery) {
            String text = new String(delivery.publication().message().payload().bytes(), StandardCharsets.UTF_8);
            CountDownLatch latch = closed.get(text);
            if (latch != null) {
                Objects.requireNonNull(reached.get(text)).countDown();
                try {
                    assertTrue(latch.await(60, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    /** The former shard must not be released before it has the message. */
    @Test
    void aMoveWaitsForAPublisherThatMissedTheNewShard() throws Exception {
        Gate before = subscribe(new Gate());
        before.close("one");
        Claim claim = Shards.claim(shards.connect(0, "g"));
        Thread publisher = publishing("one");
        before.awaitPublisher("one");
        FakeSocket fresh = shards.recover(1, claim);
        awaitRelease();
        before.open("one");
        publisher.join();
        await().until(() -> Shards.texts(fresh).equals(List.of("one")));
    }

    /** The former shard has forwarded the message: the new one must not add its own copy later. */
    @Test
    void aMoveWaitsForAPublisherBetweenTheTwoShards() throws Exception {
        Gate before = subscribe(new Gate());
        before.close("one");
        Claim claim = Shards.claim(shards.connect(0, "g"));
        Gate between = subscribe(new Gate());
        between.close("two");
        Thread first = publishing("one");
        before.awaitPublisher("one");
        FakeSocket fresh = shards.recover(1, claim);
        awaitRelease();
        Thread second = publishing("two");
        between.awaitPublisher("two");
        await().until(() -> Shards.texts(fresh).equals(List.of("two")));
        before.open("one");
        first.join();
        await().until(() -> Shards.texts(fresh).equals(List.of("two", "one")));
        // The former shard forwards until it is released.
        int slot = shards.broker.groupSlot(Shards.HUB, "g");
        await().until(() -> shards.subscriptions.unsubscribed.contains(slot));
        shards.publish("three");
        await("three is kept until two is everywhere")
                .during(Duration.ofMillis(100))
                .until(() -> Shards.texts(fresh).size() == 2);
        between.open("two");
        second.join();
        shards.publish("four");
        await().until(() -> Shards.texts(fresh).contains("four"));
        assertEquals(List.of("two", "one", "three", "four"), Shards.texts(fresh));
    }

    @Test
    void nothingIsLostDoubledOrReorderedWhileAllMove() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        subscribe(new Slow());
        List<Moving> sessions = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            sessions.add(new Moving(shards.connect(i, "g")));
            subscribe(new Slow());
        }
        List<String> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            others.add(Shards.connectionId(shards.open(i, Subprotocol.JSON, null)));
        }
        AtomicBoolean go = new AtomicBoolean(true);
        AtomicInteger allowed = new AtomicInteger();
        List<AtomicInteger> published = new ArrayList<>();
        List<Thread> publishers = new ArrayList<>();
        for (int p = 0; p < PUBLISHERS; p++) {
            String name = "p" + p + "-";
            AtomicInteger count = new AtomicInteger();
            published.add(count);
            Broker.Origin origin = shards.origin();
            Thread publisher = new Thread(() -> {
                while (go.get()) {
                    if (count.get() < allowed.get()) {
                        origin.publish(Selector.group(Shards.HUB, "g"), Shards.text(name + count.get()));
                        count.incrementAndGet();
                    }
                    LockSupport.parkNanos(5_000);
                }
            });
            publishers.add(publisher);
            publisher.start();
        }
        for (int move = 0; move < MOVES; move++) {
            int half = allowed.addAndGet(20) - 10;
            await().until(() -> published.stream().allMatch(count -> count.get() >= half));
            sessions.get(random.nextInt(SESSIONS)).move(random.nextInt(3));
            String other = others.get(random.nextInt(others.size()));
            Operation change = random.nextBoolean()
                    ? new Operation.AddToGroups(List.of("g"))
                    : new Operation.RemoveFromGroups(List.of("g"));
            assertEquals(
                    1,
                    shards.ask(Selector.connection(Shards.HUB, other), change).matched());
        }
        go.set(false);
        for (Thread publisher : publishers) {
            publisher.join();
        }
        int all = published.stream().mapToInt(AtomicInteger::get).sum();
        for (Moving session : sessions) {
            await().until(() -> session.received().size() == all);
            Map<String, Integer> next = new HashMap<>();
            session.received().forEach((id, text) -> {
                String[] parts = text.split("-");
                assertEquals(next.merge(parts[0], 1, Integer::sum) - 1, Integer.parseInt(parts[1]), text);
            });
        }
        assertEquals(0, shards.metrics.count("bug"));
    }

    /** Publishers take their time here. */
    private static final class Slow extends OtherNode {
        @Override
        public void deliver(Delivery delivery) {
            LockSupport.parkNanos(20_000);
        }
    }

    /** A session, and what its client received on all of its sockets, by sequence id. */
    private final class Moving {
        private final Claim claim;
        private final List<FakeSocket> sockets = new ArrayList<>();
        private final SortedMap<Long, String> received = new TreeMap<>();

        Moving(FakeSocket first) {
            claim = Shards.claim(first);
            sockets.add(first);
        }

        void move(int shard) throws Exception {
            FakeSocket last = sockets.get(sockets.size() - 1);
            received();
            if (!received.isEmpty()) {
                last.say("{\"type\":\"sequenceAck\",\"sequenceId\":" + received.lastKey() + "}");
            }
            sockets.add(shards.recover(shard, claim));
        }

        SortedMap<Long, String> received() {
            for (FakeSocket socket : sockets) {
                Shards.messages(socket).forEach((id, text) -> {
                    String before = received.put(id, text);
                    assertTrue(before == null || before.equals(text), () -> id + " was " + before + " and is " + text);
                });
            }
            return received;
        }
    }

    private <T extends OtherNode> T subscribe(T subscriber) throws Exception {
        Shards.get(shards.broker.subscribe(subscriber, shards.broker.groupSlot(Shards.HUB, "g")));
        return subscriber;
    }

    private Thread publishing(String text) {
        Thread publisher = new Thread(() -> shards.publish(text));
        publisher.start();
        return publisher;
    }

    /** Waits until the new shard has subscribed, and the registry has dealt with its request to release the session. */
    private void awaitRelease() throws Exception {
        await().until(() -> shards.subscriptions.releases.get() == 1);
        Shards.get(shards.broker.detach(new OtherNode()));
        Shards.get(shards.broker.detach(new OtherNode()));
    }
}
