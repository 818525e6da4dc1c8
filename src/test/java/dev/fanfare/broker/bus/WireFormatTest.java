package dev.fanfare.broker.bus;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.DeliveryReport;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.bus.BusCodecs.BusCodec;
import dev.fanfare.broker.handover.HandoverMessage;
import dev.fanfare.broker.handover.HandoverWire;
import dev.fanfare.broker.routing.Hello;
import dev.fanfare.broker.routing.RoutingMessage;
import dev.fanfare.broker.routing.RoutingMessage.SubscriptionDelta;
import dev.fanfare.broker.routing.RoutingWire;
import dev.fanfare.broker.routing.SlotList;
import dev.fanfare.broker.wire.OperationRequest;
import dev.fanfare.broker.wire.PeerNote;
import dev.fanfare.broker.wire.RemoteEnvelope;
import dev.fanfare.broker.wire.Wire;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Fingerprint;
import dev.fanfare.core.Permission;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireRecord;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.filter.FilterException;
import dev.fanfare.core.filter.FilterParser;
import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.AckIds;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.core.session.Retained;
import dev.fanfare.core.session.Retention;
import dev.fanfare.core.session.SessionState;
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.core.session.Unacknowledged;
import dev.fanfare.core.session.UnansweredEvent;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The messages between nodes, byte for byte: nodes of other releases read and write them. */
@Tag("attack")
class WireFormatTest {

    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int ROUNDS = 3000;

    /** Each file of recorded messages. */
    private enum Recorded {
        PUBLICATIONS(
                new WireRecord<>(1, "publications", Wire::writePublication, Wire::readPublication), publications()),
        ENVELOPES(
                new WireRecord<>(1, "envelopes", Wire::writeEnvelope, Wire::readEnvelope),
                Map.of("envelope", new RemoteEnvelope("node1", 70_000, new byte[] {1, 2, 3}))),
        OPERATIONS(new WireRecord<>(1, "operations", Wire::writeAsk, Wire::readAsk), operations()),
        RESULTS(new WireRecord<>(1, "results", Wire::writeAnswer, Wire::readAnswer), results()),
        ROUTING(new WireRecord<>(1, "routing", RoutingWire::write, RoutingWire::read), routing()),
        HELLOS(
                new WireRecord<>(1, "hello", RoutingWire::writeHello, RoutingWire::readHello),
                Map.of("hello", new Hello(new WireVersions(1, 1), "node1", 4_194_304, 1_800_000_000_000L))),
        HANDOVERS(new WireRecord<>(1, "handover", HandoverWire::write, HandoverWire::read), handovers()),
        GRANTS(new WireRecord<>(2, "handover", HandoverWire::write, HandoverWire::read), grants()),
        NOTES(
                new WireRecord<>(1, "note", Wire::writeNote, Wire::readNote),
                Map.of("note", new PeerNote("node1", new byte[] {1, 2, 3})));

        private final WireRecord<Object> wireRecord;
        private final Map<String, Object> messages;

        @SuppressWarnings("unchecked")
        <T> Recorded(WireRecord<T> wireRecord, Map<String, T> messages) {
            this.wireRecord = (WireRecord<Object>) wireRecord;
            this.messages = (Map<String, Object>) messages;
        }
    }

    @ParameterizedTest
    @EnumSource
    void recordedMessagesAreReadAndWrittenUnchanged(Recorded recorded) throws IOException {
        recorded.wireRecord.assertRecorded(recorded.messages);
    }

    @ParameterizedTest
    @EnumSource
    void appendedFieldsAreSkipped(Recorded recorded) throws WireException {
        recorded.wireRecord.assertGrows(recorded.messages);
    }

    @ParameterizedTest
    @EnumSource
    void messagesCutAnywhereFailAsDeclared(Recorded recorded) {
        recorded.wireRecord.assertCutsFail(recorded.messages);
    }

    @ParameterizedTest
    @EnumSource
    void garbageFailsAsDeclaredAndTakesLittleMemory(Recorded recorded) {
        System.out.println("seed " + SEED);
        recorded.wireRecord.assertGarbageIsHarmless(recorded.messages, new Random(SEED), ROUNDS);
    }

