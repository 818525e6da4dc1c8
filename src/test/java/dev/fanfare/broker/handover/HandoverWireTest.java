package dev.fanfare.broker.handover;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.handover.HandoverMessage.Barrier;
import dev.fanfare.broker.handover.HandoverMessage.ClaimDeclined;
import dev.fanfare.broker.handover.HandoverMessage.ClaimQuery;
import dev.fanfare.broker.handover.HandoverMessage.ClaimReply;
import dev.fanfare.broker.handover.HandoverMessage.ClaimRequest;
import dev.fanfare.broker.handover.HandoverMessage.ClaimTaken;
import dev.fanfare.broker.handover.HandoverMessage.Forward;
import dev.fanfare.broker.handover.HandoverMessage.OwnerChanged;
import dev.fanfare.broker.handover.HandoverMessage.Release;
import dev.fanfare.broker.handover.HandoverMessage.SessionEnded;
import dev.fanfare.broker.handover.HandoverMessage.SessionsDigest;
import dev.fanfare.broker.handover.HandoverMessage.SessionsReply;
import dev.fanfare.broker.handover.HandoverMessage.SessionsRequest;
import dev.fanfare.broker.wire.Wire;
import dev.fanfare.core.protocol.Subprotocol;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class HandoverWireTest {

    private static final Claim CLAIM = new Claim("chat", "node1-7", "token", Subprotocol.JSON_RELIABLE);

    private static final List<HandoverMessage> MESSAGES = List.of(
            new ClaimRequest("node1", CLAIM, Long.MAX_VALUE, 5000),
            new ClaimTaken("node1", "id", 1),
            new ClaimDeclined("node2", "id", 2),
            new ClaimQuery("node3", "é", Long.MIN_VALUE),
            ClaimReply.NOTHING,
            new ClaimReply(null, "node4"),
            new Forward("id", new byte[] {1, 2, 3}),
            new Release("node5", "id", 3),
            new Barrier(),
            new OwnerChanged("node6", "id"),
            new SessionEnded("node7", "id"),
            new SessionsDigest("node8", -1),
            new SessionsRequest("node9", 4),
            new SessionsReply("node10", 5, List.of("one", "two")));

    @Test
    void everyKindOfMessageIsReadAsWritten() throws IOException {
        for (HandoverMessage message : MESSAGES) {
            HandoverMessage read = HandoverWire.read(Wire.input(bytes(message)));
            assertEquals(message.getClass(), read.getClass());
            assertArrayEquals(bytes(message), bytes(read));
            if (!(message instanceof Forward)) {
                assertEquals(message, read);
            }
        }
        assertEquals(
                Set.of(HandoverMessage.class.getPermittedSubclasses()),
                MESSAGES.stream().map(Object::getClass).collect(Collectors.toSet()));
    }

    @Test
    void kindsKeepTheirNumbers() {
        assertEquals(
                List.of(1, 8, 9, 10, 2, 2, 3, 4, 7, 5, 6, 11, 12, 13),
                MESSAGES.stream().map(message -> (int) bytes(message)[0]).toList());
    }

    @Test
    void unknownKindFails() {
        assertThrows(IOException.class, () -> HandoverWire.read(Wire.input(new byte[] {99})));
    }

    private static byte[] bytes(HandoverMessage message) {
        return Wire.toBytes(out -> HandoverWire.write(out, message));
    }
}
