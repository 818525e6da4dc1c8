package dev.fanfare.operations;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.config.OutboundConnection;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.OperationsAddress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How the client finds a node, keeps it, and looks for another one. */
class FanfareClientTest {

    private static final Target HUB = Target.hub("chat");

    private final Vertx vertx = Vertx.vertx();
    private final FanfareClient client = FanfareClient.create(vertx);

    @AfterEach
    void stop() throws Exception {
        get(vertx.close());
    }

    /** A node that accepts everything and records the texts it receives. */
    private final class FakeNode {
        private final String id;
        private final List<String> texts = new CopyOnWriteArrayList<>();
        private final Set<String> operations = new ConcurrentSkipListSet<>();
        private final List<MessageConsumer<JsonObject>> consumers = new ArrayList<>();

        FakeNode(String id) throws Exception {
            this.id = id;
            for (String address : List.of(OperationsAddress.ANY, OperationsAddress.of(id))) {
                MessageConsumer<JsonObject> consumer = vertx.eventBus().consumer(address, request -> {
                    operations.add(request.body().getString("operation"));
                    String text = request.body().getString("data");
                    if (text != null) {
                        texts.add(text);
                    }
                    if (!"silence".equals(text)) {
                        request.reply(answer(request.body()));
                    }
                });
                consumers.add(consumer);
                get(consumer.completion());
            }
        }

        private JsonObject answer(JsonObject request) {
            JsonObject answer = new JsonObject().put("node", id);
            return switch (request.getString("data", "")) {
                case "refused" ->
                    answer.put("status", 409)
                            .put(
                                    "error",
                                    new JsonObject()
                                            .put("code", "Error.Conflict")
                                            .put("message", "full"));
                case "newer" ->
                    answer.put("status", 418)
                            .put(
                                    "error",
                                    new JsonObject().put("code", "Error.Teapot").put("message", "short and stout"));
                default -> answer.put("status", 202);
            };
        }

        void stop() throws Exception {
            for (MessageConsumer<JsonObject> consumer : consumers) {
                get(consumer.unregister());
            }
        }
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private static OperationException failure(Future<?> future) {
        return assertInstanceOf(
                OperationException.class,
                assertThrows(ExecutionException.class, () -> get(future)).getCause());
    }

    @Test
    void everythingGoesToOneNodeInItsOrder() throws Exception {
        List<FakeNode> nodes = List.of(new FakeNode("a"), new FakeNode("b"), new FakeNode("c"));
        List<String> expected = new ArrayList<>();
        Future<Void> last = Future.succeededFuture();
        for (int i = 0; i < 200; i++) {
            expected.add("m" + i);
            last = client.send(HUB, Content.text("m" + i));
        }
        get(last);
        List<List<String>> received = new ArrayList<>();
        nodes.forEach(node -> received.add(node.texts));
        received.removeIf(List::isEmpty);
        assertEquals(List.of(expected), received);
    }

    @Test
    void whenItsNodeHasGoneAnotherOneIsAsked() throws Exception {
        FakeNode first = new FakeNode("a");
        get(client.send(HUB, Content.text("one")));
        FakeNode second = new FakeNode("b");
        get(client.send(HUB, Content.text("two")));
        assertEquals(List.of("one", "two"), first.texts);
        first.stop();
        List<Future<Void>> sends = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sends.add(client.send(HUB, Content.text("m" + i)));
        }
        for (Future<Void> send : sends) {
            get(send);
        }
        assertEquals(20, second.texts.size());
    }

    @Test
    void aRequestFailsWhenItsNodeLeavesTheClusterWithoutAnAnswer() throws Exception {
        FakeNode first = new FakeNode("a");
        get(client.send(HUB, Content.text("one")));
        Future<Void> unanswered = client.send(HUB, Content.text("silence"));
        await().until(() -> first.texts.contains("silence"));
        get(first.consumers.get(0).unregister()); // the address for finding a node
        FakeNode second = new FakeNode("b");
        vertx.eventBus().publish(OperationsAddress.NODES, new JsonArray(List.of("b")));
        OperationException lost = failure(unanswered);
        assertEquals(ErrorCode.TIMEOUT, lost.code());
        assertEquals("the node left the cluster and did not answer", lost.getMessage());
        get(client.send(HUB, Content.text("two")));
        assertEquals(List.of("two"), second.texts);
    }

    @Test
    void withoutAnyNodeItSaysSoAndTriesAgainTheNextTime() throws Exception {
        assertEquals(
                ErrorCode.UNAVAILABLE,
                failure(client.send(HUB, Content.text("x"))).code());
        FakeNode node = new FakeNode("a");
        get(client.send(HUB, Content.text("y")));
        node.stop();
        assertEquals(
                ErrorCode.UNAVAILABLE,
                failure(client.send(HUB, Content.text("z"))).code());
        assertEquals(List.of("y"), node.texts);
    }

