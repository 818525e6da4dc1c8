package dev.fanfare.bench;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.TestCertificate;
import dev.fanfare.testkit.TestNode;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The driver against a node in this process. Their speed does not matter here. */
@Timeout(120)
final class BenchIT {

    private static final List<String> ROLES = List.of("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup");
    private static final Plan.Load NOTHING = new Plan.Load(20, 0, "g", 1, 0, 1, 40);

    @ParameterizedTest
    @CsvSource({
        "RAW, 1, 1, 1, 128",
        "RAW, 2, 4, 2, 40",
        "JSON, 1, 1, 1, 128",
        "JSON, 3, 1, 1, 40",
        "JSON, 3, 2, 2, 70000",
        "JSON, 1, 3, 2, 128",
        "RELIABLE, 1, 1, 1, 128",
        "RELIABLE, 3, 2, 3, 1000"
    })
    void everyDeliveryIsCounted(LoadSubprotocol loadSubprotocol, int groups, int publishers, int threads, int size)
            throws Exception {
        Plan.Load load = new Plan.Load(12, groups, "group \"%\" ", publishers, 200, 5, size);
        try (TestNode node = TestNode.start()) {
            BenchReport benchReport = run(node, Mode.FANOUT, loadSubprotocol, load, threads, 500);

            BenchReport.Messages messages = benchReport.messages();
            assertEquals(12 + publishers, benchReport.connections().opened());
            assertEquals(100, messages.published());
            assertEquals(100 * 12 / groups, messages.delivered());
            assertEquals(messages.delivered(), messages.latencyMicros().count());
            assertEquals(20, benchReport.drivers().lateMicros().count());
            assertEquals(0, messages.lost());
            assertEquals(0, messages.doubled());
            assertEquals(0, messages.outOfOrder());
            assertEquals(0, messages.foreign());
            assertEquals(threads, benchReport.drivers().cpuShares().size());
        }
    }

    @Test
    void reliableConnectionsAcknowledgeOrTheyWouldBeClosed() throws Exception {
        // A driver that stalls for less than two seconds publishes less at once than may be unacknowledged.
        Plan.Load load = new Plan.Load(4, 1, "g", 1, 200, 1, 40);
        try (TestNode node = TestNode.start("LIMITS_UNACKNOWLEDGED_MESSAGES_PER_SESSION=400")) {
            BenchReport benchReport = run(node, Mode.FANOUT, LoadSubprotocol.RELIABLE, load, 1, 3_000);

            assertEquals(Map.of(), benchReport.connections().problems());
            assertEquals(4 * 600, benchReport.messages().delivered());
        }
    }

    @Test
    void whatOthersPublishIsNotOurs() throws Exception {
        Plan.Load load = new Plan.Load(4, 1, "g", 1, 100, 1, 40);
        try (TestNode node = TestNode.start()) {
            Plan plan = plan(node, Mode.FANOUT, LoadSubprotocol.JSON, load, 1, 500);
            BenchReport benchReport = Bench.run(plan, new RunObserver() {
                @Override
                public void connected() {
                    AnyNode.Reply sent = node.call(
                            "POST",
                            "/api/hubs/chat/groups/g0/:send?api-version=2024-12-01",
                            "text/plain",
                            "hi".getBytes(StandardCharsets.UTF_8));
                    assertEquals(202, sent.status());
                }
            });

            assertEquals(4, benchReport.messages().foreign());
            assertEquals(4 * 50, benchReport.messages().delivered());
        }
    }

