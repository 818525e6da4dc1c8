package dev.fanfare.api;

import static dev.fanfare.api.ApiFixture.await;
import static dev.fanfare.api.ApiFixture.outcome;
import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.HEAD;
import static io.vertx.core.http.HttpMethod.OPTIONS;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Mistakes of callers, failures behind the API, and the answers to both. */
class ApiErrorsTest {

    private static final String HUB = "/api/hubs/chat";
    private static final String BAD = "400 Error.BadRequest ";

    private final ApiFixture api = new ApiFixture();

    @AfterEach
    void close() {
        api.close();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, missing",
                "Basic YTpi, malformed",
                "Bearer, malformed",
                "good-token, malformed",
                "Bearer bad-token, bad_signature"
            })
    void withoutAGoodTokenNothingIsTold(@Nullable String authorization, String reason) {
        var request = api.request(POST, "/api/hubs/%/nonsense");
        request.headers().remove("Authorization");
        if (authorization != null) {
            request.putHeader("Authorization", authorization);
        }
        HttpResponse<Buffer> response = ApiFixture.checked(POST, "/api/hubs/%/nonsense", await(request.send()));
        assertEquals("401 Error.Unauthorized", outcome(response));
        await().untilAsserted(() ->
                assertEquals(List.of("tokenRefused[" + reason + "]", "apiCall[unknown, 401]"), api.counted));
    }

    @Test
    void twoTokensAreNone() {
        var request = api.request(HEAD, HUB + "/users/u");
        request.headers().add("Authorization", "Bearer " + ApiFixture.TOKEN);
        assertEquals(401, await(request.send()).statusCode());
    }

    @Test
    void theSchemeOfATokenIsComparedWithoutCase() {
        var request = api.request(POST, HUB + "/:send").putHeader("Authorization", "bEARER " + ApiFixture.TOKEN);
        assertEquals(202, await(request.send()).statusCode());
    }

    @Test
    void aTokenThatIsNotForTheApiIsForbidden() {
        var request = api.request(GET, HUB + "/groups/g/connections").putHeader("Authorization", "Bearer client-token");
        HttpResponse<Buffer> response = await(request.send());
        assertEquals("403 Error.Forbidden", outcome(response));
        assertNull(response.getHeader("WWW-Authenticate"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api",
                "/api/",
                "/api/hubs",
                "/api/hubs/chat",
                "/api/hubs/chat/",
                "/api/hubs/chat/:sendAll",
                "/api/hubs/chat/:Send",
                "/api/hubs/chat/send",
                "/api/hubs/chat//:send",
                "//api/hubs/chat/:send",
                "/api//hubs/chat/:send",
                "/api/hubs/chat/:send/",
                "/api/hubs/chat/groups/g/:send/x",
                "/api/hubs/chat/../chat/:send",
                "/api/./hubs/chat/:send",
                "/api/hubs/chat/groups/../../chat/:send",
                "/api/openapi.yaml/..",
                "/api/health/../health"
            })
    void unknownPathsAreNotFound(String path) {
        assertEquals("404 Error.NotFound", outcome(api.call(POST, path)));
        assertEquals(List.of(), api.broker.publications);
        await().untilAsserted(() -> assertEquals(List.of("apiCall[unknown, 404]"), api.counted));
    }

    @Test
    void otherMethodsAreNotAllowed() {
        HttpResponse<Buffer> response = api.call(POST, HUB + "/connections/c");
        assertEquals("405 Error.MethodNotAllowed", outcome(response));
        assertEquals("DELETE, GET, HEAD", response.getHeader("Allow"));
        assertEquals("POST", api.call(OPTIONS, HUB + "/:send").getHeader("Allow"));
        assertEquals("HEAD", api.call(GET, "/api/health").getHeader("Allow"));
        assertEquals("405 Error.MethodNotAllowed", outcome(api.call(HttpMethod.valueOf("BREW"), HUB + "/:send")));
    }

    @ParameterizedTest
    @CsvSource({
        "/api/hubs/1chat/:send, hub",
        "/api/hubs/ch%20at/:send, hub",
        "/api/hubs/ch%00at/:send, hub",
        "/api/hubs//:send, hub",
        "/api/hubs/%2E%2E/:send, hub",
        "/api/hubs/chat/groups//:send, group",
        "/api/hubs/chat/groups/%20%09/:send, group",
        "/api/hubs/chat/users//:send, userId",
        "/api/hubs/chat/users/a%00b/:send, userId",
        "/api/hubs/chat/users/a%0D%0Ab/:send, userId",
        "/api/hubs/chat/connections//:send, connectionId",
        "/api/hubs/chat/%/:send, path",
        "/api/hubs/chat/groups/%4/:send, path",
        "/api/hubs/chat/groups/%zz/:send, path",
        "/api/hubs/chat/groups/%ff/:send, path",
        "/api/hubs/chat/groups/%C3/:send, path",
        "/api/hubs/chat/groups/%C0%AF/:send, path",
        "/api/hubs/chat/groups/%ED%A0%80/:send, path"
    })
    void namesAreChecked(String path, String target) {
        assertEquals(BAD + target, outcome(api.call(POST, path)));
        assertEquals(List.of(), api.broker.publications);
    }

    @Test
    void namesHaveALimitedLength() {
        assertLimit("/api/hubs/", "/:send", 128, "hub");
        assertLimit(HUB + "/groups/", "/:send", 1024, "group");
        assertLimit(HUB + "/users/", "/:send", 1024, "userId");
        assertLimit(HUB + "/connections/", "/:send", 128, "connectionId");
        assertLimit(HUB + "/:send?excluded=", "", 128, "excluded");
    }

    private void assertLimit(String before, String after, int length, String target) {
        assertEquals("202", outcome(api.call(POST, before + "x".repeat(length) + after)));
        assertEquals(BAD + target, outcome(api.call(POST, before + "x".repeat(length + 1) + after)));
    }

    @Test
    void groupsMayHaveControlCharacters() {
        assertEquals(202, api.call(POST, HUB + "/groups/a%00%0D%0Ab/:send").statusCode());
        assertEquals("a\0\r\nb", api.broker.publications.get(0).target().group());
    }

    @ParameterizedTest
    @CsvSource({
        "/:send?filter=userId, filter",
        "/:send?filter=%27, filter",
        "/groups/g/:send?filter=userId%20eq, filter",
        "/users/u/:send?filter=1, filter",
        "/:send?messageTtlSeconds=301, messageTtlSeconds",
        "/:send?messageTtlSeconds=-1, messageTtlSeconds",
        "/:send?messageTtlSeconds=1.5, messageTtlSeconds",
        "/:send?messageTtlSeconds=99999999999, messageTtlSeconds",
        "/connections/c/:send?messageTtlSeconds=x, messageTtlSeconds",
        "/:send?messageTtlSeconds=1&MessageTtlSeconds=1, messageTtlSeconds",
        "/:send?filter=true&filter=true, filter",
        "/:send?excluded=, excluded",
        "/:send?api-version=1, api-version",
        "/:send?api-version=2024-12-01&api-version=2024-12-01, api-version",
        "/:send?x=%, query",
        "/:send?%zz=1, query",
        "/:send?x=%ff, query",
        "/:closeConnections?reason=a&reason=b, reason",
        "/:closeConnections?excluded=, excluded",
        "/:closeConnections?filter=%27, filter",
        "/groups/g/:closeConnections?filter=1, filter",
        "/users/u/:closeConnections?code=999, code",
        "/users/u/:closeConnections?code=%2B1000, code",
        "/users/u/:closeConnections?code=%D9%A1000, code",
        "/:closeConnections?code=1004, code",
        "/:closeConnections?code=1005, code",
        "/:closeConnections?code=1006, code",
        "/:closeConnections?code=1015, code",
        "/:closeConnections?code=2999, code",
        "/:closeConnections?code=5000, code",
        "/:closeConnections?code=66536, code",
        "/:closeConnections?code=1000&code=1000, code",
        "/:generateToken?minutesToExpire=0, minutesToExpire",
        "/:generateToken?minutesToExpire=525601, minutesToExpire",
        "/:generateToken?clientType=MQTT, clientType",
        "/:generateToken?userId=%01, userId",
        "/:generateToken?role=, role",
        "/:generateToken?group=%20, group",
        "/:generateToken?userId=a&userId=b, userId"
    })
    void parametersAreChecked(String uri, String target) {
        assertEquals(BAD + target, outcome(api.call(POST, HUB + uri)));
        assertEquals(List.of(), api.broker.publications);
        assertEquals(List.of(), api.minted);
    }

    /** A misspelt filter, or one left empty by a program, would be none, and no filter selects all connections. */
    @ParameterizedTest
    @CsvSource({
        "/:send, filtre=false, query",
        "/:send, filter=, filter",
        "/groups/g/:send, filters=false, query",
        "/users/u/:send, $filter=false, query",
        "/:closeConnections, filtre=false, query",
        "/:closeConnections, filter=, filter",
        "/:closeConnections, filter, filter",
        "/groups/g/:closeConnections, exclude=c, query",
        "/groups/g/:closeConnections, filter=, filter",
        "/users/u/:closeConnections, filter=, filter",
        "/users/u/:closeConnections, reasons=x, query"
    })
    void whereAFilterMayBeGivenNothingElseIsIgnored(String path, String query, String target) {
        assertEquals(BAD + target, outcome(api.call(POST, HUB + path + "?" + query)));
        assertEquals(List.of(), api.broker.publications);
    }

    @Test
    void theParametersOfSdksAreTakenInAnyCase() {
        String query = "?Api-Version=2024-12-01&excluded=a&excluded=b&REASON=&filter=userId%20eq%20null";
        assertEquals("204", outcome(api.call(POST, HUB + "/:closeConnections" + query)));
    }

    @ParameterizedTest
    @CsvSource({
        "/:send, api-version",
        "/:send, report",
        "/:send, messageTtlSeconds",
        "/:closeConnections, code",
        "/:generateToken, clientType",
        "/:generateToken, minutesToExpire",
        "/:generateToken, group"
    })
    void aParameterThatIsGivenHasAValue(String path, String parameter) {
        assertEquals(BAD + parameter, outcome(api.call(POST, HUB + path + "?" + parameter + "=")));
        assertEquals(BAD + parameter, outcome(api.call(POST, HUB + path + "?" + parameter)));
    }

    @Test
    void aUserOrAReasonMayBeEmptyAndIsNone() {
        assertEquals("200", outcome(api.call(POST, HUB + "/:generateToken?userId=")));
        assertTrue(api.minted.get(0).contains(" null "), api.minted.toString());
        assertEquals("204", outcome(api.call(DELETE, HUB + "/connections/c?reason=")));
    }

    @Test
    void errorsSayWhereAFilterIsWrong() {
        JsonObject problem =
                api.call(POST, HUB + "/:send?filter=userId%20eq%201").bodyAsJsonObject();
        assertEquals("filter: position 11: cannot be compared: a string and an integer", problem.getString("message"));
    }

    @Test
    void aReasonFitsIntoACloseFrame() {
        String longest = "%C3%BC".repeat(61) + "x";
        assertEquals("204", outcome(api.call(DELETE, HUB + "/connections/c?reason=" + longest)));
        assertEquals(BAD + "reason", outcome(api.call(DELETE, HUB + "/connections/c?reason=" + longest + "x")));
    }

    @Test
    void versionsOfTheKnownFormAndUnknownParametersAreTaken() {
        for (String version : List.of("2021-10-01", "2024-12-01", "2099-01-01", "2026-01-01-preview")) {
            String query = "?api-version=" + version + "&new=1&&=";
            assertEquals("202", outcome(api.call(POST, HUB + "/connections/c/:send" + query)));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "maxpagesize=0, maxpagesize",
        "maxpagesize=201, maxpagesize",
        "maxpagesize=ten, maxpagesize",
        "top=0, top",
        "top=-1, top",
        "top=2147483648, top",
        "top=1&top=2, top",
        "continuationToken=!, continuationToken",
        "continuationToken=A, continuationToken",
        "continuationToken=null, continuationToken",
        "continuationToken=AAAA, continuationToken",
        "continuationToken=YWJj, continuationToken",
        "continuationToken=, continuationToken",
        "continuationToken=YQ&continuationToken=YQ, continuationToken"
    })
    void pagingIsChecked(String query, String target) {
        assertEquals(BAD + target, outcome(api.call(GET, HUB + "/groups/g/connections?" + query)));
    }

    @ParameterizedTest
    @CsvSource({
        "publish?targetName=g, permission",
        "webpubsub.sendToGroup?targetName=g, permission",
        "SendToGroup?targetName=g, permission",
        "sendToGroup, targetName",
        "sendToGroup?targetName=, targetName",
        "sendToGroup?targetName=%20, targetName",
        "sendToGroup?targetName=a&targetName=b, targetName"
    })
    void permissionsAreChecked(String permission, String target) {
        String uri = HUB + "/permissions/" + permission.replaceFirst("(\\?|$)", "/connections/c$1");
        assertEquals(BAD + target, outcome(api.call(PUT, uri)));
        assertEquals(BAD + target, outcome(api.call(DELETE, uri)));
        assertEquals("400 Error.BadRequest", outcome(api.call(HEAD, uri)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{}}",
                "{} {}",
                "1 2",
                "1,2",
                "{\"a\":1,}",
                "{'a':1}",
                "[1]//",
                "/* */1",
                "NaN",
                "01",
                "\"a",
                "\"\n\"",
                "\uFEFF{}",
                "tru",
                "nullnull"
            })
    void bodiesThatAreNotOneJsonValueAreRefused(String body) {
        assertEquals(BAD + "body", outcome(api.post(HUB + "/:send", "application/json", Buffer.buffer(body))));
        assertEquals(BAD + "body", outcome(api.post(HUB + "/:addToGroups", "application/json", Buffer.buffer(body))));
        assertEquals(List.of(), api.broker.publications);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "null", "\"\"", "[]", "{}", "-0.5e-3", "\"\\ud800\"", "{\"a\":1,\"a\":2}"})
    void everyJsonValueIsAMessage(String body) {
        assertEquals(
                202,
                api.post(HUB + "/:send", "application/json", Buffer.buffer(body))
                        .statusCode());
    }

    @Test
    void numbersAreAsLongAsTheyLike() {
        Buffer number = Buffer.buffer("[" + "9".repeat(1500) + ",1." + "0".repeat(1500) + "]");
        assertEquals("202", outcome(api.post(HUB + "/:send", "application/json", number)));
        assertEquals(
                number,
                Buffer.buffer(api.broker.publications.get(0).message().payload().bytes()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"groups\":[\"g\"],\"groups\":[\"h\"]}",
                "{\"groups\":[\"g\"],\"\\u0067roups\":[\"h\"]}",
                "{\"groups\":[\"g\"],\"filter\":null,\"filter\":\"false\"}",
                "{\"groups\":[\"g\"],\"filtre\":\"false\"}",
                "{\"groups\":[\"g\"],\"more\":1}"
            })
    void theChoiceOfConnectionsHasKnownKeysEachOnce(String body) {
        assertEquals(BAD + "body", outcome(api.post(HUB + "/:addToGroups", "application/json", Buffer.buffer(body))));
        assertEquals(
                BAD + "body", outcome(api.post(HUB + "/:removeFromGroups", "application/json", Buffer.buffer(body))));
    }

    @Test
    void deeplyNestedJsonIsRefused() {
        Buffer most = Buffer.buffer("[".repeat(100) + "]".repeat(100));
        assertEquals("202", outcome(api.post(HUB + "/:send", "application/json", most)));
        Buffer more = Buffer.buffer("[".repeat(101) + "]".repeat(101));
        assertEquals(BAD + "body", outcome(api.post(HUB + "/:send", "application/json", more)));
        Buffer deep = Buffer.buffer("[".repeat(100_000) + "]".repeat(100_000));
        assertEquals(BAD + "body", outcome(api.post(HUB + "/:send", "application/json", deep)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "text/plain", "text/plain;charset=utf-8"})
    void invalidUtf8IsRefused(String contentType) {
        for (int[] bytes : new int[][] {{'"', 0xff, '"'}, {'"', 0xc3, '"'}, {'"', 0xed, 0xa0, 0x80, '"'}}) {
            Buffer body = Buffer.buffer();
            for (int value : bytes) {
                body.appendByte((byte) value);
            }
            assertEquals(BAD + "body", outcome(api.post(HUB + "/:send", contentType, body)));
        }
    }

    @Test
    void jsonInAnotherEncodingIsRefused() {
        Buffer utf16 = Buffer.buffer("{\"a\":1}".getBytes(StandardCharsets.UTF_16BE));
        assertEquals(BAD + "body", outcome(api.post(HUB + "/:send", "application/json", utf16)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/xml",
                "text/html",
                "application/json;charset=utf-16",
                "text/plain;charset=no-such",
                "text/plain;charset=???",
                "text/plain;charset=",
                "multipart/form-data; boundary=x",
                "application/x-www-form-urlencoded",
                ";"
            })
    void otherContentTypesAreRefused(String contentType) {
        String expected = contentType.equals(";") ? "202" : "415 Error.UnsupportedMediaType";
        assertEquals(expected, outcome(api.post(HUB + "/:send", contentType, Buffer.buffer("x=1"))));
        HttpResponse<Buffer> groups = api.post(HUB + "/:addToGroups", contentType, Buffer.buffer("x=1"));
        assertEquals("415 Error.UnsupportedMediaType", outcome(groups));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | body",
                "\"groups\" | body",
                "{} | groups",
                "{\"groups\":null} | groups",
                "{\"groups\":[]} | groups",
                "{\"groups\":\"a\"} | groups",
                "{\"groups\":[1]} | groups",
                "{\"groups\":[null]} | groups",
                "{\"groups\":[\"\"]} | groups",
                "{\"groups\":[\"a\",\" \"]} | groups",
                "{\"groups\":[\"\\ud800\"]} | groups",
                "{\"groups\":[\"a\"],\"filter\":1} | filter",
                "{\"groups\":[\"a\"],\"filter\":\"userId\"} | filter"
            })
    void requestsAboutGroupsAreChecked(String body, String target) {
        for (String action : List.of("/:addToGroups", "/:removeFromGroups")) {
            assertEquals(BAD + target, outcome(api.post(HUB + action, "application/json", Buffer.buffer(body))));
        }
    }

    @Test
    void noMoreGroupsThanAConnectionMayHave() {
        JsonArray groups = new JsonArray();
        for (int i = 0; i <= 1000; i++) {
            groups.add("g" + i);
        }
        Buffer body = new JsonObject().put("groups", groups).toBuffer();
        assertEquals(BAD + "groups", outcome(api.post(HUB + "/:addToGroups", "application/json", body)));
    }

    @Test
    void metadataIsChecked() {
        for (Map<String, String> headers : List.of(
                Map.of("x-webpubsub-metadata-", "1"),
                Map.of("x-webpubsub-metadata-a", "ü"),
                Map.of("x-webpubsub-metadata-a", "1".repeat(1025)),
                Map.of("x-webpubsub-metadata-" + "k".repeat(257), "1"))) {
            assertEquals(BAD + "metadata", outcome(api.post(HUB + "/:send", null, Buffer.buffer(), headers)));
        }
    }

    @Test
    void aLimitBehindTheApiIsAConflict() {
        api.broker.connect("chat", "c", "u", "1", "2", "3", "4", "5");
        HttpResponse<Buffer> response = api.call(PUT, HUB + "/groups/6/connections/c");
        assertEquals("409 Error.Conflict", outcome(response));
        assertEquals(
                "a connection is in at most 5 groups",
                response.bodyAsJsonObject().getString("message"));
        assertEquals("409 Error.Conflict", outcome(api.call(PUT, HUB + "/users/u/groups/6")));
    }

    @Test
    void anIncompleteAnswerIsATimeoutUnlessTheRestIsEnough() {
        api.broker.connect("chat", "c", "u", "g");
        api.broker.unreachable = 1;
        assertEquals("200", outcome(api.call(HEAD, HUB + "/connections/c")));
        assertEquals("200", outcome(api.call(PUT, HUB + "/groups/g2/connections/c")));
        HttpResponse<Buffer> unknown = api.call(HEAD, HUB + "/connections/elsewhere");
        assertEquals("504 Error.Timeout", outcome(unknown));
        assertEquals("1", unknown.getHeader("Retry-After"));
        assertEquals("504 Error.Timeout", outcome(api.call(PUT, HUB + "/groups/g/connections/elsewhere")));
        assertEquals("504 Error.Timeout", outcome(api.call(POST, HUB + "/:closeConnections")));
        assertEquals("504 Error.Timeout", outcome(api.call(PUT, HUB + "/users/u/groups/g")));
        assertEquals("504 Error.Timeout", outcome(api.call(DELETE, HUB + "/groups/g/connections/c")));
    }

    @Test
    void aFaultIsCountedAndNotExplained() {
        api.broker.failure = new IllegalStateException("secret detail");
        HttpResponse<Buffer> response = api.call(GET, HUB + "/groups/g/connections");
        assertEquals("500 Error.Internal", outcome(response));
        assertFalse(response.bodyAsString().contains("secret"));
        await().untilAsserted(
                        () -> assertEquals(List.of("bug[]", "apiCall[listConnectionsInGroup, 500]"), api.counted));
    }

    @Test
    void withTooMuchInFlightNothingIsSent() {
        api.broker.writable = false;
        HttpResponse<Buffer> response = api.post(HUB + "/:send", "text/plain", Buffer.buffer("x"));
        assertEquals("429 Error.TooManyRequests", outcome(response));
        assertEquals("1", response.getHeader("Retry-After"));
        assertEquals(List.of(), api.broker.publications);
        await().untilAsserted(() ->
                assertEquals(List.of("limitReached[IN_FLIGHT_BYTES]", "apiCall[sendToAll, 429]"), api.counted));
        assertEquals(200, api.call(HEAD, "/api/health").statusCode());
    }

    @Test
    void aTokenThatWouldBeRefusedIsNotMade() {
        api.token = "x".repeat(8193);
        assertEquals(BAD + "role", outcome(api.call(POST, HUB + "/:generateToken?role=r&group=g")));
        assertEquals(BAD + "group", outcome(api.call(POST, HUB + "/:generateToken?group=g&userId=u")));
        assertEquals(BAD + "userId", outcome(api.call(POST, HUB + "/:generateToken?userId=u")));
    }

    @ParameterizedTest
    @CsvSource({"abc-1.2_3, abc-1.2_3", "a b, ", "<script>, "})
    void aWellFormedRequestIdIsSentBack(String id, String echoed) {
        var request = api.request(POST, HUB + "/:send").putHeader("x-ms-client-request-id", id);
        assertEquals(echoed, await(request.send()).getHeader("x-ms-client-request-id"));
    }

    @Test
    void aRequestIdIsNotSentBackWithoutLimit() {
        var request = api.request(POST, HUB + "/:send").putHeader("x-ms-client-request-id", "a".repeat(129));
        assertNull(await(request.send()).getHeader("x-ms-client-request-id"));
    }

    @Test
    void everyOperationSetIsKnownToMetrics() {
        assertEquals(44, ApiRoutes.operationIds().size());
        assertTrue(ApiRoutes.operationIds().containsAll(List.of("sendToAll", "unknown")));
    }
}
