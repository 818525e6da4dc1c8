package dev.fanfare.api;

import static dev.fanfare.api.ApiFixture.outcome;
import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.HEAD;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.api.FakeBroker.FakeConnection;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.Permission;
import dev.fanfare.core.filter.Filter;
import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every operation of the API over HTTP, when it succeeds. */
class ApiOperationsTest {

    private static final String HUB = "/api/hubs/chat";

    private final ApiFixture api = new ApiFixture();
    private final FakeBroker broker = api.broker;
    private final FakeConnection alice = broker.connect("chat", "c1", "alice", "g1", "g2");
    private final FakeConnection alice2 = broker.connect("chat", "c2", "alice", "g1");
    private final FakeConnection anonymous = broker.connect("chat", "c3", null);
    private final FakeConnection elsewhere = broker.connect("other", "c4", "alice", "g1");

    @AfterEach
    void close() {
        api.close();
    }

    @ParameterizedTest
    @CsvSource({
        "HEAD, getServiceStatus, /api/health",
        "GET, getDescription, /api/openapi.yaml",
        "GET, getEventDescription, /api/asyncapi.yaml",
        "POST, sendToAll, /api/hubs/chat/:send",
        "POST, sendToGroup, /api/hubs/chat/groups/g1/:send",
        "POST, sendToUser, /api/hubs/chat/users/alice/:send",
        "POST, sendToConnection, /api/hubs/chat/connections/c1/:send",
        "POST, closeAllConnections, /api/hubs/chat/:closeConnections",
        "POST, closeGroupConnections, /api/hubs/chat/groups/g1/:closeConnections",
        "POST, closeUserConnections, /api/hubs/chat/users/alice/:closeConnections",
        "DELETE, closeConnection, /api/hubs/chat/connections/c1",
        "GET, listConnections, /api/hubs/chat/connections",
        "GET, getConnection, /api/hubs/chat/connections/c1",
        "HEAD, connectionExists, /api/hubs/chat/connections/c1",
        "HEAD, userExists, /api/hubs/chat/users/alice",
        "HEAD, groupExists, /api/hubs/chat/groups/g1",
        "PUT, addConnectionToGroup, /api/hubs/chat/groups/g3/connections/c1",
        "DELETE, removeConnectionFromGroup, /api/hubs/chat/groups/g1/connections/c1",
        "PUT, addUserToGroup, /api/hubs/chat/users/alice/groups/g3",
        "DELETE, removeUserFromGroup, /api/hubs/chat/users/alice/groups/g1",
        "DELETE, removeUserFromAllGroups, /api/hubs/chat/users/alice/groups",
        "DELETE, removeConnectionFromAllGroups, /api/hubs/chat/connections/c1/groups",
        "POST, addConnectionsToGroups, /api/hubs/chat/:addToGroups",
        "POST, removeConnectionsFromGroups, /api/hubs/chat/:removeFromGroups",
        "GET, listConnectionsInGroup, /api/hubs/chat/groups/g1/connections",
        "PUT, grantPermission, /api/hubs/chat/permissions/sendToGroup/connections/c1?targetName=g",
        "DELETE, revokePermission, /api/hubs/chat/permissions/sendToGroup/connections/c1?targetName=g",
        "HEAD, checkPermission, /api/hubs/chat/permissions/sendToGroup/connections/c1?targetName=java",
        "POST, generateClientToken, /api/hubs/chat/:generateToken"
    })
    void theDeclaredSuccessIsWhatIsAnswered(String method, String operationId, String uri) {
        alice.permissions.add(FakeBroker.permission(Permission.SEND_TO_GROUP, "java"));
        OpenApiDocument.Described described = new OpenApiDocument().operation(operationId);
        String versioned = uri + (uri.contains("?") ? "&" : "?") + "api-version=2024-12-01";
        Buffer body = Buffer.buffer("{\"groups\":[\"g3\"]}");
        HttpResponse<Buffer> response = method.equals("POST")
                ? api.post(versioned, "application/json", body)
                : api.call(HttpMethod.valueOf(method), versioned);
        assertEquals(described.success(), response.statusCode());
        assertEquals(method, described.method().toUpperCase(Locale.ROOT));
        String call = "apiCall[" + operationId + ", " + described.success() + "]";
        boolean send = operationId.startsWith("sendTo");
        await().untilAsserted(() -> assertEquals(send ? List.of("published[1]", call) : List.of(call), api.counted));
        boolean open = uri.equals("/api/health") || uri.endsWith(".yaml");
        assertEquals(open ? List.of() : List.of(versioned), api.authenticated);
    }

