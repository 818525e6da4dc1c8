package dev.fanfare.core.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.protocol.ClientFrame;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.FrameRefusal;
import dev.fanfare.core.protocol.JsonCodec;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.core.protocol.ProtocolViolation;
import dev.fanfare.core.protocol.Subprotocol;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionTest {

    private static final Payload DATA = Payload.text("x");

    private static Session session(String... roles) {
        return new Session(
                new Identity("c1", "chat", "alice", ConnectionType.INBOUND, "/", Subprotocol.JSON, 0),
                JsonCodec.PLAIN,
                new Permissions(List.of(roles)),
                new AckIds(10),
                null,
                new EventState());
    }

    private static String text(@Nullable Encoded encoded) {
        assertNotNull(encoded);
        return new String(encoded.body(), StandardCharsets.UTF_8);
    }

    private static ClientFrame.SendToGroup send(String group, @Nullable Long ackId) {
        return new ClientFrame.SendToGroup(group, DATA, false, 0, Map.of(), ackId);
    }

    private static ClientFrame notAllowed(@Nullable Long ackId, @Nullable String invocationId) {
        return new ClientFrame.NotAllowed(new ProtocolViolation("group: is odd"), ackId, invocationId);
    }

    /** A frame of each kind that is answered, with the id 7. */
    static Stream<ClientFrame> acknowledged() {
        return Stream.of(
                new ClientFrame.JoinGroup("g", 7L),
                new ClientFrame.LeaveGroup("g", 7L),
                send("g", 7L),
                new ClientFrame.Event("e", DATA, Map.of(), 7L),
                notAllowed(7L, null),
                new ClientFrame.RefreshToken("t", 7L));
    }

    @ParameterizedTest
    @MethodSource("acknowledged")
    void ackIdThatSucceededIsDuplicate(ClientFrame frame) {
        Session session = session("webpubsub.sendToGroup", "webpubsub.joinLeaveGroup");
        assertEquals(7L, frame.ackId());
        assertEquals("{\"type\":\"ack\",\"ackId\":7,\"success\":true}", text(session.succeeded(7L)));
        assertEquals(
                new FrameRefusal(ErrorCode.DUPLICATE, "Message with ack-id: 7 has been processed"),
                session.check(frame));
    }

    @Test
    void ackIdThatFailedMayBeRepeated() {
        Session session = session("webpubsub.sendToGroup");
        String ack = text(session.failed(7L, new FrameRefusal(ErrorCode.FORBIDDEN, "no")));
        assertEquals(
                "{\"type\":\"ack\",\"ackId\":7,\"success\":false,\"error\":{\"name\":\"Forbidden\",\"message\":\"no\"}}",
                ack);
        assertNull(session.check(send("g", 7L)));
    }

    @Test
    void ackIdsAreUnsigned() {
        Session session = session();
        assertNotNull(session.succeeded(-1L));
        FrameRefusal refusal = session.check(send("g", -1L));
        assertNotNull(refusal);
        assertEquals("Message with ack-id: 18446744073709551615 has been processed", refusal.message());
    }

    @Test
    void requestWithoutAckIdIsNotAnswered() {
        Session session = session();
        assertNull(session.succeeded(null));
        assertNull(session.failed(null, new FrameRefusal(ErrorCode.FORBIDDEN, "no")));
        assertArrayEquals(new long[0], session.ackIds().toArray());
    }

    @Test
    void rolesDecideOnGroups() {
        ClientFrame join = new ClientFrame.JoinGroup("g", null);
        ClientFrame leave = new ClientFrame.LeaveGroup("g", null);
        ClientFrame send = send("g", null);
        assertEquals(forbidden("join"), session("webpubsub.sendToGroup").check(join));
        assertEquals(forbidden("leave"), session("webpubsub.sendToGroup").check(leave));
        assertEquals(forbidden("send to"), session("webpubsub.joinLeaveGroup").check(send));
        assertNull(session("webpubsub.joinLeaveGroup").check(join));
        assertNull(session("webpubsub.joinLeaveGroup").check(leave));
        assertNull(session("webpubsub.sendToGroup").check(send));
    }

    private static FrameRefusal forbidden(String verb) {
        return new FrameRefusal(ErrorCode.FORBIDDEN, "no permission to " + verb + " group 'g'");
    }

    @Test
    void longNamesAreAbbreviatedBetweenCharacters() {
        assertEquals("a".repeat(64), nameInRefusal("a".repeat(64)));
        assertEquals("a".repeat(64) + "…", nameInRefusal("a".repeat(65)));
        assertEquals("a".repeat(63) + "…", nameInRefusal("a".repeat(63) + "\ud83d\ude00"));
        assertEquals("a".repeat(62) + "\ud83d\ude00", nameInRefusal("a".repeat(62) + "\ud83d\ude00"));
    }

    private static String nameInRefusal(String group) {
        FrameRefusal refusal = session().check(send(group, null));
        assertNotNull(refusal);
        String prefix = "no permission to send to group '";
        assertTrue(refusal.message().startsWith(prefix));
        return refusal.message().substring(prefix.length(), refusal.message().length() - 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"connect", "Connected", "DISCONNECTED", "validate"})
    void namesOfSystemEventsAreRefused(String name) {
        for (ClientFrame frame :
                List.of(new ClientFrame.Event(name, DATA, Map.of(), null), new ClientFrame.Invoke("i", name, DATA))) {
            FrameRefusal refusal = session().check(frame);
            assertNotNull(refusal);
            assertEquals(ErrorCode.BAD_REQUEST, refusal.code());
        }
    }

    @Test
    void otherEventsNeedNoRole() {
        assertNull(session().check(new ClientFrame.Event("connects", DATA, Map.of(), null)));
        assertNull(session().check(new ClientFrame.Invoke("i", "message", DATA)));
    }

    @Test
    void contentThatIsNotAllowedIsExplained() {
        assertEquals(
                new FrameRefusal(ErrorCode.BAD_REQUEST, "group: is odd"),
                session().check(notAllowed(1L, null)));
    }

    @Test
    void framesWithoutRequestAreNotChecked() {
        assertNull(session().check(new ClientFrame.Ping()));
        assertNull(new ClientFrame.Ping().ackId());
    }

    @Test
    void invocationsHaveAnIdOfTheirOwn() {
        assertEquals("i", new ClientFrame.Invoke("i", "e", DATA).answeredInvocation());
        assertEquals("i", notAllowed(null, "i").answeredInvocation());
        assertNull(new ClientFrame.Ping().answeredInvocation());
        assertNull(new ClientFrame.Invoke("i", "e", DATA).ackId());
    }

    @Test
    void fixedPropertiesAreThoseOfTheIdentity() {
        Session session = session();
        assertEquals("c1", session.connectionId());
        assertEquals("chat", session.hub());
        assertEquals("alice", session.userId());
        assertEquals(Subprotocol.JSON, session.subprotocol());
    }

    @Test
    void eventsAreNumberedOnward() {
        EventState events = new EventState("custom", "kept", 4);
        assertEquals(5, events.nextId());
        assertEquals(6, events.nextId());
        assertEquals(6, events.lastId());
        assertEquals("custom", events.customSubprotocol());
        assertEquals("kept", events.connectionState());
        events.connectionState("new");
        assertEquals("new", events.connectionState());
    }
}
