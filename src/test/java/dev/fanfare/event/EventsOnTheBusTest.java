package dev.fanfare.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.bus.EventNotifier;
import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigLoader;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Events for JVM code on the event bus. */
class EventsOnTheBusTest {

    private static final String HUBS =
            "{chat: {busEvents: {systemEvents: [connected, disconnected], userEventPattern: 'a, b'}}}";

    private final Vertx vertx = Vertx.vertx();
    private final EventState state = new EventState();

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    @Test
    void whoListensHearsTheEventsOfTheHubInOrder() throws Exception {
        List<JsonObject> heard = new CopyOnWriteArrayList<>();
        vertx.eventBus().<String>consumer("fanfare.events.chat", message -> heard.add(new JsonObject(message.body())));
        EventDispatcher eventDispatcher = events(new EventNotifier(vertx, List::of)::publish);
        eventDispatcher.connected(context("chat"));
        for (int i = 0; i < 100; i++) {
            assertTrue(raise(eventDispatcher, "chat", "A", String.valueOf(i)).succeeded());
        }
        assertTrue(raise(eventDispatcher, "chat", "c", "not told").failed());
        assertTrue(raise(eventDispatcher, "other", "a", "not told").failed());
        eventDispatcher.disconnected(context("chat"), 1000, "bye");
        await().until(() -> heard.size() == 102);
        assertEquals("azure.webpubsub.sys.connected", heard.get(0).getString("type"));
        for (int i = 0; i < 100; i++) {
            assertEquals(String.valueOf(i), heard.get(i + 1).getString("data"));
        }
        assertEquals(
                new JsonObject().put("reason", "bye").put("code", 1000),
                heard.get(101).getJsonObject("data"));
    }

    @Test
    void nobodyHasToListen() throws Exception {
        EventNotifier eventNotifier = new EventNotifier(vertx, List::of);
        eventNotifier.publish("fanfare.events.chat", "x").await(60, TimeUnit.SECONDS);
        assertTrue(raise(events(eventNotifier::publish), "chat", "a", "x").succeeded());
    }

    @Test
    void whatABusThatIsStuckHasNoRoomForIsDropped() throws Exception {
        List<Promise<Void>> stuck = new CopyOnWriteArrayList<>();
        EventDispatcher eventDispatcher = events((address, text) -> {
            Promise<Void> sent = Promise.promise();
            stuck.add(sent);
            return sent.future();
        });
        String large = "x".repeat(600_000);
        assertTrue(raise(eventDispatcher, "chat", "a", large).succeeded());
        assertTrue(raise(eventDispatcher, "chat", "a", large).succeeded());
        assertEquals(1, stuck.size());
        stuck.get(0).complete();
        raise(eventDispatcher, "chat", "a", large);
        assertEquals(2, stuck.size());
    }

    private EventDispatcher events(BiFunction<String, String, Future<Void>> bus) throws Exception {
        Config config = ConfigLoader.load(
                null, Map.of("FANFARE_HUBS", HUBS, "FANFARE_LIMITS_EVENT_BYTES", String.valueOf(1024 * 1024)));
        return new EventDispatcher(vertx, config, List.of(), Metrics.NONE, InstantSource.system(), bus, AlertSink.NONE);
    }

    private Future<?> raise(EventDispatcher eventDispatcher, String hub, String name, String text) {
        return eventDispatcher
                .raise(new UserEvent(context(hub), name, Payload.text(text), Map.of()))
                .answer();
    }

    private EventContext context(String hub) {
        return EventContext.next(
                new Identity("c", hub, "u", ConnectionType.INBOUND, "/client/hubs/" + hub, Subprotocol.JSON, 0), state);
    }
}
