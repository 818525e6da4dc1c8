package dev.fanfare;

import static dev.fanfare.testkit.JsonClient.closing;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.auth.ClientSecrets;
import dev.fanfare.core.CloseReason;
import dev.fanfare.testkit.Endurance;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestCluster;
import dev.fanfare.testkit.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Registered consumers at two nodes that share a replicated store. */
class ConsumersClusterIT {

    private static final String SECRET = "open sesame";

    private static TestCluster cluster;

    @BeforeAll
    static void start() {
        String hash = ClientSecrets.hash(SECRET, 1000);
        cluster = TestCluster.of(
                3,
                "STORE_ENGINE=replicated",
                "HUBS={prices: {consumers: {enabled: true, clients: [{id: acme, secretHash: '" + hash
                        + "'}, {id: initech, secretHash: '" + hash + "'}, {id: hooli, secretHash: '" + hash + "'}]}}}");
        cluster.startNext();
        cluster.startNext();
        for (TestNode node : cluster.nodes()) {
            await().atMost(30, TimeUnit.SECONDS)
                    .until(() -> node.manage("/readyz").status() == 200);
        }
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static String register(TestNode node, String id) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + node.port() + "/api/hubs/prices/consumers"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(new JsonObject()
                        .put("clientId", id)
                        .put("clientSecret", SECRET)
                        .encode()))
                .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertEquals(200, answer.statusCode(), answer.body());
        return new JsonObject(answer.body()).getString("token");
    }

    private static RawWebSocketClient upgrade(TestNode node, String token) throws IOException {
        RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null);
        client.send(RawWebSocketClient.upgradeRequest("/client/hubs/prices?access_token=" + token));
        return client;
    }

    private static String status(TestNode node, String token) throws IOException {
        try (RawWebSocketClient client = upgrade(node, token)) {
            return client.readHead().split(" ")[1];
        }
    }

    @Test
    void ofTwoThatConnectAtTwoNodesAtOnceOneIsAccepted() throws Exception {
        String token = register(cluster.node(0), "acme");
        int rounds = Endurance.count(20, 1000);
        for (int round = 0; round < rounds; round++) {
            List<RawWebSocketClient> clients = new ArrayList<>();
            clients.add(upgrade(cluster.node(0), token));
            clients.add(upgrade(cluster.node(1), token));
            List<String> answers = new ArrayList<>();
            for (RawWebSocketClient client : clients) {
                answers.add(client.readHead().split(" ")[1]);
            }
            answers.sort(null);
            assertEquals(List.of("101", "409"), answers);
            for (RawWebSocketClient client : clients) {
                client.close();
            }
            await().until(() -> !new JsonObject(cluster.node(1)
                            .call("GET", "/api/hubs/prices/consumers/acme")
                            .body())
                    .getBoolean("connected"));
        }
    }

    @Test
    void aSessionRecoversAtTheOtherNodeWithItsSeat() throws Exception {
        TestNode here = cluster.node(0);
        TestNode there = cluster.node(1);
        String token = register(here, "initech");
        try (JsonClient client = here.client(null).hub("prices").with(token).reliable()) {
            client.socket().reset();
            try (JsonClient moved = client.recover(there)) {
                assertEquals("409", status(here, token));
                register(here, "initech"); // at the node that no longer has the connection
                assertEquals(closing(CloseReason.UNREGISTERED), moved.awaitClose());
                assertEquals("401", status(there, token));
            }
        }
    }

    @Test
    void theSeatIsFreeWhenTheNodeHasLeft() throws Exception {
        TestNode leaving = cluster.startNext();
        await().atMost(30, TimeUnit.SECONDS)
                .until(() -> leaving.manage("/readyz").status() == 200);
        String token = register(cluster.node(0), "hooli");
        try (JsonClient client = leaving.client(null).hub("prices").with(token).json()) {
            assertEquals("409", status(cluster.node(0), token));
            CompletableFuture<Void> stopped = leaving.stop().toCompletionStage().toCompletableFuture();
            await().atMost(30, TimeUnit.SECONDS)
                    .until(() -> status(cluster.node(0), token).equals("101"));
            stopped.get(60, TimeUnit.SECONDS);
            assertEquals("hooli", client.connected().getString("userId"));
        }
    }
}
