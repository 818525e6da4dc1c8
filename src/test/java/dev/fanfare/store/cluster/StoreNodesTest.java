package dev.fanfare.store.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreUnavailableException;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.WatchListener;
import dev.fanfare.store.cluster.StoreTraffic.SkipReason;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes of a replicated store that join, leave, meet, and are sent what is not for them. */
class StoreNodesTest {

    private static final int KEYS = 100;

    private final Vertx vertx = Vertx.vertx();
    private final StoreNodes nodes = new StoreNodes(vertx, System::nanoTime, 10_000_000);

    @AfterEach
    void close() {
        nodes.all().forEach(each -> await(each.close()));
        await(vertx.close());
    }

    @Test
    void aSingleNodeServesWithOneCopy() {
        ReplicatedStore store = nodes.start("n0");
        Future<Long> early = store.put("early", bytes("1"), VersionCondition.ANY);
        nodes.see("n0");
        nodes.awaitHealthy("n0");
        await(early);
        fill(store);
        verify(store);
        assertEquals(Partitions.COUNT, store.replication().singleCopies());
        await(store.leave(60_000)); // does not wait: there is no other node
    }

    @Test
    void aNodeWithoutAViewIsUnavailable() {
        Store store = nodes.start("n0");
        Future<Long> put = store.put("a", bytes("1"), VersionCondition.ANY);
        Future<?> get = store.get("a");
        nodes.hurryUntil(() -> put.isComplete() && get.isComplete());
        assertInstanceOf(StoreUnavailableException.class, put.cause());
        assertInstanceOf(StoreUnavailableException.class, get.cause());
    }

    @Test
    void aNodeThatLeavesTakesNothingAway() {
        for (String node : Set.of("n0", "n1", "n2")) {
            nodes.start(node);
        }
        nodes.see("n0", "n1", "n2");
        nodes.awaitHealthy("n0", "n1", "n2");
        fill(nodes.get("n0"));
        Future<Void> left = nodes.get("n0").leave(60_000);
        nodes.hurryUntil(left::isComplete);
        await(nodes.get("n0").close());
        nodes.awaitHealthy("n1", "n2");
        nodes.see("n1", "n2");
        verify(nodes.get("n1"));
        assertEquals(0, nodes.get("n1").traffic().lostPartitions());
    }

    @Test
    void aNodeThatCrashesTakesNothingAway() {
        nodes.start("n0");
        nodes.start("n1");
        nodes.see("n0", "n1");
        nodes.awaitHealthy("n0", "n1");
        fill(nodes.get("n1"));
        await(nodes.get("n0").close()); // without leaving
        nodes.get("n1").crashed("n0");
        nodes.see("n1");
        nodes.awaitHealthy("n1");
        verify(nodes.get("n1"));
        assertEquals(0, nodes.get("n1").traffic().lostPartitions());
    }

    @Test
    void theSmallerOfTwoClustersThatMeetGivesUp() {
        for (String node : Set.of("n0", "n1", "n2")) {
            nodes.start(node);
        }
        nodes.see("n0");
        nodes.see("n1", "n2");
        nodes.awaitHealthy("n0");
        nodes.awaitHealthy("n1", "n2");
        Set<String> seen = new ConcurrentSkipListSet<>();
        nodes.get("n0").watch("", keysInto(seen));
        await(nodes.get("n0").put("given up", bytes("1"), VersionCondition.ANY));
        fill(nodes.get("n1"));
        nodes.see("n1", "n2", "n0");
        nodes.awaitHealthy("n1", "n2", "n0");
        assertNull(await(nodes.get("n0").get("given up")));
        verify(nodes.get("n0"));
        nodes.hurryUntil(() -> seen.size() == KEYS);
    }

    @Test
    void garbageIsCountedAndSkipped() {
        ReplicatedStore store = nodes.start("n0");
        nodes.see("n0");
        nodes.awaitHealthy("n0");
        byte[] unknown = WireWriter.toBytes(WireVersions.OURS.current(), out -> {
            out.writeString("n9/1");
            out.writeString("");
            out.writeByte(255);
        });
        send(Buffer.buffer());
        send(Buffer.buffer("garbage"));
        send(Buffer.buffer().appendByte((byte) 1).appendInt(Integer.MAX_VALUE));
        send(framed(Buffer.buffer("no envelope")));
        vertx.eventBus().send("fanfare.store.n0", "no buffer");
        nodes.hurryUntil(() -> store.traffic().skipped(SkipReason.MALFORMED) == 5);
        send(framed(Buffer.buffer(unknown)));
        nodes.hurryUntil(() -> store.traffic().skipped(SkipReason.UNKNOWN) == 1);
        fill(store);
        verify(store);
        assertEquals(0, store.traffic().skipped(SkipReason.FAULT));
    }

    @Test
    void messagesOfOthersThanMembersAreSkipped() {
        ReplicatedStore store = nodes.start("n0");
        nodes.start("n1");
        nodes.see("n0");
        nodes.awaitHealthy("n0");
        nodes.get("n1").view(List.of("n0", "n1")); // n0 does not see it
        nodes.hurryUntil(() -> store.traffic().skipped(SkipReason.NOT_MEMBER) > 1);
        assertEquals(1, store.replication().members());
    }

    private void send(Buffer frame) {
        vertx.eventBus().send("fanfare.store.n0", frame);
    }

    private static Buffer framed(Buffer envelope) {
        return Buffer.buffer().appendByte((byte) 1).appendInt(envelope.length()).appendBuffer(envelope);
    }

    private static WatchListener keysInto(Set<String> keys) {
        return new WatchListener() {
            @Override
            public void syncing() {
                keys.clear();
            }

            @Override
            public void present(StoreEntry entry) {
                keys.add(entry.key());
            }

            @Override
            public void absent(String key, long version) {
                keys.remove(key);
            }

            @Override
            public void synced() {}
        };
    }

    private static void fill(Store store) {
        Future<?>[] puts = new Future<?>[KEYS];
        for (int i = 0; i < KEYS; i++) {
            puts[i] = store.put("k" + i, bytes("v" + i), VersionCondition.ANY);
        }
        for (Future<?> put : puts) {
            await(put);
        }
    }

    private static void verify(Store store) {
        for (int i = 0; i < KEYS; i++) {
            StoreEntry entry = await(store.get("k" + i));
            assertNotNull(entry);
            assertEquals("v" + i, new String(entry.value(), UTF_8));
            assertTrue(entry.version() > 0);
        }
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.await(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no answer", e);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
