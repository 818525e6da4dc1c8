package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.operations.ClientToken;
import dev.fanfare.operations.ConnectionInfo;
import dev.fanfare.operations.Content;
import dev.fanfare.operations.Credentials;
import dev.fanfare.operations.FanfareClient;
import dev.fanfare.operations.FanfareClient.Permission;
import dev.fanfare.operations.Listing;
import dev.fanfare.operations.Opening;
import dev.fanfare.operations.OperationException;
import dev.fanfare.operations.SendReport;
import dev.fanfare.operations.Target;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.RemoteServer;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Operations by JVM code over the event bus, and their effects on clients. */
class OperationsOnTheBusTest {

    private static final String SECRET = "a-secret-that-signs-for-the-remote-32b";
    private static final Target G = Target.group("chat", "g");

    private TestNode node;
    private FanfareClient fanfare;

    @BeforeEach
    void start() {
        node = TestNode.start("OUTBOUND_ALLOW=127.0.0.1:*", "OUTBOUND_KEYS=[{id: feed, secret: " + SECRET + "}]");
        fanfare = node.operations();
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static void assertFails(ErrorCode code, Future<?> future) {
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(future));
        assertEquals(
                code,
                assertInstanceOf(OperationException.class, failure.getCause()).code());
    }

    @Test
    void messagesOfEveryKindReachTheirTargets() throws Exception {
        try (JsonClient alice = node.client("alice").in("g").json();
                JsonClient bob = node.client("bob").in("g").json()) {
            get(fanfare.send(G, Content.text("text").with(Map.of("k", "v"))));
            JsonObject text = alice.message();
            assertEquals("text", text.getString("data"));
            assertEquals("v", text.getJsonObject("metadata").getString("k"));
            get(fanfare.send(Target.user("chat", "alice"), Content.json(new JsonObject().put("a", 1))));
            assertEquals("{\"a\":1}", alice.message().getJsonObject("data").encode());
            get(fanfare.send(
                    Target.connection("chat", alice.connectionId()),
                    Content.binary(new byte[] {0, -1}).within(60)));
            assertEquals("AP8=", alice.message().getString("data"));
            get(fanfare.send(Target.hub("chat").where("userId eq 'bob'"), Content.text("filtered")));
            get(fanfare.send(G.without(bob.connectionId()), Content.text("last")));
            assertEquals("last", alice.text());
            assertEquals("text", bob.text());
            assertEquals("filtered", bob.text());
            bob.assertNothingCame();
        }
    }

    @Test
    void aReportSaysWhatBecameOfAMessage() throws Exception {
        JsonClient lost = node.client("bob").in("g").reliable();
        try (JsonClient alice = node.client("alice").in("g").json()) {
            lost.socket().disconnect();
            Awaitility.await().until(() -> node.metric("fanfare_sessions_detached") == 1);
            assertEquals(new SendReport(2, 1, 1, 0, 0, List.of()), get(fanfare.sendAndReport(G, Content.text("x"))));
            assertEquals("x", alice.text());
        }
    }

