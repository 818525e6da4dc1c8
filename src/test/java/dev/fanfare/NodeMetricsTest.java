package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestClient;
import dev.fanfare.testkit.TestNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A scrape after known actions shows exactly these numbers, and no text that clients chose. */
class NodeMetricsTest {

    /** The prefix of all text that clients choose in this test. */
    private static final String WORD = "stranger";

    private static final String GROUP = WORD + "-group";
    private static final String HUB = WORD + "_hub";

    private final Map<String, Double> expected = new TreeMap<>();
    private TestNode node;

    @BeforeEach
    void start() {
        node = TestNode.start("LIMITS_CONNECTIONS=4");
    }

    @AfterEach
    void stop() {
        node.close();
    }

    @Test
    void aScrapeShowsWhatHappenedAndNothingElse() throws IOException {
        Set<String> series = counted(node.metrics()).keySet();
        try (JsonClient json = client("a").may("sendToGroup." + GROUP).in(GROUP).json();
                JsonClient reliable = client("b").in(GROUP).reliable();
                RawWebSocketClient raw = client("c").in(GROUP).raw();
                RawWebSocketClient publisher = client("d").may("sendToGroup").publisher(GROUP, false)) {
            expect("fanfare_handshakes_total{outcome=\"accepted\"}", 4);
            expectOpen(1, 1, 2);
            expect("fanfare_groups", 1);
            refuse();
            publish(json, reliable, raw, publisher);
            ask(json);
            call();
            awaitExpected();

            end(json, reliable, raw, publisher);
            awaitExpected();
        }
        assertEquals(series, counted(node.metrics()).keySet());
        assertFalse(node.manage("/metrics").body().contains(WORD));
    }

    private TestClient client(String name) {
        return node.client(WORD + "-" + name).hub(HUB);
    }

    /** Requests to upgrade that fail, each for another reason. */
    private void refuse() throws IOException {
        String path = "/client/hubs/" + HUB;
        String token = client("e").target().substring(path.length());
        refuse("GET", path);
        expect("fanfare_tokens_refused_total{reason=\"missing\"}", 1);
        refuse("GET", path + "?access_token=" + WORD);
        expect("fanfare_tokens_refused_total{reason=\"malformed\"}", 1);
        refuse("GET", "/client/hubs/other" + token);
        expect("fanfare_tokens_refused_total{reason=\"wrong_audience\"}", 1);
        expect("fanfare_handshakes_total{outcome=\"unauthorized\"}", 3);

        refuse("GET", "/client/hubs/1" + WORD + token);
        expect("fanfare_limits_reached_total{limit=\"names\"}", 1);
        refuse("POST", path + token);
        refuse("GET", path + token, "Sec-WebSocket-Protocol: " + WORD);
        expect("fanfare_handshakes_total{outcome=\"bad_request\"}", 3);

        refuse("GET", path + token, "Origin: https://" + WORD + ".example.com");
        expect("fanfare_handshakes_total{outcome=\"forbidden_origin\"}", 1);
        refuse("GET", path + token + "&webpubsub_mode=sendToGroup&group=" + WORD);
        expect("fanfare_handshakes_total{outcome=\"forbidden\"}", 1);
        refuse("GET", path + token, "X-" + WORD + ": " + WORD, "User-Agent: " + WORD);
        expect("fanfare_handshakes_total{outcome=\"node_full\"}", 1);
        expect("fanfare_limits_reached_total{limit=\"connections\"}", 1);

        try (JsonClient thief = client("f").recover(WORD, WORD)) {
            thief.awaitClose();
        }
        expect("fanfare_handshakes_total{outcome=\"recovery_refused\"}", 1);
        expect("fanfare_closes_total{reason=\"recovery_refused\",subprotocol=\"json.reliable.webpubsub.azure.v1\"}", 1);
    }

