package dev.fanfare.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.broker.bus.EventNotifier;
import dev.fanfare.core.GuestAddress;
import dev.fanfare.core.OperationsAddress;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The side of the bus that a guest of the cluster uses. */
class GuestEndpointTest {

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    private JsonObject lookedFor(List<String> nodes) throws Exception {
        GuestEndpoint.open(vertx, "g", () -> nodes).await(60, TimeUnit.SECONDS);
        return vertx.eventBus()
                .<JsonObject>request(OperationsAddress.ANY, new JsonObject())
                .await(60, TimeUnit.SECONDS)
                .body();
    }

    @Test
    void aNodeIsNamedIfThereIsOne() throws Exception {
        assertEquals("n1", lookedFor(List.of("n1")).getString("node"));
    }

    @Test
    void withoutANodeItSaysSo() throws Exception {
        JsonObject answer = lookedFor(List.of());
        assertEquals(503, answer.getInteger("status"));
        assertEquals("Error.Unavailable", answer.getJsonObject("error").getString("code"));
    }

    @Test
    void whatANodeTellsIsHeardWhereItIsMeantForOnce() throws Exception {
        GuestEndpoint.open(vertx, "g", List::of).await(60, TimeUnit.SECONDS);
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        vertx.eventBus().<String>consumer("fanfare.events.chat", told -> heard.add(told.body()));
        EventNotifier eventNotifier = new EventNotifier(vertx, () -> List.of("g", "gone"));
        eventNotifier.publish("fanfare.events.other", "for nobody").await(60, TimeUnit.SECONDS);
        DeliveryOptions about = new DeliveryOptions().addHeader(GuestAddress.ABOUT, "fanfare.events.chat");
        vertx.eventBus().send(GuestAddress.of("g"), "from afar", about);
        assertEquals("from afar", heard.poll(60, TimeUnit.SECONDS));
        assertEquals(0, heard.size());
    }
}
