package dev.fanfare.hardening;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestCertificate;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How the process ends: by a signal, or because it cannot start. */
@Tag("attack")
class ProcessHardeningIT {

    private static final String READYZ = "GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    /** Of a node that clients try to fill, in MiB. */
    private static final int SMALL_HEAP = 128;

    @TempDir
    private Path directory;

    @Test
    void sigtermUnderLoadEndsReadinessThenConnectionsThenExits() throws Exception {
        ExecutorService readers = Executors.newCachedThreadPool();
        try (NodeProcess node = NodeProcess.serving(
                "SHUTDOWN_DELAY_SECONDS=1",
                "SHUTDOWN_TIMEOUT_SECONDS=30",
                "SHUTDOWN_CLOSE_SECONDS=1",
                // The reliable clients acknowledge nothing, and must not overflow before the end.
                "LIMITS_MESSAGES_PER_SECOND=500")) {
            RawWebSocketClient publisher = open(node, HardenedNode.JSON);
            List<CompletableFuture<Integer>> codes = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                RawWebSocketClient client = open(node, i % 2 == 0 ? HardenedNode.JSON : HardenedNode.RELIABLE);
                codes.add(CompletableFuture.supplyAsync(() -> closeCode(client), readers));
            }
            readers.execute(() -> publishUntilClosed(publisher));
            for (int i = 0; i < 12; i++) {
                readers.execute(() -> connectUntilRefused(node.port()));
            }

            node.terminate();
            await().pollInterval(Duration.ofMillis(20))
                    .until(() ->
                            HardenedNode.exchange(node.managementPort(), READYZ).startsWith("HTTP/1.1 503 "));
            assertTrue(codes.stream().noneMatch(CompletableFuture::isDone), "closed before anybody could notice");
            open(node, HardenedNode.JSON).disconnect();

            for (CompletableFuture<Integer> code : codes) {
                assertEquals(1001, code.join());
            }
            assertEquals(0, node.exitCode(), node::errUnchecked);
            assertFalse(node.err().contains("Exception"), node.err());
        } finally {
            readers.shutdownNow();
        }
    }

    @Test
    void clientsThatNeverAnswerAreCutInTime() throws Exception {
        try (NodeProcess node = NodeProcess.serving("SHUTDOWN_TIMEOUT_SECONDS=6")) {
            List<RawWebSocketClient> mute = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                mute.add(open(node, i % 2 == 0 ? HardenedNode.JSON : HardenedNode.RELIABLE));
            }
            // Silent in HTTP, or in the middle of a request.
            RawWebSocketClient silent = RawWebSocketClient.connect(node.port(), null);
            RawWebSocketClient stalled = RawWebSocketClient.connect(node.port(), null);
            stalled.send("POST /api/hubs/x/:send HTTP/1.1\r\nHost: a\r\n");

            node.terminate();

            // Otherwise it would exit with 1 when its time is over.
            assertEquals(0, node.exitCode(), node::errUnchecked);
            for (RawWebSocketClient client : mute) {
                client.disconnect();
            }
            silent.disconnect();
            stalled.disconnect();
        }
    }

    @Test
    void sigtermDuringTheStartEndsTheProcess() throws Exception {
        try (NodeProcess node =
                NodeProcess.start(HardenedNode.environment("LOGGING_LEVEL=debug", "SHUTDOWN_TIMEOUT_SECONDS=60"))) {
            // The first line of the log: the configuration is read and the node is being put together.
            node.awaitErr("node starting");
            node.terminate();

            assertEquals(0, node.exitCode(), node::errUnchecked);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SERVER_PORT", "MANAGEMENT_PORT"})
    void aPortThatIsTakenIsToldInOneLine(String setting) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                NodeProcess node = NodeProcess.start(HardenedNode.environment(setting + "=" + taken.getLocalPort()))) {
            assertEquals(1, node.exitCode());
            assertOneLine(node.err(), String.valueOf(taken.getLocalPort()), "Address already in use");
        }
    }

    @Test
    void aSecondNodeOnTheSamePortsLeavesTheFirstAlone() throws Exception {
        try (NodeProcess first = NodeProcess.serving();
                RawWebSocketClient client = open(first, HardenedNode.JSON);
                NodeProcess second = NodeProcess.start(HardenedNode.environment("SERVER_PORT=" + first.port()))) {
            assertEquals(1, second.exitCode());
            client.send(RawFrame.text("{\"type\":\"ping\"}"));
            assertEquals("{\"type\":\"pong\"}", client.readText());
        }
    }

    @Test
    void everythingThatIsWrongWithTheConfigurationIsToldAtOnce() throws Exception {
        Path file = Files.writeString(directory.resolve("f.yaml"), """
                server: {port: 70000, prt: 1, tls: {enabled: true, keyFile: /none/key.pem, certificateFile: ""}}
                limits: {messageBytes: many, frameBytes: 1}
                auth: {accessKeys: [secret-too-short]}
                """);
        Map<String, String> environment =
                Map.of("FANFARE_CONFIG", file.toString(), "FANFARE_NOTHING", "1", "FANFARE_GROUPS_SLOTS", "0");
        try (NodeProcess node = NodeProcess.start(environment)) {
            assertEquals(2, node.exitCode());
            String err = node.err();
            for (String problem : List.of(
                    "server.port",
                    "server.prt",
                    "server.tls.keyFile",
                    "server.tls.certificateFile",
                    "limits.messageBytes",
                    "limits.frameBytes",
                    "auth.accessKeys[0]",
                    "groups.slots",
                    "FANFARE_NOTHING")) {
                assertTrue(err.contains(problem), problem + " is not in " + err);
            }
            assertTrue(err.startsWith("The configuration has 9 problems:\n"), err);
            assertEquals(10, err.lines().count(), err);
            assertFalse(err.contains("secret-too-short"), err);
        }
    }

    @Test
    void tlsFilesThatHoldSomethingElseAreToldInOneLine() throws Exception {
        TestCertificate certificate = TestCertificate.get();
        Path file = Files.writeString(directory.resolve("other.pem"), "neither key nor certificate");
        assertRefused(file, certificate.certificateFile(), "PRIVATE KEY");
        assertRefused(certificate.keyFile(), file, "server.tls.certificateFile");
    }

    private static void assertRefused(Path key, Path certificate, String missing) throws Exception {
        try (NodeProcess node = NodeProcess.start(HardenedNode.environment(
                "SERVER_TLS_ENABLED=true",
                "SERVER_TLS_PORT=0",
                "SERVER_TLS_KEY_FILE=" + key,
                "SERVER_TLS_CERTIFICATE_FILE=" + certificate))) {
            assertEquals(1, node.exitCode());
            assertOneLine(node.err(), "server.tls.port, with TLS", missing);
        }
    }

    @Test
    void messagesThatLackTheirLastByteDoNotTakeTheHeap() throws Exception {
        byte[] whole = RawFrame.of(RawFrame.BINARY, new byte[1024 * 1024]).masked();
        byte[] begun = Arrays.copyOf(whole, whole.length - 1);
        survives(100, client -> client.send(begun));
    }

    @Test
    void longNamesOfManyGroupsDoNotTakeTheHeap() throws Exception {
        String begin = "{\"type\":\"joinGroup\",\"group\":\"" + "\u5927".repeat(1016);
        survives(75, client -> {
            ByteArrayOutputStream joins = new ByteArrayOutputStream();
            for (int i = 0; i < 1000; i++) {
                byte[] join =
                        (begin + (10_000_000 + 1000 * client.localPort() + i) + "\"}").getBytes(StandardCharsets.UTF_8);
                // A mask of zeros changes nothing.
                joins.writeBytes(new byte[] {(byte) 0x81, (byte) 0xFE, (byte) (join.length >> 8), (byte) join.length});
                joins.writeBytes(new byte[4]);
                joins.writeBytes(join);
            }
            client.send(joins.toByteArray());
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /api/hubs/x/:send HTTP/1.1~Host: a~Authorization: Bearer a.b.c~Content-Type: text/plain~Content-Length: 61440~~",
                "GET /api/hubs/x/connections HTTP/1.1~Host: a~Authorization: Bearer a.b.c~~",
                "GET /client/hubs/x?access_token=a.b.c HTTP/1.1~Host: a~Connection: Upgrade~Upgrade: websocket"
                        + "~Sec-WebSocket-Version: 13~Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==~~"
            })
    void whatStrangersSendBehindTheirRequestsDoesNotTakeTheHeap(String head) throws Exception {
        byte[] flood = (head.replace("Host: a~", "Host: a~X-Forwarded-For: 192.0.2.1~")
                                .replace("~", "\r\n")
                        + "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2200))
                .getBytes(StandardCharsets.US_ASCII);
        List<RawWebSocketClient> strangers = new ArrayList<>();
        // Their responses are delayed for two seconds, during which the requests stay in memory.
        try (NodeProcess node = NodeProcess.serving(
                        SMALL_HEAP, "AUTH_FAILED_TOKENS_PER_SECOND=1", "SERVER_TRUSTED_PROXIES=127.0.0.1");
                RawWebSocketClient bystander = open(node, HardenedNode.JSON)) {
            for (int i = 0; i < 500; i++) {
                RawWebSocketClient stranger = RawWebSocketClient.connect(node.port(), null);
                strangers.add(stranger);
                try {
                    stranger.send(flood);
                } catch (IOException closed) {
                    // It has been evicted already.
                }
            }
            bystander.send(RawFrame.text("{\"type\":\"ping\"}"));
            assertEquals("{\"type\":\"pong\"}", textBehindPings(bystander));
            open(node, HardenedNode.JSON).disconnect();
            assertFalse(node.err().contains("OutOfMemoryError"), node.err());
        } finally {
            for (RawWebSocketClient stranger : strangers) {
                stranger.disconnect();
            }
        }
    }

    private interface Attack {
        void by(RawWebSocketClient client) throws IOException;
    }

    /** Each client stays within its limits; all together need more than the heap. */
    private static void survives(int clients, Attack attack) throws Exception {
        List<RawWebSocketClient> attackers = new ArrayList<>();
        try (NodeProcess node = NodeProcess.serving(SMALL_HEAP);
                RawWebSocketClient bystander = open(node, HardenedNode.JSON)) {
            for (int i = 0; i < clients; i++) {
                RawWebSocketClient attacker = open(node, HardenedNode.JSON);
                attackers.add(attacker);
                try {
                    attack.by(attacker);
                } catch (IOException closed) {
                    // It has been evicted already.
                }
            }
            bystander.send(RawFrame.text("{\"type\":\"ping\"}"));
            assertEquals("{\"type\":\"pong\"}", textBehindPings(bystander));
            assertFalse(node.err().contains("OutOfMemoryError"), node.err());
            await().untilAsserted(() -> assertTrue(gaveWay(node) > 0, "nobody gave way"));
        } finally {
            for (RawWebSocketClient attacker : attackers) {
                attacker.disconnect();
            }
        }
    }

    private static String textBehindPings(RawWebSocketClient client) throws IOException {
        RawFrame frame = client.readFrame();
        while (frame.opcode() == RawFrame.PING) {
            frame = client.readFrame();
        }
        return frame.payloadText();
    }

    private static double gaveWay(NodeProcess node) throws IOException {
        String metrics = HardenedNode.exchange(
                node.managementPort(), "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        return metrics.lines()
                .filter(line -> line.startsWith("fanfare_closes_total{reason=\"inbound_overflow\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    private static void assertOneLine(String err, String... parts) {
        for (String part : parts) {
            assertTrue(err.contains(part), part + " is not in " + err);
        }
        assertEquals(1, err.lines().filter(line -> line.contains("ERROR")).count(), err);
        assertFalse(err.contains("\tat "), err);
    }

    private static RawWebSocketClient open(NodeProcess node, String subprotocol) throws IOException {
        RawWebSocketClient client = RawWebSocketClient.open(
                node.port(), null, HardenedNode.target(HardenedNode.HUB), "Sec-WebSocket-Protocol: " + subprotocol);
        client.readText();
        client.send(RawFrame.text("{\"type\":\"joinGroup\",\"group\":\"g\",\"ackId\":1}"));
        client.readText();
        return client;
    }

    /** Reads messages up to the close frame and replies to it. */
    private static int closeCode(RawWebSocketClient client) {
        try (client) {
            RawFrame frame = client.readFrame();
            while (frame.opcode() != RawFrame.CLOSE) {
                frame = client.readFrame();
            }
            client.send(frame);
            client.drain();
            return frame.closeCode();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Callers that keep connecting while the node shuts down. */
    private static void connectUntilRefused(int port) {
        while (true) {
            try (RawWebSocketClient client = RawWebSocketClient.connect(port, null)) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                client.readHead();
            } catch (ConnectException refused) {
                return;
            } catch (IOException cut) {
                // It connected when the node had just stopped accepting.
            }
        }
    }

    private static void publishUntilClosed(RawWebSocketClient client) {
        RawFrame message =
                RawFrame.text("{\"type\":\"sendToGroup\",\"group\":\"g\",\"data\":\"" + "x".repeat(200) + "\"}");
        RawFrame ping = RawFrame.of(RawFrame.PING, new byte[0]);
        try (client) {
            RawFrame frame = ping;
            while (frame.opcode() != RawFrame.CLOSE) {
                client.send(message);
                client.send(ping);
                frame = client.readFrame();
            }
            client.send(frame);
            client.drain();
        } catch (IOException end) {
            // The node has exited.
        }
    }
}