    @Test
    void everyKindIsRecorded() {
        assertEquals(Set.of(RoutingMessage.class.getPermittedSubclasses()), classes(routing()));
        assertEquals(Set.of(HandoverMessage.class.getPermittedSubclasses()), classes(handovers()));
        assertEquals(
                Set.of(Operation.class.getPermittedSubclasses()),
                operations().values().stream()
                        .map(request -> request.operation().getClass())
                        .collect(Collectors.toSet()));
    }

    /** Constants travel by name: they can be added, not renamed. */
    @Test
    void constantsKeepTheirNames() throws IOException {
        Map<String, List<String>> recorded = new TreeMap<>();
        try (InputStream in = WireFormatTest.class.getResourceAsStream("/wire/1/constants.txt")) {
            new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .forEach(line -> recorded.put(
                            line.substring(0, line.indexOf(':')),
                            List.of(line.substring(line.indexOf(':') + 2).split(" "))));
        }
        List<Class<? extends Enum<?>>> types = List.of(
                CloseReason.class,
                ConnectionState.class,
                ConnectionType.class,
                DataType.class,
                ErrorCode.class,
                Message.From.class,
                Permission.class,
                Subprotocol.class);
        assertEquals(types.stream().map(Class::getSimpleName).toList(), List.copyOf(recorded.keySet()));
        for (Class<? extends Enum<?>> type : types) {
            Set<String> names =
                    Arrays.stream(type.getEnumConstants()).map(Enum::name).collect(Collectors.toSet());
            assertEquals(
                    Set.of(),
                    Objects.requireNonNull(recorded.get(type.getSimpleName())).stream()
                            .filter(name -> !names.contains(name))
                            .collect(Collectors.toSet()),
                    type.getSimpleName());
        }
    }

    @Test
    void unknownKindsAreRecognised() {
        assertUnknown(() -> RoutingWire.read(WireReader.of(new byte[] {99})));
        assertUnknown(() -> HandoverWire.read(WireReader.of(new byte[] {99, 1})));
        BusCodec<OperationRequest> operations =
                new BusCodec<>("q", MessageKind.OPERATION, Wire::writeAsk, Wire::readAsk);
        Buffer buffer = Buffer.buffer();
        operations.encodeToWire(
                buffer, new Framed<>(new OperationRequest(Selector.hub("chat"), new Operation.Count()), 1));
        int name = buffer.toString("ISO-8859-1").indexOf("Count");
        buffer.setByte(name, (byte) 'B');
        assertEquals(new Unread(MessageKind.OPERATION, true), operations.decodeFromWire(0, buffer));
    }

    @Test
    void aFrameHasTheVersionAndTheLengthOfItsMessage() {
        BusCodec<Hello> codec = new BusCodec<>("h", MessageKind.HELLO, RoutingWire::writeHello, RoutingWire::readHello);
        Hello hello = new Hello(WireVersions.OURS, "node1", 1024, 77);
        Buffer buffer = Buffer.buffer("before");
        int start = buffer.length();
        codec.encodeToWire(buffer, new Framed<>(hello, 1));
        assertArrayEquals(new byte[] {1, 0, 0, 0, 23}, buffer.getBytes(start, start + 5));
        assertEquals(new Framed<>(hello, 1), codec.decodeFromWire(start, buffer));
        buffer.setByte(start, (byte) 200);
        assertEquals(new Framed<>(hello, 200), codec.decodeFromWire(start, buffer), "of a later version");
        Buffer longer = buffer.copy().appendByte((byte) 1);
        assertEquals(new Framed<>(hello, 200), codec.decodeFromWire(start, longer), "with bytes behind it");
        Unread malformed = new Unread(MessageKind.HELLO, false);
        for (int length = start; length < buffer.length(); length++) {
            assertEquals(malformed, codec.decodeFromWire(start, buffer.getBuffer(0, length)));
        }
        for (int wrong : new int[] {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, 24}) {
            assertEquals(malformed, codec.decodeFromWire(start, buffer.copy().setInt(start + 1, wrong)));
        }
        assertEquals(malformed, codec.decodeFromWire(start, buffer.copy().setByte(start, (byte) 0)), "version 0");
    }

