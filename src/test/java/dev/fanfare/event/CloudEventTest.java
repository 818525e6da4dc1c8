package dev.fanfare.event;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.testkit.AsyncApiDocument;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The forms of an event: headers for webhooks, JSON for the event bus. */
class CloudEventTest {

    private static final long TIME = 1_700_000_000_999L;

    private final EventState state = new EventState("custom.v1", "kept", 4);

    @Test
    void aUserEventOfAnOutboundConnectionSaysSo() {
        Map<String, String> headers = headers(user(ConnectionType.OUTBOUND, Subprotocol.RAW, Payload.text("hi")));
        Map<String, String> expected = new LinkedHashMap<>();
        expected.put("Content-Type", "text/plain; charset=utf-8");
        expected.put("ce-specversion", "1.0");
        expected.put("ce-awpsversion", "1.0");
        expected.put("ce-type", "azure.webpubsub.user.order.placed");
        expected.put("ce-source", "/hubs/chat/client/c1");
        expected.put("ce-id", "5");
        expected.put("ce-time", "2023-11-14T22:13:20Z");
        expected.put("ce-hub", "chat");
        expected.put("ce-connectionId", "c1");
        expected.put("ce-eventName", "order.placed");
        expected.put("ce-userId", "alice");
        expected.put("x-fanfare-user-id", "alice");
        expected.put("ce-subprotocol", "custom.v1");
        expected.put("ce-connectionState", "kept");
        expected.put("x-fanfare-type", "outbound");
        expected.put("x-fanfare-path", "/feeds/a%20b%C3%BC");
        expected.put("x-webpubsub-metadata-trace", "t1");
        assertEquals(expected, headers);
    }

    @Test
    void theStateIsThatOfWhenItIsSent() {
        CloudEvent event = user(ConnectionType.INBOUND, Subprotocol.JSON, Payload.json("1"));
        state.connectionState("new");
        assertEquals("new", headers(event).get("ce-connectionState"));
        assertEquals(Subprotocol.JSON.wireName(), headers(event).get("ce-subprotocol"));
    }

    @ParameterizedTest
    @CsvSource({
        "alice, alice",
        "a \"b\" c, a \"b\" c",
        "50%, 50%",
        "alice%40example.com, alice%40example.com",
        "50%zu, 50%zu",
        "50%25, 50%2525",
        "a%20, a%2520",
        "a%20b, a%20b",
        "ü, %C3%BC",
        "ü%, %C3%BC%25",
        "%C3%BC, %25C3%25BC",
        "%25C3%25BC, %2525C3%2525BC",
        "' x ', %20x%20",
        "\uD83D\uDE00, %F0%9F%98%80"
    })
    void headersCarryAnyText(String text, String expected) {
        assertEquals(expected, CloudEvent.headerValue(text));
    }

    @Test
    void whatCameInAHeaderGoesBackAsItCame() {
        EventState given = new EventState("a%b", "100% %25 \"x\"", 0);
        Identity identity =
                new Identity("c1", "chat", "100%", ConnectionType.INBOUND, "/client/hubs/chat", Subprotocol.RAW, 0);
        Map<String, String> headers =
                headers(CloudEvent.system(EventContext.next(identity, given), "connected", TIME, EventBodies.EMPTY));
        assertEquals("a%b", headers.get("ce-subprotocol"));
        assertEquals("100% %25 \"x\"", headers.get("ce-connectionState"));
        assertEquals("100%", headers.get("ce-userId"));
        assertEquals("100%25", headers.get("x-fanfare-user-id"));
    }

    @Test
    void eventsOnTheBusAreAsDescribed() {
        AsyncApiDocument document = new AsyncApiDocument();
        for (Payload payload : List.of(
                Payload.text("a \"text\""),
                Payload.json("{\"x\" : 1.50}"),
                Payload.binary(new byte[] {1, 2}),
                new Payload(DataType.PROTOBUF, new byte[1]))) {
            String event = EventBodies.structured(user(ConnectionType.INBOUND, Subprotocol.JSON, payload));
            assertEquals("[]", document.errorsOf("userEvent", event), event);
        }
        String connected = EventBodies.structured(
                CloudEvent.system(context(Subprotocol.RAW), "connected", TIME, EventBodies.EMPTY));
        assertEquals("[]", document.errorsOf("connectedEvent", connected), connected);
        String disconnected = EventBodies.structured(CloudEvent.system(
                context(Subprotocol.RAW), "disconnected", TIME, EventBodies.disconnected("bye", 1000)));
        assertEquals("[]", document.errorsOf("disconnectedEvent", disconnected), disconnected);
    }

    @Test
    void jsonStandsInAnEventAsItCame() {
        assertEquals(
                "{\"specversion\":\"1.0\",\"type\":\"azure.webpubsub.user.order.placed\","
                        + "\"source\":\"/hubs/chat/client/c1\",\"id\":\"5\",\"time\":\"2023-11-14T22:13:20Z\","
                        + "\"hub\":\"chat\",\"connectionid\":\"c1\",\"eventname\":\"order.placed\","
                        + "\"userid\":\"alice\",\"subprotocol\":\"json.webpubsub.azure.v1\","
                        + "\"connectiontype\":\"inbound\",\"path\":\"/feeds/a%20bü\","
                        + "\"metadata\":\"{\\\"Trace\\\":\\\"t1\\\"}\",\"datacontenttype\":\"application/json\","
                        + "\"data\":{\"x\" : 1.50}}",
                EventBodies.structured(user(ConnectionType.INBOUND, Subprotocol.JSON, Payload.json("{\"x\" : 1.50}"))));
    }

    private CloudEvent user(ConnectionType type, Subprotocol subprotocol, Payload payload) {
        Identity identity = new Identity("c1", "chat", "alice", type, "/feeds/a%20bü", subprotocol, 0);
        UserEvent event =
                new UserEvent(EventContext.next(identity, state), "order.placed", payload, Map.of("Trace", "t1"));
        return CloudEvent.user(event, TIME);
    }

    private EventContext context(Subprotocol subprotocol) {
        return EventContext.next(
                new Identity("c1", "chat", null, ConnectionType.INBOUND, "/client/hubs/chat", subprotocol, 0),
                new EventState());
    }

    private static Map<String, String> headers(CloudEvent event) {
        Map<String, String> headers = new LinkedHashMap<>();
        event.headers(headers::put);
        return headers;
    }
}