    @Test
    void errorsAreRowsOfTheTable() throws Exception {
        new FakeNode("a");
        OperationException refused = failure(client.send(HUB, Content.text("refused")));
        assertEquals(ErrorCode.CONFLICT, refused.code());
        assertEquals("full", refused.getMessage());
        assertEquals(
                ErrorCode.INTERNAL,
                failure(client.send(HUB, Content.text("newer"))).code());
    }

    /** Except the descriptions, which are documents, and the members of a group, which are listed with a filter. */
    @Test
    void answersOfAnotherReleaseFailAsDeclared() throws Exception {
        FakeNode node = new FakeNode("a");
        assertEquals(ErrorCode.INTERNAL, failure(client.show("chat", "id")).code());
        node.stop();
    }

    @Test
    void everyOperationHasAMethod() throws Exception {
        FakeNode node = new FakeNode("a");
        Target group = Target.group("chat", "g");
        Target user = Target.user("chat", "u");
        Target connection = Target.connection("chat", "c");
        for (Target target : List.of(HUB, group, user, connection)) {
            client.send(target, Content.text("x"));
            client.close(target, 1000, "");
        }
        for (Target target : List.of(group, user, connection)) {
            client.exists(target);
        }
        for (Target target : List.of(HUB, user, connection)) {
            client.addToGroups(target, "g");
            client.removeFromGroups(target, "g");
        }
        client.removeFromAllGroups(user);
        client.removeFromAllGroups(connection);
        client.list(Listing.of("chat"));
        client.show("chat", "c");
        client.open(Opening.of("chat", "ws://127.0.0.1"));
        client.token(ClientToken.of("chat"));
        client.grant("chat", "c", FanfareClient.Permission.SEND_TO_GROUP, "g");
        client.revoke("chat", "c", FanfareClient.Permission.SEND_TO_GROUP, "g");
        for (String hub : Arrays.asList(null, "chat")) {
            Revoking revoking = Revoking.tokensOf("u").because("spam");
            client.revoke(hub == null ? revoking : revoking.atHub(hub));
            client.revocations(hub, null);
            client.revocation(hub, "r");
            client.lift(hub, "r");
        }
        client.consumers("chat", null);
        client.consumer("chat", "acme");
        client.removeConsumer("chat", "acme");
        get(client.send(HUB, Content.text("last")));
        get(client.isPermitted("chat", "c", FanfareClient.Permission.SEND_TO_GROUP, "g"));

        Set<String> described = Pattern.compile("operationId: (\\w+)")
                .matcher(Files.readString(Path.of("src/main/resources/openapi.yaml")))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        described.removeAll(Set.of(
                "getDescription",
                "getEventDescription",
                "listConnectionsInGroup",
                "registerConsumer",
                "reloadConfiguration"));
        assertEquals(described, new TreeSet<>(node.operations));
    }

    @Test
    void everyKeyOfAnOutboundConnectionHasAMethod() {
        Opening opening = Opening.of("chat", "wss://example.com")
                .withId("feed")
                .durable()
                .offering("v1")
                .withHeaders(Map.of())
                .withQuery(Map.of())
                .authenticatedBy(Credentials.bearer("token"))
                .inGroups("g")
                .relayedTo("h")
                .saying(Content.text("hello"))
                .reconnecting(1, 2, 3)
                .idleTimeout(4)
                .queueing(2048, Opening.Overflow.CLOSE)
                .trusting("-----BEGIN ")
                .showing("-----BEGIN ", "-----BEGIN ")
                .through(Proxy.of(Proxy.Type.SOCKS5, "proxy", 1080));
        Set<String> keys = new TreeSet<>(opening.request().fieldNames());
        keys.remove("operation");
        assertEquals(
                Arrays.stream(OutboundConnection.class.getRecordComponents())
                        .map(RecordComponent::getName)
                        .collect(Collectors.toCollection(TreeSet::new)),
                keys);
        assertEquals(
                Set.of("trust", "certificate", "key"),
                opening.request().getJsonObject("tls").fieldNames());
    }

    @Test
    void secretsOfAnOpeningAreNotShown() {
        Opening opening = Opening.of("chat", "wss://user@example.com/?token=hidden")
                .withId("feed")
                .withHeaders(Map.of("X-Key", "hidden"))
                .authenticatedBy(Credentials.basic("u", "hidden"))
                .through(Proxy.of(Proxy.Type.HTTP, "proxy", 3128).as("u", "hidden"));
        assertEquals("Opening[hub=chat, connectionId=feed]", opening.toString());
        assertEquals("Credentials[bearer]", Credentials.bearer("hidden").toString());
        assertEquals(
                "Proxy[SOCKS5]",
                Proxy.of(Proxy.Type.SOCKS5, "h", 1).as("u", "hidden").toString());
    }
}
