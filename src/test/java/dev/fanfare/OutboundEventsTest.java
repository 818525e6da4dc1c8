package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.fanfare.operations.FanfareClient;
import dev.fanfare.operations.Opening;
import dev.fanfare.operations.Target;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.RemoteServer;
import dev.fanfare.testkit.RemoteServer.Upgraded;
import dev.fanfare.testkit.TestHandler;
import dev.fanfare.testkit.TestHandler.Told;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events of outbound connections. */
@Timeout(120)
class OutboundEventsTest {

    private TestHandler handler;
    private TestNode node;
    private RemoteServer remote;
    private FanfareClient fanfare;

    @BeforeEach
    void start() throws IOException {
        remote = RemoteServer.start();
        handler = TestHandler.start();
        node = TestNode.start(handler.everythingOf("chat"), "OUTBOUND_ALLOW=127.0.0.1:*");
        fanfare = node.operations();
    }

    @AfterEach
    void stop() {
        node.close();
        handler.close();
        remote.close();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private Opening feed() {
        return Opening.of("chat", remote.url() + "/feed?depth=5").withId("feed").reconnecting(1, 1, 0);
    }

    private Told nextOfTheFeed(String event) {
        Told told = handler.next(event);
        assertEquals("outbound", told.header("x-fanfare-type"));
        assertEquals("/feed", told.header("x-fanfare-path"));
        assertEquals("feed", told.header("ce-connectionid"));
        assertEquals("/hubs/chat/client/feed", told.header("ce-source"));
        assertNull(told.header("ce-userid"));
        return told;
    }

    @Test
    void itsBeginningItsMessagesAndItsEndAreTold() throws Exception {
        handler.on(
                "message",
                (told, response) -> response.putHeader("Content-Type", "text/plain")
                        .putHeader("ce-connectionState", "kept")
                        .end("you said " + told.text()));
        get(fanfare.open(feed()));
        try (Upgraded socket = remote.upgrade()) {
            assertEquals("{}", nextOfTheFeed("connected").text());
            socket.send(RawFrame.text("1.17"));
            assertEquals("text/plain; charset=utf-8", nextOfTheFeed("message").header("content-type"));
            assertEquals("you said 1.17", socket.readText());
            socket.send(RawFrame.of(RawFrame.BINARY, new byte[] {7}));
            Told second = nextOfTheFeed("message");
            assertEquals("application/octet-stream", second.header("content-type"));
            assertEquals("kept", second.header("ce-connectionstate"));
            get(fanfare.close(Target.connection("chat", "feed"), 4000, "enough"));
        }
        assertEquals(
                "{\"reason\":\"enough\",\"code\":4000}",
                nextOfTheFeed("disconnected").text());
        assertEquals(0, handler.waiting("connect"), "nobody is asked whether we may connect");
    }

    @Test
    void aSocketThatIsReplacedIsNoEventAndTheEndIsToldOnce() throws Exception {
        get(fanfare.open(feed()));
        for (int i = 0; i < 3; i++) {
            try (Upgraded socket = remote.upgrade()) {
                socket.send(RawFrame.text("socket " + i));
                assertEquals("socket " + i, nextOfTheFeed("message").text());
                socket.socket().reset();
            }
        }
        nextOfTheFeed("connected");
        try (Upgraded last = remote.upgrade()) {
            last.send(RawFrame.text("last")); // the socket is in use when this comes, and not still being opened
            assertEquals("last", nextOfTheFeed("message").text());
            get(fanfare.close(Target.connection("chat", "feed"), 1000, ""));
            assertEquals(1000, last.readClose());
        }
        nextOfTheFeed("disconnected");
        node.close();
        assertEquals(0, handler.waiting("connected") + handler.waiting("disconnected"));
    }

    @Test
    void aConnectionThatNeverHadASocketHasNeitherABeginningNorAnEnd() throws Exception {
        get(fanfare.open(feed().reconnecting(1, 1, 2)));
        for (int i = 0; i < 2; i++) {
            try (RawWebSocketClient refused = remote.accept()) {
                refused.readHead();
                refused.send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
                refused.drain();
            }
        }
        await().until(() -> !get(fanfare.exists(Target.connection("chat", "feed"))));
        node.close();
        assertEquals(0, handler.waiting("connected") + handler.waiting("disconnected"));
    }
}
