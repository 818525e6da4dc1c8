package dev.fanfare.shard;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Selector;
import dev.fanfare.config.Config;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.socket.FakeSocket;
import dev.fanfare.socket.SocketEnd;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that together exceed the inbound memory of a shard, each within its own limits. */
class InboundMemoryTest {

    private static final long SHARD_BYTES = Shards.INBOUND_BYTES;
    private static final int MESSAGE = 1_000_000;
    private static final long MESSAGE_MILLIS = Config.DEFAULT.limits().messageSeconds() * 1000L;

    @SuppressWarnings("NullAway.Init")
    private Shards shards;

    @BeforeEach
    void start() throws Exception {
        shards = new Shards(1);
    }

    @AfterEach
    void stop() throws Exception {
        shards.close();
    }

    private FakeSocket open() throws Exception {
        return shards.open(0, Subprotocol.JSON_RELIABLE, null);
    }

    private long held() throws Exception {
        return shards.on(0, () -> shards.shard(0).inboundMemory().counted());
    }

    @Test
    void thoseWhoHoldMostBackGiveWay() throws Exception {
        FakeSocket modest = open();
        modest.bring(0, 0, MESSAGE / 10);
        List<FakeSocket> greedy = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            FakeSocket socket = open();
            socket.bring(0, 0, MESSAGE);
            greedy.add(socket);
            assertTrue(held() <= SHARD_BYTES, () -> "held " + greedy.size());
        }
        assertEquals(0, modest.closeCode());
        long closed = greedy.stream().filter(socket -> socket.closeCode() != 0).count();
        assertTrue(closed >= 12, () -> "closed " + closed);
        assertEquals(closed, shards.metrics.count("closed INBOUND_OVERFLOW"));
        assertEquals(closed, shards.metrics.count("limitReached INBOUND_BYTES_OF_NODE"));
    }

    @Test
    void namesOfGroupsCountOnceForAllTheirMembersAndNothingIsLeft() throws Exception {
        String name = "\u5927".repeat(1000);
        FakeSocket first = open();
        first.say("{\"type\":\"joinGroup\",\"group\":\"" + name + "\",\"ackId\":1}");
        await().until(() -> first.frames().size() == 2);
        long one = held();
        assertTrue(one >= 2000, () -> "held " + one);
        FakeSocket second = open();
        second.say("{\"type\":\"joinGroup\",\"group\":\"" + name + "\",\"ackId\":1}");
        await().until(() -> second.frames().size() == 2);
        long both = held();
        assertTrue(both < one + 1000, () -> "held " + both);
        first.say("{\"type\":\"leaveGroup\",\"group\":\"" + name + "\",\"ackId\":2}");
        await().until(() -> first.frames().size() == 3);
        assertEquals(one, held());
        second.end(new SocketEnd(SocketEnd.EndKind.PEER_CLOSED, 1000, ""));
        await().until(() -> held() == 0);
    }

    @Test
    void clientsWithManyLongNamesGiveWayToThoseWithFew() throws Exception {
        FakeSocket modest = shards.open(0, Subprotocol.JSON, null, "lobby");
        String name = "\u5927".repeat(1000);
        List<FakeSocket> greedy = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            FakeSocket socket = open();
            for (int g = 0; g < 500; g++) {
                socket.say("{\"type\":\"joinGroup\",\"group\":\"" + name + i + "/" + g + "\"}");
            }
            socket.bring(0, 0, 0);
            greedy.add(socket);
            assertTrue(held() <= SHARD_BYTES, () -> "held by " + greedy.size());
        }
        assertEquals(0, modest.closeCode());
        assertTrue(greedy.stream().anyMatch(socket -> socket.closeCode() == CloseReason.INBOUND_OVERFLOW.code()));
    }

    @Test
    void whatASocketHeldIsFreeWhenItEndsOrItsConnectionDoes() throws Exception {
        FakeSocket lost = open();
        FakeSocket closed = open();
        lost.bring(0, 0, 1000);
        closed.bring(0, 0, 1000);
        assertEquals(2000, held());
        lost.cut();
        await().until(() -> held() == 1000);
        shards.ask(
                Selector.connection(Shards.HUB, Shards.connectionId(closed)),
                new Operation.Close(CloseReason.CLOSED_BY_API, ""));
        assertEquals(0, held());
    }

    @Test
    void sessionsCountAndDoNotGiveWay() throws Exception {
        FakeSocket socket = open();
        shards.pass(1);
        assertTrue(shards.on(0, () -> shards.shard(0).inboundMemory().bytes()) > 0);
        shards.on(0, () -> {
            shards.shard(0).inboundMemory().sessions(2 * SHARD_BYTES);
            return null;
        });
        assertTrue(shards.on(0, () -> shards.shard(0).inboundMemory().full()));
        assertEquals(0, socket.closeCode());
        shards.pass(1);
        assertFalse(shards.on(0, () -> shards.shard(0).inboundMemory().full()));
    }

    @Test
    void requestsAreRefusedWhereNobodyCanGiveWay() {
        InboundMemory inboundMemory = new InboundMemory(1000);
        assertTrue(inboundMemory.reserve(700));
        assertFalse(inboundMemory.reserve(400));
        assertTrue(inboundMemory.reserve(300));
        inboundMemory.release(700);
        assertTrue(inboundMemory.reserve(400));
        assertEquals(700, inboundMemory.bytes());
    }

    @Test
    void aMessageHasADeadlineThatControlFramesDoNotExtend() throws Exception {
        FakeSocket socket = open();
        socket.begun(7);
        shards.pass(1);
        for (int i = 0; i < 10; i++) {
            socket.bring(1, 6, 1000);
            shards.pass(MESSAGE_MILLIS / 10 - 1);
        }
        assertEquals(0, socket.closeCode());
        shards.pass(10);
        assertEquals(CloseReason.MESSAGE_TIMEOUT.code(), socket.closeCode());
        assertEquals(1, shards.metrics.count("closed MESSAGE_TIMEOUT"));
    }

    @Test
    void oneMessageAfterTheOtherIsNotLate() throws Exception {
        FakeSocket socket = open();
        for (int message = 1; message <= 5; message++) {
            socket.begun(message);
            shards.pass(MESSAGE_MILLIS - 1000);
            socket.bring(0, 100, 100);
        }
        assertEquals(0, socket.closeCode());
    }
}