    @Test
    void aConnectionThatIsClosedIsNotOpenedAgainByAnyNode() {
        assertEquals(204, api.call(DELETE, "/api/hubs/Chat/connections/feed").statusCode());
        assertEquals(List.of("chat/feed"), api.withdrawn);
    }

    @Test
    void healthAndDescriptionNeedNoToken() throws Exception {
        assertEquals(
                200,
                ApiFixture.await(api.request(HEAD, "/api/health")
                                .putHeader("Authorization", "")
                                .send())
                        .statusCode());
        HttpResponse<Buffer> description = api.call(GET, "/api/openapi.yaml");
        assertEquals("application/yaml", description.getHeader("Content-Type"));
        assertEquals(Files.readString(Path.of("src/main/resources/openapi.yaml")), description.bodyAsString());
    }

    @Test
    void aMessageToAllComesFromTheServer() {
        api.post(HUB + "/:send?excluded=c1&excluded=c2&filter=userId%20eq%20null", "text/plain", text("hi"));
        Publication sent = onlyPublication();
        assertEquals(Selector.hub("chat").where(filter("userId eq null")).without(Set.of("c1", "c2")), sent.target());
        assertMessage(Message.From.SERVER, null, Payload.text("hi"), sent.message());
    }

    @Test
    void aMessageToAGroupComesFromTheGroup() {
        api.post(HUB + "/groups/g1/:send?excluded=c1&filter=true", "text/plain", text("hi"));
        Publication sent = onlyPublication();
        assertEquals(Selector.group("chat", "g1").where(filter("true")).without(Set.of("c1")), sent.target());
        assertMessage(Message.From.GROUP, "g1", Payload.text("hi"), sent.message());
        assertNull(sent.message().fromUserId());
    }

    @Test
    void aMessageToAUserMayBeFiltered() {
        api.post(HUB + "/users/alice/:send?filter=true", "text/plain", text("hi"));
        Publication sent = onlyPublication();
        assertEquals(Selector.user("chat", "alice").where(filter("true")), sent.target());
        assertMessage(Message.From.SERVER, null, Payload.text("hi"), sent.message());
    }

    @Test
    void aMessageToNobodyIsAccepted() {
        HttpResponse<Buffer> response = api.post(HUB + "/connections/gone/:send", "text/plain", text("hi"));
        assertEquals(202, response.statusCode());
        assertNull(response.body());
        assertEquals(Selector.connection("chat", "gone"), onlyPublication().target());
    }

    @Test
    void messagesOfOneCallerKeepTheirOrder() {
        for (int i = 1; i <= 5; i++) {
            api.post(HUB + "/groups/g1/:send", "text/plain", text("m" + i));
        }
        assertEquals(
                List.of("1 m1", "2 m2", "3 m3", "4 m4", "5 m5"),
                broker.publications.stream()
                        .map(sent -> sent.sequence() + " "
                                + new String(sent.message().payload().bytes(), StandardCharsets.UTF_8))
                        .toList());
        assertEquals(
                1,
                broker.publications.stream().map(Publication::origin).distinct().count());
    }

    @Test
    void timeToLiveBecomesAnInstant() {
        api.post(HUB + "/:send?messageTtlSeconds=300", null, text(""));
        assertEquals(
                ApiFixture.NOW.plusSeconds(300).toEpochMilli(),
                onlyPublication().message().expiresAtMillis());
        api.post(HUB + "/:send?messageTtlSeconds=0", null, text(""));
        assertEquals(Message.NEVER, broker.publications.get(1).message().expiresAtMillis());
    }