    @Test
    void messagesInsideANodeDoNotLeaveIt() {
        BusCodecs.LocalCodec local = new BusCodecs.LocalCodec();
        SlotSubscription slotSubscription = new SlotSubscription(0, Future.succeededFuture());
        Publication publication = new Publication(Selector.hub("chat"), text(), 1, 2);
        Detour detour = new Detour(publication, slotSubscription, new AtomicInteger());
        assertThrows(IllegalStateException.class, () -> local.encodeToWire(Buffer.buffer(), detour));
        assertInstanceOf(Unread.class, local.decodeFromWire(0, Buffer.buffer(new byte[100])));
    }

    private interface Reading {
        void run() throws WireException;
    }

    private static void assertUnknown(Reading reading) {
        assertEquals(true, assertThrows(WireException.class, reading::run).isUnknownKind());
    }

    private static Set<Class<?>> classes(Map<String, ?> messages) {
        return messages.values().stream().map(Object::getClass).collect(Collectors.toSet());
    }

    private static Message text() {
        return Message.fromServer(Payload.text("text"), Map.of("k", "v"), Message.NEVER);
    }

    private static Map<String, Publication> publications() {
        Message binary = new Message(
                Message.From.GROUP, "news", "alice", new Payload(DataType.BINARY, new byte[] {0, -1}), Map.of(), 5);
        return ordered(
                "to a hub", new Publication(Selector.hub("chat"), text(), 1, 2),
                "to a group, with a report",
                        new Publication(
                                Selector.group("chat", "news").without(Set.of("id")), binary, Long.MIN_VALUE, 3, 500));
    }

    private static Map<String, OperationRequest> operations() {
        Selector filtered;
        try {
            filtered = Selector.user("chat", "alice").where(FilterParser.parse("userId eq 'alice'"));
        } catch (FilterException e) {
            throw new AssertionError(e);
        }
        Map<String, Operation> operations = ordered(
                "count", new Operation.Count(),
                "list members", new Operation.ListMembers("after", 100),
                "show", new Operation.Show(null, 7, ConnectionType.INBOUND, ConnectionState.OPEN, 3),
                "fetch report", new Operation.FetchReport(-1, 2, 500),
                "close", new Operation.Close(CloseReason.CLOSED_BY_API, 4999, "bye"),
                "add to groups", new Operation.AddToGroups(List.of("one", "zw\u00f6lf")),
                "remove from groups", new Operation.RemoveFromGroups(List.of("one")),
                "remove from all groups", new Operation.RemoveFromAllGroups(),
                "grant", new Operation.Grant(Permission.SEND_TO_GROUP, "one"),
                "revoke", new Operation.Revoke(Permission.JOIN_LEAVE_GROUP, "one"),
                "event done", new Operation.EventDone(7, text(), ErrorCode.TIMEOUT, "late", "state"),
                "event done, without a message", new Operation.EventDone(8, null, null, "", ""),
                "count permitted", new Operation.CountPermitted(Permission.SEND_TO_GROUP, "one"));
        Map<String, OperationRequest> requests = new LinkedHashMap<>();
        operations.forEach((name, operation) -> requests.put(name, new OperationRequest(filtered, operation, 3)));
        return requests;
    }

    private static Map<String, OperationResult> results() {
        OperationResult.Details details = new OperationResult.Details(
                ConnectionType.INBOUND,
                ConnectionState.OPEN,
                "/client/hubs/chat",
                "json.webpubsub.azure.v1",
                new OperationResult.GroupsOfMember(List.of("one"), 2),
                1_800_000_000_000L,
                new OperationResult.Redials(3, "refused"));
        DeliveryReport report = new DeliveryReport(
                1, 2, 3, List.of(new DeliveryReport.FailedDelivery("id", ConnectionType.INBOUND, ErrorCode.TIMEOUT)));
        return ordered(
                "nothing",
                OperationResult.NONE,
                "everything",
                new OperationResult(
                        2,
                        List.of(
                                new OperationResult.Member("id1", "alice", details),
                                new OperationResult.Member("id2", null)),
                        report,
                        ErrorCode.CONFLICT,
                        "text",
                        1));
    }

