package dev.fanfare.broker.bus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.bus.BusCodecs.BusCodec;
import dev.fanfare.broker.routing.Hello;
import dev.fanfare.broker.routing.RoutingMessage;
import dev.fanfare.broker.routing.RoutingMessage.DeltaAck;
import dev.fanfare.broker.routing.RoutingMessage.Heartbeat;
import dev.fanfare.broker.routing.RoutingMessage.Leave;
import dev.fanfare.broker.routing.RoutingMessage.SubscriptionDelta;
import dev.fanfare.broker.routing.RoutingMessage.WindowUpdate;
import dev.fanfare.broker.routing.RoutingWire;
import dev.fanfare.broker.routing.SlotList;
import dev.fanfare.broker.wire.OperationRequest;
import dev.fanfare.broker.wire.PeerNote;
import dev.fanfare.broker.wire.RemoteEnvelope;
import dev.fanfare.broker.wire.Wire;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** Messages between nodes survive the round trip; damaged ones are refused, and never more than that. */
class BusCodecsTest {

    private static final BusCodec<RoutingMessage> VIEW = new BusCodec<>("v", RoutingWire::write, RoutingWire::read);
    private static final BusCodec<Hello> HELLO = new BusCodec<>("h", RoutingWire::writeHello, RoutingWire::readHello);
    private static final BusCodec<PeerNote> NOTE = new BusCodec<>("n", Wire::writeNote, Wire::readNote);
    private static final BusCodec<OperationResult> ANSWER = new BusCodec<>("a", Wire::writeAnswer, Wire::readAnswer);
    private static final BusCodec<OperationRequest> ASK = new BusCodec<>("q", Wire::writeAsk, Wire::readAsk);
    private static final BusCodec<RemoteEnvelope> ENVELOPE =
            new BusCodec<>("e", Wire::writeEnvelope, Wire::readEnvelope);

    private static final List<RoutingMessage> MESSAGES = List.of(
            new Heartbeat("node1", -1, true, Long.MIN_VALUE + 1, 2, 3),
            new SubscriptionDelta("node1", 4, 7, -5, SlotList.of(1, 70_000), SlotList.of(2), SubscriptionDelta.UNASKED),
            new SubscriptionDelta("node1", -1, 7, -5, SlotList.of(0, 1, 2, 5, 12), SlotList.NONE, 3),
            new DeltaAck("node1", 7),
            new WindowUpdate("node1", 9),
            new Leave("node1"));

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);

    @Test
    void whatNodesTellOneAnotherComesBackAsItWas() {
        MESSAGES.forEach(message -> assertEquals(message, there(VIEW, message, (position, buffer) -> {})));
        Hello hello = new Hello(1024, 77);
        assertEquals(hello, there(HELLO, hello, (position, buffer) -> {}));
        PeerNote peerNote = Objects.requireNonNull(
                there(NOTE, new PeerNote("node1", new byte[] {1, 2, 3}), (position, buffer) -> {}));
        assertEquals("node1", peerNote.from());
        assertArrayEquals(new byte[] {1, 2, 3}, peerNote.body());
    }

    @Test
    void anotherVersionIsRefused() {
        MESSAGES.forEach(message -> assertNull(there(
                VIEW, message, (position, buffer) -> buffer.setByte(position, (byte) (BusCodec.VERSION + 1)))));
    }

    @Test
    void anUnknownKindIsRefused() {
        assertNull(there(VIEW, MESSAGES.get(0), (position, buffer) -> buffer.setByte(position + 5, (byte) 99)));
    }

    @Test
    void whatIsLeftOverIsRefused() {
        Buffer buffer = Buffer.buffer("before");
        HELLO.encodeToWire(buffer, new Hello(1, 2));
        buffer.appendByte((byte) 0);
        assertNull(HELLO.decodeFromWire(6, buffer));
        buffer.setInt(7, buffer.length() - 11);
        assertNull(HELLO.decodeFromWire(6, buffer));
    }

    @Test
    void whatIsForInsideANodeDoesNotLeaveIt() {
        BusCodec<Detour> local = new BusCodec<>("l", null, null);
        SlotSubscription slotSubscription = new SlotSubscription(0, io.vertx.core.Future.succeededFuture());
        Detour detour = new Detour(publication(), slotSubscription, new AtomicInteger());
        assertThrows(IllegalStateException.class, () -> local.encodeToWire(Buffer.buffer(), detour));
        assertNull(local.decodeFromWire(0, Buffer.buffer(new byte[100])));
    }

    @Test
    void anyBytesAreUnderstoodOrRefused() {
        System.out.println("seed " + seed);
        OperationRequest operationRequest = new OperationRequest(
                Selector.group("hub", "group").without(java.util.Set.of("a")),
                new Operation.AddToGroups(List.of("one", "two")));
        OperationResult operationResult =
                new OperationResult(2, List.of(new OperationResult.Member("id", "user")), null, "text", 1);
        RemoteEnvelope envelope = new RemoteEnvelope("node1", 5, Wire.encode(publication()));
        for (int i = 0; i < 20_000; i++) {
            there(VIEW, MESSAGES.get(random.nextInt(MESSAGES.size())), this::damage);
            there(HELLO, new Hello(1, 2), this::damage);
            there(ASK, operationRequest, this::damage);
            there(ANSWER, operationResult, this::damage);
            RemoteEnvelope damaged = there(ENVELOPE, envelope, this::damage);
            if (damaged != null) {
                Wire.publication(damaged.publication());
            }
        }
    }

    private static Publication publication() {
        Message message = Message.fromServer(Payload.text("text"), Map.of("k", "v"), Message.NEVER);
        return new Publication(Selector.hub("hub"), message, 1, 2);
    }

    /** Some bytes behind the version are changed. */
    private void damage(int position, Buffer buffer) {
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = position + 5 + random.nextInt(buffer.length() - position - 5);
            buffer.setByte(at, (byte) (random.nextBoolean() ? random.nextInt() : 1 << random.nextInt(8)));
        }
    }

    @org.jspecify.annotations.Nullable
    private static <T> T there(BusCodec<T> busCodec, T value, BiConsumer<Integer, Buffer> onTheWay) {
        Buffer buffer = Buffer.buffer("before");
        int position = buffer.length();
        busCodec.encodeToWire(buffer, value);
        onTheWay.accept(position, buffer);
        return busCodec.decodeFromWire(position, buffer);
    }
}
