package dev.fanfare.store.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.fanfare.store.replica.ReplicaMessage.ReplicationEntry;
import dev.fanfare.store.replica.ReplicaMessage.RequestStatus;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MessageCodecTest {

    private static final Ballot BALLOT = new Ballot(7, "b/1");
    private static final Configuration CONFIGURATION = new Configuration(
            "a/1",
            9,
            List.of("a/1", "b/1"),
            List.of(
                    new Assignment(9, 1, "a/1", List.of("a/1", "c/2"), List.of("b/1")),
                    new Assignment(4, 4, "gone/1", List.of("gone/1"), List.of())));

    static List<ReplicaMessage> messages() {
        byte[] bytes = {1, 2, 3};
        return List.of(
                new ReplicaMessage.MemberHeartbeat("", 0, 0, 5, false, 0, Room.UNLIMITED, true, false, true),
                new ReplicaMessage.MemberHeartbeat("a/1", 9, 3, -5, true, 77, 99, true, false, true),
                new ReplicaMessage.HeartbeatAck("a/1", 9, 5, true, false, Set.of("d/1")),
                new ReplicaMessage.Prepare(9, BALLOT, Set.of("c/1", "d/1"), true),
                new ReplicaMessage.Promise(9, BALLOT, Ballot.NONE, null),
                new ReplicaMessage.Promise(9, BALLOT, new Ballot(6, "a/1"), CONFIGURATION),
                new ReplicaMessage.Accept(9, BALLOT, CONFIGURATION),
                new ReplicaMessage.AcceptAck(9, BALLOT),
                new ReplicaMessage.PrepareRefused(9, BALLOT, new Ballot(8, "c/1")),
                new ReplicaMessage.Decided(CONFIGURATION),
                new ReplicaMessage.InSync(1, 9, "b/1"),
                new ReplicaMessage.Replicate(
                        1,
                        9,
                        2,
                        1000,
                        3,
                        4,
                        5,
                        6,
                        List.of(new ReplicationEntry(1000, bytes), new ReplicationEntry(1001, bytes))),
                new ReplicaMessage.ReplicateAck(1, 9, 2, -1, 0, true),
                new ReplicaMessage.SnapshotPart(1, 9, 1, 3, true, 77, 1000, bytes),
                new ReplicaMessage.SnapshotAck(1, 9, 1, 4),
                new ReplicaMessage.StoreRequest(12, 255, true, bytes),
                new ReplicaMessage.RequestReply(12, RequestStatus.UNKNOWN, bytes),
                new ReplicaMessage.WatchRegistration(
                        List.of(new ReplicaMessage.WatchedKeys(7, "k\u00e4"), new ReplicaMessage.WatchedKeys(8, ""))),
                new ReplicaMessage.WatchChanges(3, List.of(new ReplicaMessage.WatchChange(7, List.of(0, 255)))),
                new ReplicaMessage.WatchChangesAck(3));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void everyMessageArrives(ReplicaMessage message) throws IOException {
        byte[] bytes = MessageCodec.encode(new Envelope("a/1", "b/1", message));
        Envelope decoded = Objects.requireNonNull(MessageCodec.decode(bytes));
        assertEquals("a/1", decoded.from());
        assertEquals("b/1", decoded.to());
        assertEquals(message.getClass(), decoded.message().getClass());
        assertEquals(hex(bytes), hex(MessageCodec.encode(decoded)));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void fieldsOfLaterReleasesAreSkipped(ReplicaMessage message) throws IOException {
        byte[] bytes = MessageCodec.encode(new Envelope("a/1", "b/1", message));
        Envelope decoded = Objects.requireNonNull(MessageCodec.decode(Arrays.copyOf(bytes, bytes.length + 9)));
        assertEquals(hex(bytes), hex(MessageCodec.encode(decoded)));
    }

    /** Nothing but an {@link IOException}, and no more memory than the bytes themselves explain. */
    @ParameterizedTest
    @MethodSource("messages")
    void garbageIsRefused(ReplicaMessage message) {
        byte[] bytes = MessageCodec.encode(new Envelope("a/1", "b/1", message));
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            byte[] changed = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            for (int flips = random.nextInt(4); flips > 0 && changed.length > 0; flips--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            try {
                MessageCodec.decode(changed);
            } catch (IOException e) {
                // As it should be.
            }
        }
    }

    @Test
    void anUnknownKindIsNoMessage() throws IOException {
        byte[] bytes = MessageCodec.encode(new Envelope("a/1", "b/1", new ReplicaMessage.AcceptAck(9, BALLOT)));
        bytes[2 * (Short.BYTES + 3)] = 99;
        assertNull(MessageCodec.decode(bytes));
    }

    /** What nodes of a release send is pinned: a later one must read it. */
    @Test
    void theBytesOfAConfigurationArePinned() {
        assertEquals(
                "0003612f31000008000000600003612f310000000000000009000000040003612f310003622f"
                        + "310003632f320006676f6e652f31000000020000000200000000000000090000000000000001"
                        + "0000020000000201000100000000000000040000000000000004000301000300",
                hex(MessageCodec.encode(new Envelope("a/1", "", new ReplicaMessage.Decided(CONFIGURATION)))));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
