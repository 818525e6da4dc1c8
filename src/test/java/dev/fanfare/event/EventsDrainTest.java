package dev.fanfare.event;

import static org.junit.jupiter.api.Assertions.assertTrue;

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
import io.vertx.core.net.NetServer;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A node shuts down while handlers have events. */
class EventsDrainTest {

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() throws Exception {
        vertx.close().await(60, TimeUnit.SECONDS);
    }

    @Test
    void whatWasGivenUpIsPassedOnBeforeTheNodeGoesOn() throws Exception {
        NetServer silent = vertx.createNetServer()
                .connectHandler(socket -> {})
                .listen(0, "127.0.0.1")
                .await(60, TimeUnit.SECONDS);
        String hubs = "{chat: {eventHandlers: [{urlTemplate: 'http://127.0.0.1:" + silent.actualPort()
                + "/', userEventPattern: '*'}]}}";
        Config config = ConfigLoader.load(null, Map.of("FANFARE_HUBS", hubs));
        EventDispatcher eventDispatcher = new EventDispatcher(
                vertx,
                config,
                List.of(),
                Metrics.NONE,
                InstantSource.system(),
                (address, text) -> Future.succeededFuture(),
                AlertSink.NONE);
        eventDispatcher.start().await(60, TimeUnit.SECONDS);
        Identity identity =
                new Identity("c", "chat", "u", ConnectionType.INBOUND, "/client/hubs/chat", Subprotocol.JSON, 0);
        EventContext context = EventContext.next(identity, new EventState());
        Future<?> answer = eventDispatcher
                .raise(new UserEvent(context, "e", Payload.text("x"), Map.of()))
                .answer();
        Promise<Void> passedOn = Promise.promise();
        eventDispatcher.await(passedOn.future());
        answer.onComplete(given -> vertx.setTimer(10, timer -> passedOn.complete()));
        eventDispatcher.drain(1000).await(60, TimeUnit.SECONDS);
        assertTrue(answer.failed());
        assertTrue(passedOn.future().isComplete());
    }
}
