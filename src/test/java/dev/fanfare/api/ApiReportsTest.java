package dev.fanfare.api;

import static dev.fanfare.api.ApiFixture.outcome;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.DeliveryReport;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reports of sends, and the listed properties of connections. */
class ApiReportsTest {

    private static final String HUB = "/api/hubs/chat";

    private final ApiFixture api = new ApiFixture();

    @AfterEach
    void close() {
        api.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/groups/g", "/users/u", "/connections/c"})
    void everySendMayHaveAReport(String whom) {
        DeliveryReport.FailedDelivery failedDelivery =
                new DeliveryReport.FailedDelivery("c9", ConnectionType.OUTBOUND, ErrorCode.SLOW_CONSUMER);
        api.broker.reports = () -> Future.succeededFuture(
                new OperationResult(7, List.of(), new DeliveryReport(4, 2, 1, List.of(failedDelivery)), null, null, 3));
        JsonObject body = api.call(POST, HUB + whom + "/:send?report=true").bodyAsJsonObject();
        assertEquals(
                new JsonObject()
                        .put("matched", 7)
                        .put("written", 4)
                        .put("queued", 2)
                        .put("dropped", 1)
                        .put("unreachable", 3)
                        .put(
                                "failures",
                                new JsonArray()
                                        .add(new JsonObject()
                                                .put("connectionId", "c9")
                                                .put("type", "outbound")
                                                .put("error", "Error.SlowConsumer"))),
                body);
        assertEquals(SendHandlers.REPORT_MILLIS, api.broker.publications.get(0).reportMillis());
        assertTrue(api.counted.contains("published[1]"));
    }

    @Test
    void aReportIsMadeOnlyWhereItIsWanted() {
        for (String wish : List.of("", "?report=false")) {
            assertEquals("202", outcome(api.call(POST, HUB + "/:send" + wish)));
        }
        assertEquals("400 Error.BadRequest report", outcome(api.call(POST, HUB + "/:send?report=")));
        assertEquals("400 Error.BadRequest report", outcome(api.call(POST, HUB + "/:send?report=yes")));
        assertEquals("400 Error.BadRequest report", outcome(api.call(POST, HUB + "/:send?report=true&report=true")));
        assertEquals(2, api.broker.publications.size());
        api.broker.publications.forEach(publication -> assertEquals(0, publication.reportMillis()));
    }

    @Test
    void soManyMayWaitForReportsAndNoMore() throws Exception {
        Promise<OperationResult> slow = Promise.promise();
        api.broker.reports = slow::future;
        List<Future<?>> waiting = new ArrayList<>();
        for (int i = 0; i < Services.MAX_REPORTS; i++) {
            waiting.add(api.later(HttpMethod.POST, HUB + "/:send?report=true"));
        }
        await().until(() -> api.broker.publications.size() == Services.MAX_REPORTS);
        assertEquals("429 Error.TooManyRequests", outcome(api.call(POST, HUB + "/:send?report=true")));
        assertEquals("202", outcome(api.call(POST, HUB + "/:send")));
        assertTrue(api.counted.contains("limitReached[REPORTS]"));
        assertFalse(waiting.get(0).isComplete());
        slow.complete(OperationResult.NONE);
        await().until(() -> waiting.stream().allMatch(Future::succeeded));
        assertEquals("200", outcome(api.call(POST, HUB + "/:send?report=true")));
    }

    @Test
    void aConnectionIsShownWithAllThatIsKnownOfIt() {
        api.broker.connect("chat", "c1", "alice", "a", "b");
        FakeBroker.FakeConnection outbound = api.broker.connect("chat", "c2", null);
        outbound.type = ConnectionType.OUTBOUND;
        outbound.state = ConnectionState.WAITING;
        outbound.attempts = 3;
        outbound.lastError = "connection refused";
        assertEquals(
                new JsonObject()
                        .put("connectionId", "c1")
                        .put("userId", "alice")
                        .put("type", "inbound")
                        .put("state", "open")
                        .put("path", "/client/hubs/chat")
                        .put("groups", new JsonArray().add("a").add("b"))
                        .put("groupCount", 2)
                        .put("openedAt", "2026-01-02T03:04:05Z"),
                api.call(GET, HUB + "/connections/c1").bodyAsJsonObject());
        JsonObject shown = api.call(GET, HUB + "/connections/c2").bodyAsJsonObject();
        assertEquals("outbound waiting", shown.getString("type") + " " + shown.getString("state"));
        assertEquals("3 connection refused", shown.getInteger("attempts") + " " + shown.getString("lastError"));
        assertEquals("404 Error.NotFound", outcome(api.call(GET, HUB + "/connections/c3")));
        assertEquals("404 Error.NotFound", outcome(api.call(GET, "/api/hubs/other/connections/c1")));
    }

    @Test
    void connectionsAreListedPageByPageAsTheyWereAskedFor() {
        for (int i = 0; i < 7; i++) {
            FakeBroker.FakeConnection connection = api.broker.connect("chat", "c" + i, i % 2 == 0 ? "even" : "odd");
            connection.type = i < 5 ? ConnectionType.INBOUND : ConnectionType.OUTBOUND;
            connection.state = i == 2 ? ConnectionState.WAITING : ConnectionState.OPEN;
        }
        assertEquals(List.of("c0", "c1", "c2", "c3", "c4", "c5", "c6"), ids(""));
        assertEquals(List.of("c5", "c6"), ids("&type=outbound"));
        assertEquals(List.of("c2"), ids("&state=waiting"));
        assertEquals(List.of(), ids("&type=outbound&state=waiting"));
        assertEquals(List.of("c0", "c4"), ids("&type=inbound&state=open&filter=userId%20eq%20%27even%27"));
        assertEquals("400 Error.BadRequest type", outcome(api.call(GET, HUB + "/connections?type=Inbound")));
        assertEquals("400 Error.BadRequest state", outcome(api.call(GET, HUB + "/connections?state=gone")));
        assertEquals("400 Error.BadRequest filter", outcome(api.call(GET, HUB + "/connections?filter=1")));
    }

    @Test
    void aConnectionThatMayBeAtANodeThatDoesNotAnswerIsNotMissing() {
        api.broker.unreachable = 1;
        assertEquals("504 Error.Timeout", outcome(api.call(GET, HUB + "/connections/c1")));
    }

    /** The ids of all pages of size two, following the links. */
    private List<String> ids(String query) {
        List<String> ids = new ArrayList<>();
        String uri = HUB + "/connections?api-version=2024-12-01&maxpagesize=2" + query;
        while (uri != null) {
            JsonObject page = api.call(GET, uri).bodyAsJsonObject();
            assertTrue(page.getJsonArray("value").size() <= 2);
            page.getJsonArray("value").forEach(each -> ids.add(((JsonObject) each).getString("connectionId")));
            String next = page.getString("nextLink");
            assertNull(page.getString("continuationToken"));
            uri = next == null ? null : next.substring(api.url().length());
        }
        return ids;
    }
}
