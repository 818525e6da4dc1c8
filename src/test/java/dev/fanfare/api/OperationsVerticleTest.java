package dev.fanfare.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.config.Config;
import dev.fanfare.config.Hubs;
import dev.fanfare.config.OutboundConnection;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.ops.Metrics;
import dev.fanfare.shard.OutboundConnections;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Operations over the event bus: the same as over HTTP, in another form. */
class OperationsVerticleTest {

    private final Vertx vertx = Vertx.vertx();
    private final FakeBroker broker = new FakeBroker();
    private final AtomicReference<Function<Object, Future<JsonObject>>> served = new AtomicReference<>();

    private final List<OutboundConnection> opened = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        vertx.deployVerticle(new OperationsVerticle(
                        handler -> {
                            served.set(handler);
                            return Future.succeededFuture();
                        },
                        new ApiContext(
                                () -> Config.DEFAULT,
                                () -> new Hubs(Config.DEFAULT),
                                broker,
                                (endpoint, hub, userId, roles, groups, lifetime) -> endpoint + " " + hub + " " + userId,
                                outbound(),
                                ApiFixture.noRevocations(),
                                ApiFixture.consumers(vertx, ApiFixture.store(), broker),
                                Metrics.NONE,
                                AlertSink.NONE,
                                InstantSource.fixed(ApiFixture.NOW),
                                () -> Future.failedFuture("not here"))))
                .await(60, TimeUnit.SECONDS);
    }

    private OutboundConnections outbound() {
        return new OutboundConnections() {
            @Override
            public Future<String> open(OutboundConnection connection, String json) {
                opened.add(connection);
                return Future.succeededFuture("c1");
            }

            @Override
            public void withdraw(String hub, String connectionId) {}
        };
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    /** Sends a request; apostrophes stand for quotes. */
    private JsonObject ask(String request) {
        return ask((Object) new JsonObject(request.replace('\'', '"')));
    }

    private JsonObject ask(Object request) {
        Future<JsonObject> answer = Objects.requireNonNull(served.get()).apply(request);
        JsonObject told = answer.result();
        assertNotNull(told, () -> "no answer: " + answer.cause());
        assertEquals("n1", told.remove("node"));
        return told;
    }

    private String outcome(String request) {
        return outcome(ask(request));
    }

    private static String outcome(JsonObject answer) {
        JsonObject error = answer.getJsonObject("error");
        return answer.getInteger("status")
                + (error == null ? "" : " " + error.getString("code"))
                + (error == null || error.getString("target") == null ? "" : " " + error.getString("target"));
    }

    private Message sent() {
        assertEquals(1, broker.publications.size());
        return broker.publications.remove(0).message();
    }

    @Test
    void everyOperationOfServersIsThere() {
        for (Route route : Routes.TABLE) {
            String code = outcome("{'operation':'" + route.operationId() + "'}");
            assertEquals(
                    Description.OPERATIONS.contains(route.operationId())
                            || route.operationId().equals(ConfigurationHandlers.RELOAD)
                            || route.bodyKind() == Route.BodyKind.CREDENTIALS,
                    code.equals("404 Error.NotFound operation"),
                    code);
            assertFalse(code.startsWith("500"), route.operationId());
        }
    }

    @Test
    void aMessageIsTextJsonOrBytes() {
        assertEquals("202", outcome("{'operation':'sendToAll','hub':'Chat','dataType':'text','data':'häß'}"));
        Message text = sent();
        assertEquals(DataType.TEXT, text.payload().type());
        assertEquals("häß", new String(text.payload().bytes(), StandardCharsets.UTF_8));
        for (String value : List.of("{\"a\":[1,2.5,null]}", "[]", "7", "true", "null", "\"x\"")) {
            ask("{'operation':'sendToAll','hub':'chat','dataType':'json','data':" + value + "}");
            Message json = sent();
            assertEquals(DataType.JSON, json.payload().type());
            assertEquals(value, new String(json.payload().bytes(), StandardCharsets.UTF_8));
        }
        ask("{'operation':'sendToAll','hub':'chat','dataType':'binary','data':'AP8='}");
        Message binary = sent();
        assertEquals(DataType.BINARY, binary.payload().type());
        assertArrayEquals(new byte[] {0, -1}, binary.payload().bytes());
        assertEquals(Map.of(), binary.metadata());
    }

    @Test
    void parametersOfPathAndQueryHaveTheirNames() {
        assertEquals(
                "202",
                outcome("{'operation':'sendToGroup','hub':'chat','group':'g','dataType':'text','data':'x',"
                        + "'excluded':['c1','c2'],'messageTtlSeconds':5,'metadata':{'k':'v'}}"));
        Publication publication = broker.publications.get(0);
        assertEquals(Selector.group("chat", "g").without(Set.of("c1", "c2")), publication.target());
        assertEquals(Message.From.GROUP, publication.message().from());
        assertEquals(Map.of("k", "v"), publication.message().metadata());
        assertEquals(
                ApiFixture.NOW.plusSeconds(5).toEpochMilli(),
                publication.message().expiresAtMillis());
    }

    @Test
    void aConnectionThatIsToBeOpenedStandsBesideItsHub() {
        String request = "{'operation':'openConnection','hub':'chat','url':'ws://example.com','groups':['g']}";
        // The broker of this test has no connections, so there is nothing to show.
        assertEquals("502 Error.RetryExhausted", outcome(request));
        assertEquals("chat", opened.get(0).hub());
        assertEquals(List.of("g"), opened.get(0).groups());
        assertEquals("400 Error.BadRequest colour", outcome(request.replace("'groups'", "'colour'")));
        assertEquals(1, opened.size());
    }

    @Test
    void aReportComesInTheBody() {
        JsonObject answer =
                ask("{'operation':'sendToUser','hub':'chat','userId':'u','dataType':'text','data':'x','report':true}");
        assertEquals(200, answer.getInteger("status"));
        assertEquals(0, answer.getJsonObject("body").getInteger("matched"));
        assertEquals(SendHandlers.REPORT_MILLIS, broker.publications.get(0).reportMillis());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'operation':'none'} | 404 Error.NotFound operation",
                "{} | 404 Error.NotFound operation",
                "{'operation':7} | 404 Error.NotFound operation",
                "{'operation':'userExists'} | 400 Error.BadRequest hub",
                "{'operation':'userExists','hub':['chat'],'userId':'u'} | 400 Error.BadRequest hub",
                "{'operation':'userExists','hub':'1chat','userId':'u'} | 400 Error.BadRequest hub",
                "{'operation':'userExists','hub':'chat','userId':'u'} | 404 Error.NotFound",
                "{'operation':'sendToAll','hub':'chat','data':'x'} | 400 Error.BadRequest dataType",
                "{'operation':'sendToAll','hub':'chat','dataType':'protobuf','data':''} | 400 Error.BadRequest dataType",
                "{'operation':'sendToAll','hub':'chat','dataType':'text'} | 400 Error.BadRequest data",
                "{'operation':'sendToAll','hub':'chat','dataType':'text','data':7} | 400 Error.BadRequest data",
                "{'operation':'sendToAll','hub':'chat','dataType':'binary','data':'='} | 400 Error.BadRequest data",
                "{'operation':'sendToAll','hub':'chat','dataType':'text','data':'','filtre':'false'} | 400 Error.BadRequest body",
                "{'operation':'closeAllConnections','hub':'chat','filtre':'false'} | 400 Error.BadRequest body",
                "{'operation':'closeAllConnections','hub':'chat','filter':''} | 400 Error.BadRequest filter",
                "{'operation':'addConnectionsToGroups','hub':'chat','groups':['g'],'filtre':'false'} | 400 Error.BadRequest body",
                "{'operation':'sendToAll','hub':'chat','dataType':'text','data':'','metadata':7} | 400 Error.BadRequest metadata",
                "{'operation':'sendToAll','hub':'chat','dataType':'text','data':'','metadata':{'a':1}} | 400 Error.BadRequest metadata",
                "{'operation':'sendToAll','hub':'chat','dataType':'text','data':'','report':'maybe'} | 400 Error.BadRequest report",
                "{'operation':'sendToAll','hub':'chat','dataType':'text','data':'','filter':{}} | 400 Error.BadRequest filter",
                "{'operation':'closeAllConnections','hub':'chat','code':1006} | 400 Error.BadRequest code",
                "{'operation':'addConnectionsToGroups','hub':'chat','groups':[]} | 400 Error.BadRequest groups",
                "{'operation':'addConnectionToGroup','hub':'chat','connectionId':'c','group':'g'} | 404 Error.NotFound",
                "{'operation':'generateClientToken','hub':'chat'} | 400 Error.BadRequest host"
            })
    void whatIsWrongIsToldAsOverHttp(String request, String expected) {
        assertEquals(expected, outcome(request));
        assertEquals(List.of(), broker.publications);
    }

    @Test
    void aBodyThatIsNoObjectIsRefused() {
        assertEquals("400 Error.BadRequest body", outcome(ask((Object) "{}")));
        assertEquals("400 Error.BadRequest body", outcome(ask((Object) new JsonArray())));
    }

    @Test
    void halfOfASurrogatePairIsReplacedAsInFramesOfClients() {
        for (String dataType : List.of("text", "json")) {
            assertEquals(
                    "202",
                    outcome("{'operation':'sendToAll','hub':'chat','dataType':'" + dataType + "','data':'a\\uD83D'}"));
        }
        assertEquals(
                List.of("a\uFFFD", "\"a\uFFFD\""),
                broker.publications.stream()
                        .map(each -> new String(each.message().payload().bytes(), StandardCharsets.UTF_8))
                        .toList());
    }

    @Test
    void aBodyThatIsNestedDeeplyIsRefused() {
        JsonObject asDeepAsAllowed = new JsonObject()
                .put("operation", "sendToAll")
                .put("hub", "chat")
                .put("dataType", "json");
        assertEquals("202", outcome(ask((Object) asDeepAsAllowed.put("data", nested(100)))));
        assertEquals("400 Error.BadRequest body", outcome(ask((Object) asDeepAsAllowed.put("data", nested(101)))));
        JsonArray deep = nested(1500);
        JsonObject request = new JsonObject().put("hub", "chat").put("dataType", "json");
        assertEquals("400 Error.BadRequest body", outcome(ask((Object)
                request.put("operation", "sendToAll").put("data", deep))));
        assertEquals("400 Error.BadRequest body", outcome(ask((Object)
                request.put("operation", "openConnection").put("url", new JsonObject().put("a", deep)))));
    }

    private static JsonArray nested(int levels) {
        JsonArray nested = new JsonArray().add(1);
        for (int i = 1; i < levels; i++) {
            nested = new JsonArray().add(nested);
        }
        return nested;
    }

    @Test
    void theLimitOfBodiesHolds() {
        String large = "x".repeat(Config.DEFAULT.limits().restBodyBytes() + 1);
        JsonObject request = new JsonObject()
                .put("operation", "sendToAll")
                .put("hub", "chat")
                .put("dataType", "text")
                .put("data", large);
        assertEquals("413 Error.PayloadTooLarge body", outcome(ask((Object) request)));
        assertEquals("202", outcome(ask((Object) request.put("data", large.substring(1)))));
    }

    @Test
    void whatWaitsAndWhatIsMissingIsToldAsOverHttp() {
        broker.unreachable = 1;
        assertEquals("504 Error.Timeout", outcome("{'operation':'closeAllConnections','hub':'chat'}"));
        assertEquals(
                1,
                ask("{'operation':'listConnections','hub':'chat'}")
                        .getJsonObject("body")
                        .getInteger("unreachable"));
        broker.writable = false;
        assertEquals("429 Error.TooManyRequests", outcome("{'operation':'sendToAll','hub':'chat','dataType':'json'}"));
        broker.failure = new IllegalStateException("thrown on purpose");
        assertEquals("500 Error.Internal", outcome("{'operation':'listConnections','hub':'chat'}"));
    }

    @Test
    void pagesGoOnWithATokenInsteadOfALink() {
        for (int i = 0; i < 5; i++) {
            broker.connect("chat", "c" + i, "u" + i);
        }
        JsonObject first = ask("{'operation':'listConnections','hub':'chat','maxpagesize':3}")
                .getJsonObject("body");
        assertEquals(3, first.getJsonArray("value").size());
        assertNull(first.getString("nextLink"));
        JsonObject second = ask("{'operation':'listConnections','hub':'chat','maxpagesize':3,'continuationToken':'"
                        + first.getString("continuationToken") + "'}")
                .getJsonObject("body");
        assertEquals("c3", second.getJsonArray("value").getJsonObject(0).getString("connectionId"));
        assertNull(second.getString("continuationToken"));
    }

    @Test
    void groupsAreNamedBesideEverythingElse() {
        FakeBroker.FakeConnection alice = broker.connect("chat", "c1", "alice");
        FakeBroker.FakeConnection bob = broker.connect("chat", "c2", "bob");
        assertEquals(
                "200",
                outcome("{'operation':'addConnectionsToGroups','hub':'chat','groups':['a','b'],"
                        + "'filter':'userId eq null or length(userId) eq 5'}"));
        assertEquals(Set.of("a", "b"), alice.groups);
        assertEquals(Set.of(), bob.groups);
    }
}
