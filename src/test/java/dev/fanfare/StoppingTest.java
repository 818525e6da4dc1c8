package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.core.CloseReason;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Shutdown of a node. */
class StoppingTest {

    @Test
    void notReadyComesFirstThenEverybodyIsSentAwayAndNobodyComesIn() throws Exception {
        TestNode node = TestNode.start("SHUTDOWN_DELAY_SECONDS=1", "SHUTDOWN_TIMEOUT_SECONDS=120");
        assertEquals(200, node.manage("/readyz").status());
        List<JsonClient> clients = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            clients.add(i % 2 == 0 ? node.client("a").json() : node.client("a").reliable());
        }
        node.client("gone").reliable().socket().reset();
        RawWebSocketClient raw = node.client("r").raw();

        Future<Void> stopped = node.stop();
        assertEquals(503, node.manage("/readyz").status());
        assertEquals(200, node.manage("/livez").status());
        // Load balancers still send clients, which are still served.
        clients.add(node.client("late").json());

        for (JsonClient client : clients) {
            assertEquals(
                    "{\"type\":\"system\",\"event\":\"disconnected\",\"message\":\"the server is stopping\"}",
                    client.readText());
            assertEquals(JsonClient.closing(CloseReason.SHUTDOWN), client.awaitClose());
            client.socket().send(RawFrame.close(1001, ""));
            assertEquals(RawWebSocketClient.End.EOF, client.socket().readEnd());
            client.close();
        }
        assertEquals(1001, raw.readClose().closeCode());
        assertThrows(ConnectException.class, () -> node.client("x").json());
        raw.send(RawFrame.close(1001, ""));
        raw.close();
        stopped.await(60, TimeUnit.SECONDS);
    }

    @Test
    void clientsThatNeverAnswerDoNotKeepIt() throws Exception {
        TestNode node = TestNode.start("SHUTDOWN_TIMEOUT_SECONDS=3");
        RawWebSocketClient deaf = node.client("a").raw();
        JsonClient slow = node.client("b").slow().json();
        RawWebSocketClient unfinished = RawWebSocketClient.connect(node.port(), null);
        unfinished.send("GET /client/hubs/chat HTTP/1.1\r\nHost: ");
        RawWebSocketClient silent = RawWebSocketClient.connect(node.port(), null);

        node.stop().await(60, TimeUnit.SECONDS);
        assertFalse(node.stop().failed());
        assertThrows(IOException.class, () -> node.client("x").json());
        for (AutoCloseable client : List.of(deaf, slow, unfinished, silent)) {
            client.close();
        }
    }

    @Test
    void anIdleNodeStopsAtOnce() throws Exception {
        TestNode node = TestNode.start("SHUTDOWN_TIMEOUT_SECONDS=120");
        node.client("a").json().leave();
        node.stop().await(60, TimeUnit.SECONDS);
    }
}