    private static Map<String, RoutingMessage> routing() {
        SlotList dense = SlotList.of(IntStream.range(0, 40).toArray());
        return ordered(
                "heartbeat", new RoutingMessage.Heartbeat("node1", new WireVersions(1, 1), -1, true, -77, 2, 3),
                "delta of few slots",
                        new SubscriptionDelta(
                                "node1", 4, 7, -5, SlotList.of(1, 70_000), SlotList.of(2), SubscriptionDelta.UNASKED),
                "delta of many slots", new SubscriptionDelta("node1", -1, 7, -5, dense, SlotList.NONE, 3),
                "delta acknowledged", new RoutingMessage.DeltaAck("node1", 7),
                "window update", new RoutingMessage.WindowUpdate("node1", 9),
                "leave", new RoutingMessage.Leave("node1"));
    }

    private static Map<String, HandoverMessage> handovers() {
        Claim claim = new Claim("chat", "node1-7", "token", Subprotocol.JSON_RELIABLE);
        return ordered(
                "claim request", new HandoverMessage.ClaimRequest("node1", claim, Long.MAX_VALUE, 5000),
                "claim taken", new HandoverMessage.ClaimTaken("node1", "id", 1),
                "claim declined", new HandoverMessage.ClaimDeclined("node2", "id", 2),
                "claim query", new HandoverMessage.ClaimQuery("node3", "\u00e9", Long.MIN_VALUE),
                "claim reply, nothing", HandoverMessage.ClaimReply.NOTHING,
                "claim reply, a hint", new HandoverMessage.ClaimReply(null, "node4"),
                "claim reply, a session", new HandoverMessage.ClaimReply(session(), null),
                "forward", new HandoverMessage.Forward("id", new Publication(Selector.hub("chat"), text(), 1, 2)),
                "release", new HandoverMessage.Release("node5", "id", 3),
                "barrier", new HandoverMessage.Barrier(),
                "owner changed", new HandoverMessage.OwnerChanged("node6", "id"),
                "session ended", new HandoverMessage.SessionEnded("node7", "id"),
                "sessions digest", new HandoverMessage.SessionsDigest("node8", -1),
                "sessions request", new HandoverMessage.SessionsRequest("node9", 4),
                "sessions reply", new HandoverMessage.SessionsReply("node10", 5, List.of("one", "two")));
    }

    private static Map<String, HandoverMessage> grants() {
        byte[] address = {(byte) 203, 0, 113, 7};
        TokenGrant grant = new TokenGrant(new Fingerprint(1, -1), 1_800_000_000L, address);
        return Map.of("claim reply", new HandoverMessage.ClaimReply(session(grant), "node2"));
    }

    private static SessionState session() {
        return session(TokenGrant.NONE);
    }

    private static SessionState session(TokenGrant grant) {
        Permissions permissions = new Permissions(List.of("webpubsub.joinLeaveGroup"));
        permissions.grant(Permission.SEND_TO_GROUP, "one");
        AckIds ackIds = new AckIds(4);
        ackIds.add(1);
        ackIds.add(-1);
        Unacknowledged unacknowledged = Unacknowledged.from(9, 1000, 10, new Retention());
        unacknowledged.add(new Retained(new Encoded(true, new byte[] {'{', '}'}), 77));
        return new SessionState(
                new Identity(
                        "node1-7",
                        "chat",
                        "alice",
                        ConnectionType.INBOUND,
                        "/client/hubs/chat",
                        Subprotocol.JSON_RELIABLE,
                        1_800_000_000_000L),
                new SessionState.ProtocolState(
                        permissions, ackIds, unacknowledged, new EventState("custom", "state", 3)),
                new SessionState.OwedAnswers(
                        List.of(new UnansweredEvent(2, 5L), new UnansweredEvent(3, null)),
                        List.of(new Encoded(false, new byte[] {1, 2}))),
                List.of("one", "two"),
                1_800_000_600_000L,
                grant,
                Map.of(4L, 5L));
    }

    /** Names and messages by turns. */
    @SuppressWarnings("unchecked")
    private static <T> Map<String, T> ordered(Object... namesAndMessages) {
        Map<String, T> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndMessages.length; i += 2) {
            map.put((String) namesAndMessages[i], (T) namesAndMessages[i + 1]);
        }
        return map;
    }
}
