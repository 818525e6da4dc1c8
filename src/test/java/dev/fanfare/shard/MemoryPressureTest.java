package dev.fanfare.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.event.NoEventHandlers;
import dev.fanfare.socket.FakeSocket;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Slow consumers that together exceed the memory of the node, each within its own limits. */
class MemoryPressureTest {

    private static final int NODE_BYTES = 1_000_000;
    private static final int MESSAGE = 10_000;

    @SuppressWarnings("NullAway.Init")
    private Shards shards;

    @SuppressWarnings("NullAway.Init")
    private Broker.Origin origin;

    @BeforeEach
    void start() throws Exception {
        shards = new Shards(1, limits -> limits, new NoEventHandlers(), NODE_BYTES);
        origin = shards.origin();
    }

    @AfterEach
    void stop() throws Exception {
        shards.close();
    }

    private FakeSocket deaf(Subprotocol subprotocol, String group) throws Exception {
        FakeSocket socket = shards.open(0, subprotocol, null, group);
        socket.writable(false);
        await().until(() -> shards.on(0, () -> !socket.writable()));
        return socket;
    }

    private void publish(String group, int messages) {
        for (int i = 0; i < messages; i++) {
            origin.publish(Selector.group(Shards.HUB, group), Shards.text(i + "x".repeat(MESSAGE)));
        }
        await().until(() -> shards.broker.inFlightBytes() == 0);
    }

    @Test
    void thoseForWhomMostIsKeptGiveWay() throws Exception {
        FakeSocket modest = deaf(Subprotocol.JSON, "modest");
        FakeSocket reliable = shards.open(0, Subprotocol.JSON_RELIABLE, null, "modest");
        FakeSocket greedy = deaf(Subprotocol.JSON, "greedy");
        publish("modest", 10);
        publish("greedy", 100);
        await().until(() -> greedy.closeCode() == CloseReason.SLOW_CONSUMER.code());
        assertEquals(0, modest.closeCode());
        assertEquals(0, reliable.closeCode());
        assertEquals(1, shards.metrics.count("limitReached OUTBOUND_BYTES_OF_NODE"));
        modest.writable(true);
        await().until(() -> modest.frames().size() == 11);
    }

    @Test
    void aSessionThatAcknowledgesNothingEndsForGood() throws Exception {
        FakeSocket silent = shards.open(0, Subprotocol.JSON_RELIABLE, null, "g");
        publish("g", 110);
        await().until(() -> silent.closeCode() == CloseReason.UNACKNOWLEDGED_OVERFLOW.code());
    }

    @Test
    void whatManyShareIsFreeWhenTheLastOfThemGaveWay() throws Exception {
        List<Connection> both = List.of(unread("g"), unread("g"));
        publish("g", 10);
        long kept = shards.on(0, () -> {
            memoryPressure(5 * MESSAGE, both, HeldMemory::freeOutbound).check();
            return shards.shard(0).retention().bytes();
        });
        assertEquals(0, kept);
    }

    @Test
    void withNothingToFreeADeliveryDoesNotVisitAllConnections() throws Exception {
        List<Connection> one = List.of(unread("g"));
        publish("g", 10);
        AtomicInteger asked = new AtomicInteger();
        shards.on(0, () -> {
            MemoryPressure memoryPressure = memoryPressure(MESSAGE, one, stubborn -> asked.incrementAndGet());
            for (int i = 0; i < 1000; i++) {
                memoryPressure.check();
            }
            return memoryPressure;
        });
        assertEquals(1, asked.get());
    }

    /** A reliable session that acknowledges nothing. */
    private Connection unread(String group) throws Exception {
        return Shards.get(
                        shards.enter(0, Subprotocol.JSON_RELIABLE, null, group).future())
                .connection();
    }

    private MemoryPressure memoryPressure(int maxBytes, List<Connection> connections, Consumer<Connection> evict) {
        Sweeper all = new Sweeper(connection -> {}, () -> {});
        connections.forEach(all::add);
        return new MemoryPressure(maxBytes, all, new MemoryPressure.LimitedMemory() {

            @Override
            public long counted() {
                return shards.shard(0).retention().bytes();
            }

            @Override
            public long held(Connection connection) {
                return HeldMemory.outbound(connection);
            }

            @Override
            public long swept(Connection connection) {
                return connection.pendingBytes();
            }

            @Override
            public void evict(Connection connection) {
                evict.accept(connection);
            }
        });
    }

    @Test
    void manyWhoWaitForTheSameDoNotCostMuch() throws Exception {
        List<FakeSocket> sockets = List.of(
                deaf(Subprotocol.JSON, "g"),
                deaf(Subprotocol.JSON, "g"),
                deaf(Subprotocol.JSON, "g"),
                deaf(Subprotocol.JSON, "g"),
                deaf(Subprotocol.JSON, "g"));
        publish("g", 80);
        assertTrue(sockets.stream().allMatch(socket -> socket.closeCode() == 0));
        assertEquals(0, shards.metrics.count("limitReached OUTBOUND_BYTES_OF_NODE"));
    }
}
