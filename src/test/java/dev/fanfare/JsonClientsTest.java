package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The subprotocol {@code json.webpubsub.azure.v1}, end to end. */
class JsonClientsTest {

    private TestNode node;

    @BeforeEach
    void start() {
        node = TestNode.start("LIMITS_GROUPS_PER_CONNECTION=3");
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void theFirstFrameIsExact() throws IOException {
        try (JsonClient alice = node.client("al\"ice").json();
                JsonClient nobody = node.client(null).json()) {
            assertEquals(List.of("type", "event", "userId", "connectionId"), names(alice.connected()));
            assertEquals("system", alice.connected().getString("type"));
            assertEquals("al\"ice", alice.connected().getString("userId"));
            assertTrue(nobody.connected().containsKey("userId"));
            assertEquals(null, nobody.connected().getValue("userId"));
            assertNotEquals(alice.connectionId(), nobody.connectionId());
        }
    }

    @Test
    void aTextThatWasCutInsideOfAnEmojiArrivesAndItsSenderStays() throws IOException {
        try (JsonClient member = node.client("m").in("g").json();
                JsonClient sender = node.client("s").mayAll().json()) {
            sender.send("{'type':'sendToGroup','group':'g','dataType':'text','data':'Hi \\ud83d','ackId':1}");
            assertTrue(sender.ack(1).getBoolean("success"));
            assertEquals("Hi \uFFFD", member.text());
        }
    }

    @Test
    void aMessageReachesAllMembersOnAllEventLoopsAndNobodyElse() throws IOException {
        List<JsonClient> members = new ArrayList<>();
        try (JsonClient publisher = node.client("p").mayAll().json();
                JsonClient other = node.client("o").in("other").json()) {
            for (int i = 0; i < 7; i++) {
                members.add(node.client("m").may("joinLeaveGroup").json());
                members.get(i).join("g");
            }
            // Publishing needs no membership.
            publisher.publish("g", "hello");
            for (JsonClient member : members) {
                assertEquals(
                        "{\"type\":\"message\",\"from\":\"group\",\"group\":\"g\",\"fromUserId\":\"p\",\"dataType\":\"text\",\"data\":\"hello\"}",
                        member.readText());
            }
            publisher.publish("other", "marker");
            assertEquals("marker", other.text());

            members.get(0).done("{'type':'leaveGroup','group':'g'}");
            publisher.publish("g", "again");
            for (JsonClient member : members.subList(1, 7)) {
                assertEquals("again", member.text());
            }
            members.get(0).assertNothingCame();
            publisher.assertNothingCame();
        } finally {
            for (JsonClient member : members) {
                member.close();
            }
        }
    }

    @Test
    void joiningTwiceAndLeavingWhatOneIsNotInIsDone() throws IOException {
        try (JsonClient client = node.client("a").mayAll().json()) {
            client.join("g");
            client.join("g");
            client.publish("g", "once");
            assertEquals("once", client.text());
            client.assertNothingCame();
            client.done("{'type':'leaveGroup','group':'g'}");
            client.done("{'type':'leaveGroup','group':'g'}");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "9007199254740993", "18446744073709551615"})
    void everyAckIdIsAnsweredOnceAndKnownAgain(String ackId) throws IOException {
        try (JsonClient client = node.client("a").mayAll().in("g").json()) {
            String send = "{'type':'sendToGroup','group':'other','data':1,'ackId':" + ackId + "}";
            client.send(send);
            assertEquals("{\"type\":\"ack\",\"ackId\":" + ackId + ",\"success\":true}", client.readText());
            client.send("{'type':'sendToGroup','group':'g','data':1,'ackId':" + ackId + "}");
            assertEquals(
                    "{\"type\":\"ack\",\"ackId\":" + ackId
                            + ",\"success\":false,\"error\":{\"name\":\"Duplicate\",\"message\":\"Message with ack-id: "
                            + ackId + " has been processed\"}}",
                    client.readText());
            client.publish("g", "marker");
            assertEquals("marker", client.text());
        }
    }

    @Test
    void withoutAnAckIdNothingIsAnswered() throws IOException {
        try (JsonClient client =
                node.client("a").may("sendToGroup.x", "joinLeaveGroup.x").json()) {
            client.send("{'type':'joinGroup','group':'y'}");
            client.send("{'type':'sendToGroup','group':'y','data':1}");
            client.send("{'type':'leaveGroup','group':'y','ackId':null}");
            client.send("{'type':'event','event':'e','data':1}");
            client.send("{'type':'sequenceAck','sequenceId':7}");
            client.assertNothingCame();
        }
    }

    @Test
    void whatIsForbiddenIsSaidInBandAndMayBeRepeated() throws IOException {
        try (JsonClient client = node.client("a").json()) {
            for (String frame : List.of(
                    "{'type':'joinGroup','group':'g','ackId':1}",
                    "{'type':'leaveGroup','group':'g','ackId':1}",
                    "{'type':'sendToGroup','group':'g','data':1,'ackId':1}")) {
                client.send(frame);
                JsonObject ack = client.ack(1);
                assertFalse(ack.getBoolean("success"));
                assertEquals("Forbidden", ack.getJsonObject("error").getString("name"));
            }
            client.assertNothingCame();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "sendToGroup, any, true",
        "sendToGroup.a.b, a.b, true",
        "sendToGroup.a.b, a, false",
        "sendToGroup.a.*, a.b, false",
        "sendToGroups.a.*, a.b, true",
        "sendToGroups.a.*, a.b.c, false",
        "sendToGroups.a.**, a.b.c, true",
        "sendToGroups.a?, ab, true",
        "sendToGroups.a?, AB, false",
        "joinLeaveGroup, a, false"
    })
    void rolesMayHoldWildcards(String role, String group, boolean permitted) throws IOException {
        try (JsonClient client = node.client("a").may(role).json()) {
            assertEquals(
                    permitted,
                    client.ask("{'type':'sendToGroup','group':'" + group + "','data':1}")
                            .getBoolean("success"));
        }
    }

    @Test
    void noEchoLeavesOutTheSendingConnectionOnly() throws IOException {
        try (JsonClient sender = node.client("same").mayAll().in("g").json();
                JsonClient other = node.client("same").in("g").json()) {
            sender.done("{'type':'sendToGroup','group':'g','data':'x','noEcho':true}");
            assertEquals("x", other.text());
            sender.done("{'type':'sendToGroup','group':'g','data':'y','noEcho':false}");
            assertEquals("y", sender.text());
            assertEquals("y", other.text());
        }
    }

    @Test
    void allTypesOfDataAndMetadataReachJsonAndReliableClients() throws IOException {
        try (JsonClient json = node.client("j").in("g").json();
                JsonClient reliable = node.client("r").in("g").reliable();
                JsonClient publisher = node.client("p").mayAll().json()) {
            List<String> sent = List.of(
                    "'dataType':'text','data':'a'",
                    "'dataType':'json','data':{'x' : 1.0}",
                    "'data':[true]",
                    "'dataType':'binary','data':'AQID'",
                    "'dataType':'protobuf','data':'CgF4'",
                    "'dataType':'text','data':'m','metadata':{'b':'2','a':'1'}",
                    "'metadata':{'only':'me'}",
                    "'dataType':'text','data':'soon','ttlSeconds':300");
            List<String> received = List.of(
                    "\"dataType\":\"text\",\"data\":\"a\"",
                    "\"dataType\":\"json\",\"data\":{\"x\" : 1.0}",
                    "\"dataType\":\"json\",\"data\":[true]",
                    "\"dataType\":\"binary\",\"data\":\"AQID\"",
                    "\"dataType\":\"protobuf\",\"data\":\"CgF4\"",
                    "\"dataType\":\"text\",\"data\":\"m\",\"metadata\":{\"b\":\"2\",\"a\":\"1\"}",
                    "\"dataType\":\"text\",\"data\":\"\",\"metadata\":{\"only\":\"me\"}",
                    "\"dataType\":\"text\",\"data\":\"soon\"");
            String start = "{\"type\":\"message\",\"from\":\"group\",\"group\":\"g\",\"fromUserId\":\"p\",";
            for (int i = 0; i < sent.size(); i++) {
                publisher.send("{'type':'sendToGroup','group':'g'," + sent.get(i) + "}");
                assertEquals(start + received.get(i) + "}", json.readText());
                assertEquals(start + received.get(i) + ",\"sequenceId\":" + (i + 1) + "}", reliable.readText());
            }
        }
    }

    @Test
    void messagesOfServersSaySo() throws IOException {
        try (JsonClient client = node.client("u").in("g").json()) {
            byte[] body = "{\"x\":1, \"x\":2}".getBytes(StandardCharsets.UTF_8);
            for (String target :
                    List.of("/:send", "/users/u/:send", "/connections/" + client.connectionId() + "/:send")) {
                assertEquals(
                        202,
                        node.call("POST", "/api/hubs/chat" + target, "application/json", body)
                                .status());
                assertEquals(
                        "{\"type\":\"message\",\"from\":\"server\",\"dataType\":\"json\",\"data\":{\"x\":1, \"x\":2}}",
                        client.readText());
            }
            node.call("POST", "/api/hubs/chat/groups/g/:send", "application/json", body);
            assertEquals(
                    "{\"type\":\"message\",\"from\":\"group\",\"group\":\"g\",\"dataType\":\"json\",\"data\":{\"x\":1, \"x\":2}}",
                    client.readText());
        }
    }

    @Test
    void anEventThatNobodyHandlesFailsAndTheConnectionStays() throws IOException {
        try (JsonClient client = node.client("a").json()) {
            JsonObject ack = client.ask("{'type':'event','event':'order.placed','data':1}");
            assertEquals("InternalServerError", ack.getJsonObject("error").getString("name"));
            client.assertNothingCame();
        }
    }

    @Test
    void aPingIsAnsweredEachTime() throws IOException {
        try (JsonClient client = node.client("a").json()) {
            client.send("{'type':'ping'}");
            client.send("{'type':'PING','unknown':{}}");
            assertEquals("{\"type\":\"pong\"}", client.readText());
            assertEquals("{\"type\":\"pong\"}", client.readText());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'shout'}",
                "{}",
                "[]",
                "{",
                "{'type':'joinGroup'}",
                "{'type':'joinGroup','group':' '}",
                "{'type':'joinGroup','group':'g','ackId':-1}",
                "{'type':'joinGroup','group':'g','ackId':18446744073709551616}",
                "{'type':'sendToGroup','group':'g'}",
                "{'type':'sendToGroup','group':'g','data':null}",
                "{'type':'sendToGroup','group':'g','data':1,'dataType':'text'}",
                "{'type':'sendToGroup','group':'g','data':1,'noEcho':'true'}",
                "{'type':'sendToGroup','group':'g','data':1,'ttlSeconds':301}",
                "{'type':'event','event':'1','data':1}"
            })
    void whatIsNoFrameOfTheSubprotocolEndsTheConnectionAndNoOther(String frame) throws IOException {
        try (JsonClient other = node.client("b").mayAll().json();
                JsonClient client = node.client("a").mayAll().json()) {
            client.send(frame);
            JsonObject farewell = client.next();
            assertEquals("disconnected", farewell.getString("event"));
            String close = client.awaitClose();
            assertTrue(close.startsWith("1007 "), close);
            other.assertNothingCame();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'joinGroup','group':'a\\ud83d'}",
                "{'type':'leaveGroup','group':' '}",
                "{'type':'sendToGroup','group':'\\ude00','data':1}",
                "{'type':'event','event':'e\\ud83d','data':1}",
                "{'type':'event','event':'e','data':1,'metadata':{'m':'\\ud83d'}}"
            })
    void aNameThatIsNotAllowedFailsItsRequestAndTheConnectionStays(String frame) throws IOException {
        try (JsonClient client = node.client("a").mayAll().reliable()) {
            client.send(frame.replace("{'type'", "{'ackId':7,'type'"));
            JsonObject ack = client.ack(7);
            assertFalse(ack.getBoolean("success"));
            assertEquals("BadRequest", ack.getJsonObject("error").getString("name"));
            client.assertNothingCame();
        }
    }

    @Test
    void anInvalidEventNameFailsItsInvocationAndTheConnectionStays() throws IOException {
        try (JsonClient client = node.client("a").json()) {
            client.send("{'type':'invoke','invocationId':'i','target':'event','event':'e\\ud83d'}");
            JsonObject answer = client.next();
            assertEquals("invokeResponse", answer.getString("type"));
            assertEquals("i", answer.getString("invocationId"));
            assertEquals("BadRequest", answer.getJsonObject("error").getString("name"));
            client.assertNothingCame();
        }
    }

    @Test
    void joinAndSendInOneSegmentTakeEffectInOrder() throws IOException {
        for (int i = 0; i < 50; i++) {
            try (JsonClient client = node.client("a").mayAll().json()) {
                String group = "fresh" + i;
                ByteArrayOutputStream segment = new ByteArrayOutputStream();
                segment.writeBytes(RawFrame.text("{\"type\":\"joinGroup\",\"group\":\"" + group + "\"}")
                        .masked());
                segment.writeBytes(RawFrame.text("{\"type\":\"sendToGroup\",\"group\":\"" + group + "\",\"data\":1}")
                        .masked());
                segment.writeBytes(RawFrame.text("{\"type\":\"leaveGroup\",\"group\":\"" + group + "\",\"ackId\":1}")
                        .masked());
                client.socket().send(segment.toByteArray());
                JsonObject ack = client.ack(1);
                assertTrue(ack.getBoolean("success"));
            }
        }
    }

    @Test
    void whoSendsRightBehindItsJoinHearsItself() throws IOException {
        for (int i = 0; i < 50; i++) {
            try (JsonClient client = node.client("a").mayAll().json()) {
                String group = "fresh" + i;
                ByteArrayOutputStream segment = new ByteArrayOutputStream();
                segment.writeBytes(RawFrame.text("{\"type\":\"joinGroup\",\"group\":\"" + group + "\"}")
                        .masked());
                segment.writeBytes(
                        RawFrame.text("{\"type\":\"sendToGroup\",\"group\":\"" + group + "\",\"data\":" + i + "}")
                                .masked());
                client.socket().send(segment.toByteArray());
                assertEquals(i, client.message().getInteger("data"));
            }
        }
    }

    @Test
    void theOrderOfAPublisherIsKeptAcrossGroupsInBursts() throws Exception {
        int count = 3000;
        List<JsonClient> members = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            members.add(node.client("m").in("a", "b", "c").json());
        }
        try (JsonClient publisher = node.client("p").may("sendToGroup").json()) {
            Thread sending = new Thread(() -> {
                try {
                    ByteArrayOutputStream burst = new ByteArrayOutputStream();
                    for (int i = 0; i < count; i++) {
                        burst.writeBytes(RawFrame.text("{\"type\":\"sendToGroup\",\"group\":\"" + "abc".charAt(i % 3)
                                        + "\",\"data\":" + i + "}")
                                .masked());
                    }
                    publisher.socket().send(burst.toByteArray());
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            sending.start();
            for (JsonClient member : members) {
                for (int i = 0; i < count; i++) {
                    assertEquals(i, member.message().getInteger("data"));
                }
            }
            sending.join();
        } finally {
            for (JsonClient member : members) {
                member.close();
            }
        }
        Awaitility.await().until(() -> node.metric("fanfare_in_flight_bytes") == 0);
    }

    @Test
    void groupsPerConnectionAreLimited() throws IOException {
        try (JsonClient client = node.client("a").mayAll().json()) {
            client.join("1");
            client.join("2");
            client.join("3");
            JsonObject ack = client.ask("{'type':'joinGroup','group':'4'}");
            assertFalse(ack.getBoolean("success"));
            assertEquals("BadRequest", ack.getJsonObject("error").getString("name"));
            client.done("{'type':'leaveGroup','group':'1'}");
            client.join("4");
            client.publish("4", "in");
            assertEquals("in", client.text());
            assertEquals(1, node.metric("fanfare_limits_reached_total{limit=\"groups_per_connection\"}"));
        }
    }

    @Test
    void permissionsGrantedAndRevokedOverTheApiTakeEffectAtOnce() throws IOException {
        try (JsonClient client = node.client("a").may("sendToGroup").json()) {
            String permission = "/api/hubs/chat/permissions/%s/connections/" + client.connectionId() + "?targetName=g";
            String join = permission.formatted("joinLeaveGroup");
            String send = permission.formatted("sendToGroup");
            assertFalse(client.ask("{'type':'joinGroup','group':'g'}").getBoolean("success"));
            assertEquals(200, node.call("PUT", join).status());
            client.join("g");
            assertFalse(client.ask("{'type':'joinGroup','group':'h'}").getBoolean("success"));
            assertEquals(204, node.call("DELETE", send).status());
            assertFalse(
                    client.ask("{'type':'sendToGroup','group':'g','data':1}").getBoolean("success"));
            client.publish("h", "still");
            assertEquals(404, node.call("HEAD", send).status());
            assertEquals(200, node.call("PUT", send).status());
            client.publish("g", "again");
            assertEquals("again", client.text());
        }
    }

    @Test
    void serversMoveConnectionsBetweenGroupsAndCloseThem() throws IOException {
        try (JsonClient client = node.client("a").may("sendToGroup").json()) {
            String member = "/api/hubs/chat/groups/g/connections/" + client.connectionId();
            assertEquals(200, node.call("PUT", member).status());
            client.publish("g", "in");
            assertEquals("in", client.text());
            assertEquals(204, node.call("DELETE", member).status());
            client.publish("g", "out");
            assertEquals(
                    200, node.call("PUT", "/api/hubs/chat/users/a/groups/g").status());
            client.publish("g", "back");
            assertEquals("back", client.text());
            assertEquals(
                    204,
                    node.call("DELETE", "/api/hubs/chat/connections/" + client.connectionId() + "?reason=enough")
                            .status());
            assertEquals("{\"type\":\"system\",\"event\":\"disconnected\",\"message\":\"enough\"}", client.readText());
            assertEquals("1000 enough", client.awaitClose());
            assertEquals(
                    404,
                    node.call("HEAD", "/api/hubs/chat/connections/" + client.connectionId())
                            .status());
        }
    }

    private static List<String> names(JsonObject object) {
        return List.copyOf(object.fieldNames());
    }
}