    @Test
    void idleConnectionsStayAndAnswerPings() throws Exception {
        try (TestNode node = TestNode.start("KEEP_ALIVE_PING_SECONDS=1", "KEEP_ALIVE_SILENT_SECONDS=2")) {
            BenchReport benchReport = run(node, Mode.IDLE, LoadSubprotocol.RELIABLE, NOTHING, 2, 4_000);

            assertEquals(20, benchReport.connections().opened());
            assertEquals(0, benchReport.connections().closedEarly());
            assertTrue(benchReport.valid(), benchReport::toText);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "100, 1", "100, 2"})
    void connectionsAreOpenedAndClosedOverAndOver(double rate, int threads) throws Exception {
        Plan.Load load = new Plan.Load(4, 0, "g", 1, rate, 1, 40);
        try (TestNode node = TestNode.start()) {
            int millis = rate == 0 ? 3_000 : 500;
            BenchReport benchReport = run(node, Mode.CONNECT, LoadSubprotocol.JSON, load, threads, millis);

            assertEquals(Map.of(), benchReport.connections().problems());
            assertEquals(
                    benchReport.connections().opened(),
                    benchReport.connections().micros().count());
            assertTrue(
                    rate == 0
                            ? benchReport.connections().opened() > 4
                            : benchReport.connections().opened() == 50);
            await().until(() -> node.metric("fanfare_connections{subprotocol=\"json.webpubsub.azure.v1\"}") == 0);
        }
    }

    @Test
    void connectionsAreClosedInTheEnd() throws Exception {
        try (TestNode node = TestNode.start()) {
            run(node, Mode.IDLE, LoadSubprotocol.JSON, NOTHING, 1, 10);

            await().until(() -> node.metric("fanfare_connections{subprotocol=\"json.webpubsub.azure.v1\"}") == 0);
        }
    }

    @Test
    void theDriverIsWarmBeforeItMeasures() throws Exception {
        try (TestNode node = TestNode.start()) {
            BenchReport benchReport = run(node, Mode.IDLE, LoadSubprotocol.JSON, NOTHING, 1, 10);

            assertEquals(20, benchReport.connections().opened());
            assertEquals(20, benchReport.connections().micros().count());
            double accepted = node.metric("fanfare_handshakes_total{outcome=\"accepted\"}");
            assertTrue(accepted >= 2 * 20, () -> "no connection is the first of the driver, with " + accepted);
        }
    }

    @Test
    void connectionsThatFailMakeTheRunInvalid() throws Exception {
        try (TestNode node = TestNode.start("LIMITS_CONNECTIONS=15")) {
            BenchReport benchReport = run(node, Mode.IDLE, LoadSubprotocol.JSON, NOTHING, 1, 10);

            assertEquals(15, benchReport.connections().opened());
            assertEquals(5, benchReport.connections().failed());
            assertFalse(benchReport.valid());
            assertEquals(List.of("5 connections could not be opened"), benchReport.reasons());
            assertTrue(benchReport.toText().contains("5 x refused with 503 Service Unavailable"), benchReport::toText);
        }
    }

    @Test
    void aTokenThatIsRefusedIsToldWithTheReasonOfTheNode() throws Exception {
        try (TestNode node = TestNode.start()) {
            Plan.Endpoints endpoints = new Plan.Endpoints(
                    url("ws", node.port()), LoadSubprotocol.JSON, Tokens.same("a.b.c"), List.of(), null);
            Plan plan = new Plan(Mode.IDLE, endpoints, NOTHING, timing(10), 1);

            IOException thrown = assertThrows(IOException.class, () -> Bench.run(plan, RunObserver.NONE));
            assertTrue(
                    String.valueOf(thrown.getMessage())
                            .startsWith("no connection could be opened: refused with 401 Unauthorized: "),
                    thrown::toString);
        }
    }

    @Test
    void aTokenThatMayNotJoinIsToldWithTheAckOfTheNode() throws Exception {
        try (TestNode node = TestNode.start()) {
            String token = node.token("chat", null, List.of(), List.of());
            Plan.Endpoints endpoints = new Plan.Endpoints(
                    url("ws", node.port()), LoadSubprotocol.JSON, Tokens.same(token), List.of(), null);
            Plan plan = new Plan(Mode.IDLE, endpoints, new Plan.Load(1, 1, "g", 1, 0, 1, 40), timing(10), 1);

            IOException thrown = assertThrows(IOException.class, () -> Bench.run(plan, RunObserver.NONE));
            assertTrue(String.valueOf(thrown.getMessage()).contains("no permission to join group"), thrown::toString);
        }
    }

