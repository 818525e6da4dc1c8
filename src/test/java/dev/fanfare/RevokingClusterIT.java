package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.TestCluster;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Revocations that are made at one node and hold at another one. */
class RevokingClusterIT {

    private static int revoke(TestNode node, String json) {
        return node.call("POST", "/api/revocations", "application/json", json.getBytes(StandardCharsets.UTF_8))
                .status();
    }

    private static boolean ready(TestNode node) {
        return node.manage("/readyz").status() == 200;
    }

    @Test
    void aSocketAtAnotherNodeIsClosedWithinASecond() throws Exception {
        try (TestCluster cluster = TestCluster.start(2, "STORE_ENGINE=replicated")) {
            TestNode here = cluster.node(0);
            TestNode there = cluster.node(1);
            await().atMost(30, TimeUnit.SECONDS).until(() -> ready(here) && ready(there));
            try (JsonClient alice = there.client("alice").json();
                    JsonClient bob = there.client("bob").reliable()) {
                long start = System.nanoTime();
                assertEquals(201, revoke(here, "{\"user\":\"alice\",\"blockSeconds\":60}"));
                alice.await(frame -> "disconnected".equals(frame.getString("event")));
                long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
                System.out.println("from the call at one node to the end of a socket at the other: " + millis + " ms");
                assertTrue(millis < 1000, millis + " ms");

                bob.socket().reset();
                try (JsonClient back = bob.recover(here)) { // with what it was admitted with
                    assertEquals(201, revoke(there, "{\"user\":\"bob\"}"));
                    JsonObject farewell = back.await(frame -> "disconnected".equals(frame.getString("event")));
                    assertEquals("the tokens of the user were revoked; get a new token", farewell.getString("message"));
                }
            }
        }
    }

    @Test
    void aStoreThatIsNotSharedTakesNoRevocationsInACluster() {
        try (TestCluster cluster = TestCluster.start(1)) {
            assertEquals(409, revoke(cluster.node(0), "{\"user\":\"alice\"}"));
        }
    }
}