    private void refuse(String method, String target, String... headers) throws IOException {
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            client.send(RawWebSocketClient.upgradeRequest(target, headers).replaceFirst("GET", method));
            assertFalse(client.readHead().startsWith("HTTP/1.1 101"));
        }
    }

    /** Two messages of clients that reach the three members. */
    private void publish(JsonClient json, JsonClient reliable, RawWebSocketClient raw, RawWebSocketClient publisher)
            throws IOException {
        say(json, "{\"type\":\"sendToGroup\",\"group\":\"" + GROUP + "\",\"dataType\":\"text\",\"data\":\"hello\"}");
        heard(json, reliable, raw);
        publisher.send(RawFrame.text("hello"));
        expect("fanfare_messages_received_total", 1);
        expect("fanfare_received_bytes_total", "hello".length());
        heard(json, reliable, raw);
    }

    /** A client message without an answer. */
    private void say(JsonClient client, String frame) throws IOException {
        client.socket().send(RawFrame.text(frame));
        expect("fanfare_messages_received_total", 1);
        expect("fanfare_received_bytes_total", frame.length());
    }

    /** The three members receive the publications, which are counted by their size on the wire. */
    private void heard(JsonClient json, JsonClient reliable, RawWebSocketClient raw) throws IOException {
        int bytes = json.readText().length();
        bytes += reliable.readText().length();
        bytes += raw.readText().length();
        expect("fanfare_messages_published_total", 1);
        expect("fanfare_deliveries_total", 3);
        expect("fanfare_delivered_bytes_total", bytes);
    }

    /** Rejected in-band requests, each for another reason. */
    private void ask(JsonClient json) throws IOException {
        say(json, "{\"type\":\"sendToGroup\",\"group\":\"" + WORD + "\",\"data\":1,\"ackId\":1}");
        json.ack(1);
        expect("fanfare_requests_refused_total{error=\"forbidden\"}", 1);
        say(json, "{\"type\":\"event\",\"event\":\"" + WORD + "\",\"data\":1,\"ackId\":2}");
        json.ack(2);
        expect("fanfare_requests_refused_total{error=\"internal\"}", 1);
        expect("fanfare_events_total{event=\"user\",outcome=\"unhandled\"}", 1);
        say(json, "{\"type\":\"sendToGroup\",\"group\":\"" + GROUP + "-empty\",\"data\":1,\"ackId\":3}");
        json.ack(3);
        expect("fanfare_requests_refused_total{error=\"forbidden\"}", 1);
    }

    private void call() {
        node.call(
                "POST",
                "/api/hubs/" + HUB + "/groups/" + WORD + "/:send",
                "text/plain",
                WORD.getBytes(StandardCharsets.UTF_8));
        expect("fanfare_messages_published_total", 1);
        expect("fanfare_api_calls_seconds_count{operation=\"sendToGroup\",status=\"2xx\"}", 1);
        node.call("HEAD", "/api/hubs/" + HUB + "/users/" + WORD);
        expect("fanfare_api_calls_seconds_count{operation=\"userExists\",status=\"4xx\"}", 1);
        node.call("GET", "/api/" + WORD + "?api-version=" + WORD);
        node.call("BREW", "/api/hubs/" + HUB);
        expect("fanfare_api_calls_seconds_count{operation=\"unknown\",status=\"4xx\"}", 2);
    }

    /** Ends all connections, each in another way. */
    private void end(JsonClient json, JsonClient reliable, RawWebSocketClient raw, RawWebSocketClient publisher)
            throws IOException {
        say(json, "{\"type\":\"" + WORD + "\"}");
        json.awaitClose();
        expectClosed("invalid_payload", TestClient.JSON);
        raw.send(RawFrame.text(WORD));
        expect("fanfare_messages_received_total", 1);
        expect("fanfare_received_bytes_total", WORD.length());
        expect("fanfare_requests_refused_total{error=\"internal\"}", 1);
        expect("fanfare_events_total{event=\"user\",outcome=\"unhandled\"}", 1);
        raw.readClose();
        expectClosed("event_failed", "raw");
        publisher.send(RawFrame.close(1000, WORD));
        publisher.readClose();
        expectClosed("client_closed", "raw");

        reliable.socket().reset();
        expect("fanfare_detached_total{reason=\"connection_lost\"}", 1);
        expect("fanfare_sessions_detached", 1);
        expectOpen(-1, 0, -2);
        awaitExpected();
        assertThrows(IOException.class, reliable::next);

        node.call("DELETE", "/api/hubs/" + HUB + "/connections/" + reliable.connectionId() + "?reason=" + WORD);
        expect("fanfare_api_calls_seconds_count{operation=\"closeConnection\",status=\"2xx\"}", 1);
        expectClosed("closed_by_api", TestClient.RELIABLE);
        expect("fanfare_drops_total{reason=\"session_ended\"}", 2); // it acknowledged neither message
        expect("fanfare_sessions_detached", -1);
        expect("fanfare_groups", -1);
        expectOpen(0, -1, 0);
    }

    private void expect(String series, double more) {
        expected.merge(series, more, Double::sum);
    }

    private void expectOpen(int json, int reliable, int raw) {
        expect("fanfare_connections{subprotocol=\"" + TestClient.JSON + "\"}", json);
        expect("fanfare_connections{subprotocol=\"" + TestClient.RELIABLE + "\"}", reliable);
        expect("fanfare_connections{subprotocol=\"raw\"}", raw);
    }

    private void expectClosed(String reason, String subprotocol) {
        expect("fanfare_closes_total{reason=\"" + reason + "\",subprotocol=\"" + subprotocol + "\"}", 1);
    }

    /** All other counters are 0. */
    private void awaitExpected() {
        Map<String, Double> nonZero = new TreeMap<>(expected);
        nonZero.values().removeIf(value -> value == 0);
        await().untilAsserted(() -> {
            Map<String, Double> scraped = counted(node.metrics());
            scraped.values().removeIf(value -> value == 0);
            assertEquals(nonZero, scraped);
        });
    }

    /** The broker's series, except those that measure memory and time. */
    private static Map<String, Double> counted(Map<String, Double> metrics) {
        Map<String, Double> ours = new TreeMap<>(metrics);
        ours.keySet()
                .removeIf(series -> !series.startsWith("fanfare_")
                        || series.startsWith("fanfare_build_info")
                        || series.endsWith("_bytes")
                        || series.startsWith("fanfare_event_loop_lag")
                        || series.startsWith("fanfare_http_connections")
                        || series.startsWith("fanfare_registered_addresses")
                        || series.startsWith("fanfare_cluster_members")
                        || series.startsWith("fanfare_configuration_loaded")
                        || series.startsWith("fanfare_api_calls_seconds_bucket")
                        || series.startsWith("fanfare_api_calls_seconds_max")
                        || series.startsWith("fanfare_api_calls_seconds_sum"));
        return ours;
    }
}