    @Test
    void metadataTravelsInHeaders() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-WebPubSub-Metadata-Trace", " Sat, 28 Nov 2026 ");
        headers.put("x-webpubsub-metadata-a.B", "1");
        headers.put("X-WebPubSub-Other", "no");
        api.post(HUB + "/:send", null, text(""), headers);
        assertEquals(
                Map.of("trace", "Sat, 28 Nov 2026", "a.b", "1"),
                onlyPublication().message().metadata());
    }

    @Test
    void ofRepeatedMetadataTheLastCounts() {
        ApiFixture.await(api.request(POST, HUB + "/:send")
                .putHeader("x-webpubsub-metadata-a", (Iterable<String>) List.of("1", "2"))
                .send());
        assertEquals(Map.of("a", "2"), onlyPublication().message().metadata());
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "application/json, JSON",
                "Application/JSON; charset=UTF-8, JSON",
                "application/json;charset=\"utf-8\", JSON",
                "text/plain, TEXT",
                "text/plain;charset=utf-8, TEXT",
                "application/octet-stream, BINARY",
                "-, BINARY"
            })
    void contentTypeSaysWhatAMessageIs(@Nullable String contentType, DataType expected) {
        byte[] body = " {\"b\" : [1, \"ü\"],\n\"b\":2.50e1} ".getBytes(StandardCharsets.UTF_8);
        assertEquals(
                202, api.post(HUB + "/:send", contentType, Buffer.buffer(body)).statusCode());
        Payload payload = onlyPublication().message().payload();
        assertEquals(expected, payload.type());
        assertArrayEquals(body, payload.bytes(), "forwarded byte for byte");
    }

    @Test
    void textOfOtherCharsetsBecomesUtf8() {
        Buffer latin = Buffer.buffer(new byte[] {'g', 'r', (byte) 0xfc, (byte) 0xdf});
        api.post(HUB + "/:send", "text/plain; charset=iso-8859-1", latin);
        assertArrayEquals(
                "grüß".getBytes(StandardCharsets.UTF_8),
                onlyPublication().message().payload().bytes());
    }

    @Test
    void emptyTextAndBinaryAreMessages() {
        assertEquals(202, api.post(HUB + "/:send", "text/plain", text("")).statusCode());
        assertEquals(202, api.call(POST, HUB + "/:send").statusCode());
        assertEquals(2, broker.publications.size());
    }

    @Test
    void closingAllSparesTheExcludedAndOtherHubs() {
        assertEquals(
                204,
                api.call(POST, HUB + "/:closeConnections?excluded=c2&reason=bye%20now")
                        .statusCode());
        assertEquals("CLOSED_BY_API 1000: bye now", alice.closed);
        assertNull(alice2.closed);
        assertEquals("CLOSED_BY_API 1000: bye now", anonymous.closed);
        assertNull(elsewhere.closed);
    }

    @Test
    void closingAGroupClosesItsMembers() {
        assertEquals(204, api.call(POST, HUB + "/groups/g2/:closeConnections").statusCode());
        assertEquals("CLOSED_BY_API 1000: Closed by REST API.", alice.closed);
        assertNull(alice2.closed);
    }

    @Test
    void closingAUserClosesAllItsConnections() {
        assertEquals(
                204,
                api.call(POST, HUB + "/users/alice/:closeConnections?excluded=c1&reason=")
                        .statusCode());
        assertNull(alice.closed);
        assertEquals("CLOSED_BY_API 1000: Closed by REST API.", alice2.closed);
        assertNull(anonymous.closed);
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1001, 1002, 1003, 1007, 1009, 1014, 3000, 4999})
    void closingTakesEveryCodeThatMayBeSent(int code) {
        assertEquals(
                204,
                api.call(DELETE, HUB + "/connections/c1?code=" + code + "&reason=why")
                        .statusCode());
        assertEquals("CLOSED_BY_API " + code + ": why", alice.closed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/groups/g1", "/users/alice"})
    void closingManyTakesAFilter(String whom) {
        String filter = "?code=4000&filter=connectionId%20eq%20%27c1%27";
        assertEquals(
                204, api.call(POST, HUB + whom + "/:closeConnections" + filter).statusCode());
        assertEquals("CLOSED_BY_API 4000: Closed by REST API.", alice.closed);
        assertNull(alice2.closed);
        assertNull(anonymous.closed);
    }

    @Test
    void closingMayBeRepeatedAndMayFindNothing() {
        assertEquals(204, api.call(DELETE, HUB + "/connections/c1?reason=x").statusCode());
        assertEquals("CLOSED_BY_API 1000: x", alice.closed);
        assertEquals(204, api.call(DELETE, HUB + "/connections/c1").statusCode());
        assertEquals(204, api.call(POST, HUB + "/groups/none/:closeConnections").statusCode());
        assertEquals(204, api.call(POST, HUB + "/users/none/:closeConnections").statusCode());
    }

    @ParameterizedTest
    @CsvSource({
        "200, /connections/c1",
        "404, /connections/c4",
        "404, /connections/none",
        "200, /users/alice",
        "404, /users/Alice",
        "200, /groups/g1",
        "404, /groups/G1",
    })
    void existenceIsAStatus(int status, String path) {
        assertEquals(status, api.call(HEAD, HUB + path).statusCode());
    }

    @Test
    void hubsAreComparedWithoutCase() {
        assertEquals(200, api.call(HEAD, "/api/hubs/CHAT/connections/c1").statusCode());
    }

    @Test
    void aConnectionJoinsAndLeavesAGroup() {
        assertEquals(200, api.call(PUT, HUB + "/groups/new/connections/c3").statusCode());
        assertEquals(Set.of("new"), anonymous.groups);
        assertEquals(200, api.call(PUT, HUB + "/groups/new/connections/c3").statusCode());
        assertEquals(204, api.call(DELETE, HUB + "/groups/new/connections/c3").statusCode());
        assertEquals(204, api.call(DELETE, HUB + "/groups/new/connections/c3").statusCode());
        assertEquals(Set.of(), anonymous.groups);
    }

    @Test
    void onlyAddingAnUnknownConnectionIsAnError() {
        assertEquals("404 Error.NotFound", outcome(api.call(PUT, HUB + "/groups/g/connections/none")));
        assertEquals(204, api.call(DELETE, HUB + "/groups/g/connections/none").statusCode());
        assertEquals(204, api.call(DELETE, HUB + "/connections/none/groups").statusCode());
        assertEquals(200, api.call(PUT, HUB + "/users/none/groups/g").statusCode());
        assertEquals(204, api.call(DELETE, HUB + "/users/none/groups/g").statusCode());
        assertEquals(204, api.call(DELETE, HUB + "/users/none/groups").statusCode());
    }

    @Test
    void aUserJoinsAndLeavesWithAllItsConnections() {
        assertEquals(200, api.call(PUT, HUB + "/users/alice/groups/g3").statusCode());
        assertEquals(Set.of("g1", "g2", "g3"), alice.groups);
        assertEquals(Set.of("g1", "g3"), alice2.groups);
        assertEquals(Set.of("g1"), elsewhere.groups);
        assertEquals(204, api.call(DELETE, HUB + "/users/alice/groups/g1").statusCode());
        assertEquals(Set.of("g2", "g3"), alice.groups);
        assertEquals(204, api.call(DELETE, HUB + "/users/alice/groups").statusCode());
        assertEquals(Set.of(), alice.groups);
        assertEquals(Set.of(), alice2.groups);
    }

    @Test
    void aConnectionLeavesAllGroups() {
        assertEquals(204, api.call(DELETE, HUB + "/connections/c1/groups").statusCode());
        assertEquals(Set.of(), alice.groups);
        assertEquals(Set.of("g1"), alice2.groups);
    }

    @Test
    void chosenConnectionsJoinAndLeaveGroups() {
        JsonObject body = new JsonObject()
                .put("groups", new JsonArray().add("g3").add("g4").add("g3"))
                .put("filter", "'g2' in groups or userId eq null");
        assertEquals(200, groups(":addToGroups", body).statusCode());
        assertEquals(Set.of("g1", "g2", "g3", "g4"), alice.groups);
        assertEquals(Set.of("g1"), alice2.groups);
        assertEquals(Set.of("g3", "g4"), anonymous.groups);
        assertEquals(
                200,
                groups(":removeFromGroups", body.put("filter", "userId eq null"))
                        .statusCode());
        assertEquals(Set.of(), anonymous.groups);
        assertEquals(Set.of("g1", "g2", "g3", "g4"), alice.groups);
    }

    @Test
    void withoutAFilterTheWholeHubIsChosen() {
        for (Object filter : new Object[] {null, ""}) {
            JsonObject body =
                    new JsonObject().put("groups", new JsonArray().add("all")).put("filter", filter);
            assertEquals(200, groups(":addToGroups", body).statusCode());
            assertTrue(anonymous.groups.contains("all") && alice.groups.contains("all"));
            assertFalse(elsewhere.groups.contains("all"));
            assertEquals(200, groups(":removeFromGroups", body).statusCode());
            assertFalse(anonymous.groups.contains("all") || alice.groups.contains("all"));
        }
    }

    @Test
    void permissionsAreGrantedCheckedAndRevoked() {
        String uri = HUB + "/permissions/sendToGroup/connections/c1?targetName=a%2Fb";
        assertEquals(404, api.call(HEAD, uri).statusCode());
        assertEquals(200, api.call(PUT, uri).statusCode());
        assertEquals(Set.of("sendToGroup a/b"), alice.permissions);
        assertEquals(200, api.call(HEAD, uri).statusCode());
        assertEquals(
                404,
                api.call(HEAD, uri.replace("sendToGroup", "joinLeaveGroup")).statusCode());
        assertEquals(204, api.call(DELETE, uri).statusCode());
        assertEquals(204, api.call(DELETE, uri).statusCode());
        assertEquals(404, api.call(HEAD, uri).statusCode());
        assertEquals(404, api.call(PUT, uri.replace("c1", "none")).statusCode());
        assertEquals(204, api.call(DELETE, uri.replace("c1", "none")).statusCode());
    }

    @Test
    void pathSegmentsAreDecodedOnceAndCompletely() {
        FakeConnection odd = broker.connect("chat", "c5", "ü +%", "a/b c+d%25");
        assertEquals(200, api.call(HEAD, HUB + "/groups/a%2Fb%20c+d%2525").statusCode());
        assertEquals(200, api.call(HEAD, HUB + "/users/%C3%BC%20%2B%25").statusCode());
        assertEquals(
                204,
                api.call(DELETE, HUB + "/groups/a%2fb%20c%2Bd%2525/connections/c5")
                        .statusCode());
        assertEquals(Set.of(), odd.groups);
    }

    @Test
    void aGroupMayBeNamedLikeARoute() {
        api.post(HUB + "/groups/%3Asend/%3Asend", null, text(""));
        assertEquals(Selector.group("chat", ":send"), onlyPublication().target());
    }

    @Test
    void aPageListsMembersById() {
        assertEquals(
                new JsonObject("{\"value\":[{\"connectionId\":\"c1\",\"userId\":\"alice\"},"
                        + "{\"connectionId\":\"c2\",\"userId\":\"alice\"}],\"unreachable\":0}"),
                api.call(GET, HUB + "/groups/g1/connections").bodyAsJsonObject());
        broker.connect("chat", "c0", null, "g1");
        assertEquals(
                new JsonObject().put("connectionId", "c0"),
                page(HUB + "/groups/g1/connections").getJsonArray("value").getJsonObject(0));
        assertEquals(
                new JsonObject("{\"value\":[],\"unreachable\":0}"),
                api.call(GET, HUB + "/groups/none/connections").bodyAsJsonObject());
    }

    @Test
    void aPageHasWhatTheNodesThatAnswerHave() {
        broker.unreachable = 1;
        for (String path : List.of("/groups/g1/connections", "/connections")) {
            JsonObject first = page(HUB + path + "?maxpagesize=1");
            assertEquals(1, first.getInteger("unreachable"), path);
            assertEquals(1, first.getJsonArray("value").size(), path);
            JsonObject second =
                    page(first.getString("nextLink").substring(api.url().length()));
            assertEquals(1, second.getInteger("unreachable"), path);
            assertEquals("c2", second.getJsonArray("value").getJsonObject(0).getString("connectionId"), path);
        }
        assertEquals(200, api.call(GET, HUB + "/connections/c1").statusCode());
        assertEquals(504, api.call(GET, HUB + "/connections/nobody").statusCode());
    }

    @ParameterizedTest
    @CsvSource({
        "'', 200;200;50",
        "?maxpagesize=100, 100;100;100;100;50",
        "?maxpagesize=150&top=400&api-version=2024-12-01, 150;150;100",
        "?top=1, 1",
        "?top=200, 200",
        "?top=450, 200;200;50",
        "?top=2147483647&maxpagesize=200, 200;200;50"
    })
    void pagesFollowEachOther(String query, String sizes) {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 450; i++) {
            String id = "m" + (1000 + i);
            broker.connect("chat", id, "u", "a/b");
            expected.add(id);
        }
        List<String> seen = new ArrayList<>();
        List<String> counts = new ArrayList<>();
        for (String link = HUB + "/groups/a%2Fb/connections" + query; link != null; ) {
            JsonObject page = page(link);
            JsonArray value = page.getJsonArray("value");
            value.forEach(entry -> seen.add(((JsonObject) entry).getString("connectionId")));
            counts.add(String.valueOf(value.size()));
            String next = page.getString("nextLink");
            assertTrue(next == null || next.startsWith(api.url() + HUB + "/groups/a%2Fb/connections?"), next);
            assertTrue(next == null || next.contains("api-version=2024-12-01&") == query.contains("api-version"));
            link = next == null ? null : next.substring(api.url().length());
        }
        assertEquals(sizes, String.join(";", counts));
        assertEquals(expected.subList(0, seen.size()), seen);
    }

    @Test
    void aTokenIsMadeOfTheQuery() {
        HttpResponse<Buffer> response = api.call(
                POST,
                "/api/hubs/Chat/:generateToken?userId=al%20ice&role=webpubsub.sendToGroup&role=webpubsub.joinLeaveGroup.a"
                        + "&group=g1&group=g+2&minutesToExpire=5&clientType=default");
        assertEquals(new JsonObject().put("token", "minted"), response.bodyAsJsonObject());
        assertEquals("no-store", response.getHeader("Cache-Control"));
        api.call(POST, HUB + "/:generateToken?clientType=Default");
        assertEquals(
                List.of(
                        api.url() + " chat al ice [webpubsub.sendToGroup, webpubsub.joinLeaveGroup.a] [g1, g 2] PT5M",
                        api.url() + " chat null [] [] PT1H"),
                api.minted);
    }

    private Publication onlyPublication() {
        assertEquals(1, broker.publications.size());
        return broker.publications.get(0);
    }

    private static void assertMessage(Message.From from, @Nullable String group, Payload payload, Message message) {
        assertEquals(from, message.from());
        assertEquals(group, message.group());
        assertEquals(payload.type(), message.payload().type());
        assertArrayEquals(payload.bytes(), message.payload().bytes());
        assertEquals(Message.NEVER, message.expiresAtMillis());
        assertEquals(Map.of(), message.metadata());
    }

    private HttpResponse<Buffer> groups(String action, JsonObject body) {
        return api.post(HUB + "/" + action, "application/json", body.toBuffer());
    }

    private JsonObject page(String uri) {
        return api.call(GET, uri).bodyAsJsonObject();
    }

    private static @Nullable Filter filter(String text) {
        return Call.filter(text);
    }

    private static Buffer text(String text) {
        return Buffer.buffer(text);
    }
}