    @Test
    void whatOneCallerSendsArrivesInItsOrder() throws Exception {
        try (JsonClient alice = node.client("alice").in("g").json()) {
            List<Future<?>> sends = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                Content content = Content.text("m" + i);
                sends.add(i % 3 == 0 ? fanfare.sendAndReport(G, content) : fanfare.send(G, content));
            }
            for (int i = 0; i < 300; i++) {
                assertEquals("m" + i, alice.text());
                get(sends.get(i));
            }
        }
    }

    @Test
    void connectionsAreClosedByCodeReasonAndFilter() throws Exception {
        try (JsonClient alice = node.client("alice").in("g").json();
                JsonClient bob = node.client("bob").in("g").json();
                JsonClient carol = node.client("carol").json()) {
            get(fanfare.close(G.where("userId eq 'alice'"), 4001, "enough"));
            assertEquals("4001 enough", alice.awaitClose());
            bob.assertNothingCame();
            get(fanfare.close(Target.connection("chat", bob.connectionId()), 1001, "bye"));
            assertEquals("1001 bye", bob.awaitClose());
            assertFails(ErrorCode.BAD_REQUEST, fanfare.close(Target.hub("chat"), 1005, ""));
            carol.assertNothingCame();
            get(fanfare.close(Target.hub("chat"), 1000, "all"));
            assertEquals("1000 all", carol.awaitClose());
        }
    }

    @Test
    void groupsAreJoinedAndLeftForOthers() throws Exception {
        try (JsonClient alice = node.client("alice").json()) {
            Target one = Target.connection("chat", alice.connectionId());
            get(fanfare.addToGroups(one, "a", "b"));
            get(fanfare.addToGroups(Target.user("chat", "alice"), "b", "c"));
            get(fanfare.addToGroups(Target.hub("chat").where("'a' in groups"), "d"));
            assertEquals(List.of("a", "b", "c", "d"), groups(alice));
            get(fanfare.removeFromGroups(one, "a", "none"));
            get(fanfare.removeFromGroups(Target.hub("chat"), "d"));
            assertEquals(List.of("b", "c"), groups(alice));
            get(fanfare.removeFromAllGroups(Target.user("chat", "alice")));
            assertEquals(List.of(), groups(alice));
            assertFails(ErrorCode.NOT_FOUND, fanfare.addToGroups(Target.connection("chat", "none"), "a"));
        }
    }

    private List<String> groups(JsonClient client) throws Exception {
        return get(fanfare.show("chat", client.connectionId())).groups();
    }

    @Test
    void permissionsAreGrantedCheckedAndRevoked() throws Exception {
        try (JsonClient alice = node.client("alice").json()) {
            String id = alice.connectionId();
            assertFalse(get(fanfare.isPermitted("chat", id, Permission.SEND_TO_GROUP, "g")));
            get(fanfare.grant("chat", id, Permission.SEND_TO_GROUP, "g"));
            assertTrue(get(fanfare.isPermitted("chat", id, Permission.SEND_TO_GROUP, "g")));
            alice.publish("g", "x");
            get(fanfare.revoke("chat", id, Permission.SEND_TO_GROUP, "g"));
            assertFalse(get(fanfare.isPermitted("chat", id, Permission.SEND_TO_GROUP, "g")));
            assertFails(ErrorCode.NOT_FOUND, fanfare.grant("chat", "none", Permission.JOIN_LEAVE_GROUP, "g"));
        }
    }

    @Test
    void whatIsThereIsFoundShownAndListed() throws Exception {
        List<JsonClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 5; i++) {
                clients.add(node.client("u" + i).in("g").json());
            }
            assertTrue(get(fanfare.exists(G)));
            assertTrue(get(fanfare.exists(Target.user("chat", "u0"))));
            assertFalse(get(fanfare.exists(Target.connection("chat", "none"))));
            ConnectionInfo shown = get(fanfare.show("chat", clients.get(0).connectionId()));
            assertEquals("u0", shown.userId());
            assertEquals(ConnectionType.INBOUND, shown.type());
            assertEquals(ConnectionState.OPEN, shown.state());
            assertEquals("/client/hubs/chat", shown.path());
            assertEquals(1, shown.groupCount());
            assertFails(ErrorCode.NOT_FOUND, fanfare.show("chat", "none"));
            assertEquals(expectedIds(clients), listed(Listing.of("chat").inPagesOf(2)));
            assertEquals(
                    expectedIds(clients.subList(3, 4)),
                    listed(Listing.of("chat").where("userId eq 'u3'").inState(ConnectionState.OPEN)));
            assertEquals(new TreeSet<>(), listed(Listing.of("chat").ofType(ConnectionType.OUTBOUND)));
        } finally {
            for (JsonClient client : clients) {
                client.close();
            }
        }
    }

    private static Set<String> expectedIds(List<JsonClient> clients) {
        Set<String> ids = new TreeSet<>();
        clients.forEach(client -> ids.add(client.connectionId()));
        return ids;
    }

    private Set<String> listed(Listing all) throws Exception {
        Set<String> ids = new TreeSet<>();
        for (Listing next = all; next != null; ) {
            Listing.Page page = get(fanfare.list(next));
            page.connections().forEach(each -> assertTrue(ids.add(each.connectionId())));
            next = page.next();
        }
        return ids;
    }

    @Test
    void aConnectionIsOpenedFollowedListedAndClosed() throws Exception {
        try (RemoteServer remote = RemoteServer.start()) {
            Opening opening = Opening.of("chat", remote.url() + "/feed")
                    .withId("feed")
                    .offering("v2", "v1")
                    .withHeaders(Map.of("X-Tenant", "red"))
                    .withQuery(Map.of("depth", "5"))
                    .authenticatedBy(Credentials.jwt("feed")
                            .subject("broker")
                            .lifetime(60)
                            .inHeader())
                    .inGroups("out")
                    .saying(
                            Content.text("subscribe"),
                            Content.json(new JsonObject().put("all", true)),
                            Content.binary(new byte[] {1, 2}))
                    .reconnecting(1, 1, 0)
                    .queueing(2048, Opening.Overflow.DROP_NEWEST);
            ConnectionInfo opened = get(fanfare.open(opening));
            assertEquals("feed", opened.connectionId());
            assertEquals(ConnectionType.OUTBOUND, opened.type());
            assertEquals(ConnectionState.CONNECTING, opened.state());
            assertEquals("/feed", opened.path());
            assertEquals(List.of("out"), opened.groups());
            assertEquals(1, opened.attempts());
            try (RemoteServer.Upgraded socket = remote.upgrade("Sec-WebSocket-Protocol: v1")) {
                assertTrue(socket.request().startsWith("GET /feed?depth=5 "), socket.request());
                assertEquals("red", socket.header("X-Tenant"));
                assertTrue(String.valueOf(socket.header("Authorization")).startsWith("Bearer ey"));
                assertEquals("subscribe", socket.readText());
                assertEquals("{\"all\":true}", socket.readText());
                assertEquals(2, socket.socket().readMaskedFrame().payload().length);
                Awaitility.await().until(() -> shown().state() == ConnectionState.OPEN);
                get(fanfare.send(Target.group("chat", "out"), Content.text("hello")));
                assertEquals("hello", socket.readText());
                Listing outbound = Listing.of("chat").ofType(ConnectionType.OUTBOUND);
                assertEquals(Set.of("feed"), listed(outbound.inState(ConnectionState.OPEN)));
                assertEquals(Set.of(), listed(outbound.inState(ConnectionState.WAITING)));
                assertFails(ErrorCode.NON_UNIQUE_ID, fanfare.open(opening));
                get(fanfare.close(Target.hub("chat").where("type eq 'outbound' and path eq '/feed'"), 4000, "enough"));
                assertEquals(4000, socket.readClose());
            }
            assertFails(ErrorCode.NOT_FOUND, fanfare.show("chat", "feed"));
        }
    }

    private ConnectionInfo shown() throws Exception {
        return get(fanfare.show("chat", "feed"));
    }

    @Test
    void whyAConnectionDoesNotOpenIsARowOfTheTable() throws Exception {
        int hour = 3_600_000;
        try (RemoteServer remote = RemoteServer.start()) {
            Opening opening = Opening.of("chat", remote.url()).withId("feed");
            get(fanfare.open(opening.reconnecting(hour, hour, 0)));
            try (RawWebSocketClient refused = remote.accept()) {
                refused.readHead();
                refused.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
                Awaitility.await().until(() -> shown().state() == ConnectionState.WAITING);
            }
            assertEquals(ErrorCode.REMOTE_UNAUTHORIZED, shown().error());
            assertEquals(
                    Set.of("feed"),
                    listed(Listing.of("chat").ofType(ConnectionType.OUTBOUND).inState(ConnectionState.WAITING)));
            assertFails(ErrorCode.TARGET_NOT_ALLOWED, fanfare.open(Opening.of("chat", "ws://192.0.2.1/")));
            assertFails(ErrorCode.BAD_REQUEST, fanfare.open(opening.withId("not allowed")));
            assertFails(
                    ErrorCode.BAD_REQUEST,
                    fanfare.open(opening.withId("other")
                            .authenticatedBy(Credentials.jwt("unknown").inParameter("token"))));
        }
    }

    @Test
    void aTokenLetsAClientIn() throws Exception {
        ClientToken wanted = ClientToken.of("chat")
                .forUser("alice")
                .withRoles("webpubsub.sendToGroup.g")
                .inGroups("g")
                .forMinutes(5);
        assertFails(ErrorCode.BAD_REQUEST, fanfare.token(wanted)); // for an unknown endpoint
        try (TestNode named = TestNode.start("SERVER_PUBLIC_ENDPOINTS=https://fanfare.example.com")) {
            String token = get(named.operations().token(wanted));
            try (JsonClient alice = named.client("somebody").with(token).json()) {
                assertEquals("alice", alice.connected().getString("userId"));
                alice.publish("g", "to myself");
                assertEquals("to myself", alice.text());
            }
        }
    }

    @Test
    void whatCannotBeAskedIsRefusedBeforeItIsAsked() {
        assertThrows(
                IllegalArgumentException.class,
                () -> Target.connection("chat", "c").where("true"));
        assertThrows(IllegalArgumentException.class, () -> fanfare.exists(G.where("true")));
        assertThrows(
                IllegalArgumentException.class,
                () -> fanfare.addToGroups(Target.hub("chat").without("c"), "g"));
        assertThrows(IllegalArgumentException.class, () -> fanfare.addToGroups(G, "h"));
    }

    @Test
    void withoutANodeThereIsAnError() throws IOException {
        io.vertx.core.Vertx lonely = io.vertx.core.Vertx.vertx();
        try {
            assertFails(ErrorCode.UNAVAILABLE, FanfareClient.create(lonely).send(G, Content.text("x")));
        } finally {
            lonely.close();
        }
    }
}