    @Test
    void tlsIsSpokenWithWhomItIsToldToTrust() throws Exception {
        TestCertificate certificate = TestCertificate.get();
        List<String> settings = new ArrayList<>(List.of("SERVER_TLS_PORT=0", "SERVER_PLAIN=false"));
        certificate
                .brokerSettings()
                .forEach((name, value) -> settings.add(name.substring("FANFARE_".length()) + "=" + value));
        try (TestNode node = TestNode.start(settings.toArray(String[]::new))) {
            Plan.Load load = new Plan.Load(4, 1, "g", 1, 20, 2, 70_000);

            BenchReport benchReport = Bench.run(tls(node, load, certificate.certificateFile()), RunObserver.NONE);
            assertEquals(4 * 10, benchReport.messages().delivered());
            assertEquals(0, benchReport.messages().lost());

            IOException thrown =
                    assertThrows(IOException.class, () -> Bench.run(tls(node, load, null), RunObserver.NONE));
            assertTrue(String.valueOf(thrown.getMessage()).contains("unable to find valid certification path"));
        }
    }

    private static Plan tls(TestNode node, Plan.Load load, @Nullable Path trusted) {
        Plan.Endpoints endpoints = new Plan.Endpoints(
                url("wss", node.tlsPort()), LoadSubprotocol.JSON, Tokens.same(token(node)), List.of(), trusted);
        return new Plan(Mode.FANOUT, endpoints, load, timing(500), 1);
    }

    @Test
    void observersFollowTheRun() throws Exception {
        List<String> seen = new ArrayList<>();
        try (TestNode node = TestNode.start()) {
            Plan.Load load = new Plan.Load(2, 1, "g", 1, 100, 1, 40);
            Bench.run(plan(node, Mode.FANOUT, LoadSubprotocol.JSON, load, 1, 2_500), new RunObserver() {
                @Override
                public void progress(Phase phase, Snapshot snapshot) {
                    seen.add(phase.name());
                }

                @Override
                public void connected() {
                    seen.add("connected");
                }

                @Override
                public void measuring() {
                    seen.add("measuring");
                }

                @Override
                public void measured() {
                    seen.add("measured");
                }
            });
        }
        assertTrue(seen.contains("MEASURING"), seen::toString);
        seen.removeIf(each -> each.equals(each.toUpperCase(Locale.ROOT)));
        assertEquals(List.of("connected", "measuring", "measured"), seen);
    }

    private static BenchReport run(
            TestNode node, Mode mode, LoadSubprotocol loadSubprotocol, Plan.Load load, int threads, int millis)
            throws Exception {
        return Bench.run(plan(node, mode, loadSubprotocol, load, threads, millis), RunObserver.NONE);
    }

    private static Plan plan(
            TestNode node, Mode mode, LoadSubprotocol loadSubprotocol, Plan.Load load, int threads, int millis) {
        Tokens tokens = new Tokens() {
            @Override
            public String member(int connection, String group) {
                return node.token("chat", "user-" + connection, ROLES, group.isEmpty() ? List.of() : List.of(group));
            }

            @Override
            public String publisher() {
                return token(node);
            }
        };
        Plan.Endpoints endpoints = new Plan.Endpoints(url("ws", node.port()), loadSubprotocol, tokens, List.of(), null);
        return new Plan(mode, endpoints, load, timing(millis), threads);
    }

    private static Plan.Timing timing(int millis) {
        return new Plan.Timing(
                Duration.ofMillis(100),
                Duration.ofMillis(millis),
                Duration.ofSeconds(20),
                Duration.ofSeconds(30),
                5,
                Duration.ofMillis(50));
    }

    private static String token(TestNode node) {
        return node.token("chat", null, ROLES, List.of());
    }

    private static URI url(String scheme, int port) {
        return URI.create(scheme + "://127.0.0.1:" + port + "/client/hubs/chat");
    }
}
