package dev.fanfare.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.OperationsAddress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How the client finds a node, stays with it, and looks for another one. */
class FanfareClientTest {

    private static final Target HUB = Target.hub("chat");

    private final Vertx vertx = Vertx.vertx();
    private final FanfareClient client = FanfareClient.create(vertx);

    @AfterEach
    void stop() throws Exception {
        get(vertx.close());
    }

    /** A node that accepts everything and remembers the texts it was sent. */
    private final class FakeNode {
        private final String id;
        private final List<String> texts = new CopyOnWriteArrayList<>();
        private final List<MessageConsumer<JsonObject>> consumers = new ArrayList<>();

        FakeNode(String id) throws Exception {
            this.id = id;
            for (String address : List.of(OperationsAddress.ANY, OperationsAddress.of(id))) {
                MessageConsumer<JsonObject> consumer = vertx.eventBus().consumer(address, request -> {
                    String text = request.body().getString("data");
                    if (text != null) {
                        texts.add(text);
                    }
                    request.reply(answer(request.body()));
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
}
