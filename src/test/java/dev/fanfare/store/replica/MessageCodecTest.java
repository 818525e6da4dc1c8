package dev.fanfare.store.replica;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireRecord;
import dev.fanfare.store.replica.ReplicaMessage.ReplicationEntry;
import dev.fanfare.store.replica.ReplicaMessage.RequestStatus;
import dev.fanfare.store.replica.ReplicaMessage.WatchChange;
import dev.fanfare.store.replica.ReplicaMessage.WatchedKeys;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The bytes of messages between the stores of nodes. */
class MessageCodecTest {

    private static final Ballot BALLOT = new Ballot(7, "b/1");
    private static final Configuration CONFIGURATION = new Configuration(
            "a/1",
            9,
            List.of("a/1", "b/1"),
            List.of(
                    new Assignment(9, 1, "a/1", List.of("a/1", "c/2"), List.of("b/1")),
                    new Assignment(4, 4, "gone/1", List.of("gone/1"), List.of())));

    private final WireRecord<Envelope> record = new WireRecord<>(1, "store", MessageCodec::write, MessageCodec::read);

    private static Map<String, Envelope> messages() {
        byte[] bytes = {1, 2, 3};
        Map<String, ReplicaMessage> messages = new LinkedHashMap<>();
        messages.put(
                "heartbeat of a new node",
                new ReplicaMessage.MemberHeartbeat("", 0, 0, 5, false, 0, Room.UNLIMITED, true, false, true));
        messages.put("heartbeat", new ReplicaMessage.MemberHeartbeat("a/1", 9, 3, -5, true, 77, 99, true, false, true));
        messages.put(
                "heartbeat acknowledged", new ReplicaMessage.HeartbeatAck("a/1", 9, 5, true, false, Set.of("d/1")));
        messages.put("prepare", new ReplicaMessage.Prepare(9, BALLOT, Set.of("c/1", "d/1"), true));
        messages.put("promise", new ReplicaMessage.Promise(9, BALLOT, Ballot.NONE, null));
        messages.put(
                "promise of what is accepted",
                new ReplicaMessage.Promise(9, BALLOT, new Ballot(6, "a/1"), CONFIGURATION));
        messages.put("accept", new ReplicaMessage.Accept(9, BALLOT, CONFIGURATION));
        messages.put("accepted", new ReplicaMessage.AcceptAck(9, BALLOT));
        messages.put("refused", new ReplicaMessage.PrepareRefused(9, BALLOT, new Ballot(8, "c/1")));
        messages.put("decided", new ReplicaMessage.Decided(CONFIGURATION));
        messages.put("in sync", new ReplicaMessage.InSync(1, 9, "b/1"));
        messages.put(
                "replicate",
                new ReplicaMessage.Replicate(
                        1,
                        9,
                        2,
                        1000,
                        3,
                        4,
                        5,
                        6,
                        List.of(new ReplicationEntry(1000, bytes), new ReplicationEntry(1001, bytes))));
        messages.put("replicated", new ReplicaMessage.ReplicateAck(1, 9, 2, -1, 0, true));
        messages.put("part of a snapshot", new ReplicaMessage.SnapshotPart(1, 9, 1, 3, true, 77, 1000, bytes));
        messages.put("part of a snapshot acknowledged", new ReplicaMessage.SnapshotAck(1, 9, 1, 4));
        messages.put("request", new ReplicaMessage.StoreRequest(12, 255, true, bytes));
        messages.put("reply", new ReplicaMessage.RequestReply(12, RequestStatus.UNKNOWN, bytes));
        messages.put(
                "registration of watches",
                new ReplicaMessage.WatchRegistration(List.of(new WatchedKeys(7, "k\u00e4"), new WatchedKeys(8, ""))));
        messages.put("further watches", new ReplicaMessage.WatchAdditions(List.of(new WatchedKeys(9, "k"))));
        messages.put(
                "changes of watches", new ReplicaMessage.WatchChanges(3, List.of(new WatchChange(7, List.of(0, 255)))));
        messages.put("changes of watches acknowledged", new ReplicaMessage.WatchChangesAck(3));
        Map<String, Envelope> envelopes = new LinkedHashMap<>();
        messages.forEach((name, message) -> envelopes.put(name, new Envelope("a/1", "b/1", message)));
        return envelopes;
    }

    @Test
    void theFirstVersionIsReadAndWrittenAsItWasRecorded() throws IOException {
        record.assertRecorded(messages());
    }

    @Test
    void whatLaterVersionsAppendIsSkipped() throws WireException {
        record.assertGrows(messages());
    }

    @Test
    void whatIsCutShortIsRefused() {
        record.assertCutsFail(messages());
    }

    @Test
    void garbageIsHarmless() {
        record.assertGarbageIsHarmless(messages(), new Random(1), 10_000);
    }

    @Test
    void anUnknownKindIsNoMessage() throws WireException {
        byte[] bytes = MessageCodec.encode(new Envelope("a/1", "b/1", new ReplicaMessage.AcceptAck(9, BALLOT)), 1);
        bytes[2 * (Integer.BYTES + 3)] = 99;
        assertNull(MessageCodec.decode(bytes));
        assertThrows(WireException.class, () -> MessageCodec.decode(new byte[3]));
    }
}
