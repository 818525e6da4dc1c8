package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.auth.TokenMinter;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** The cases of {@code handshakes.txt}, which explains its notation, against a node. */
@Tag("attack")
class OpeningHandshakeTest {

    private static final List<String> HEADERS = List.of(
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");

    private static TestNode node;
    private static String target;
    private static String apiToken;

    private record Case(String name, List<String> lines) {

        /** The text of all lines that begin with this sign. */
        List<String> with(char sign) {
            return lines.stream()
                    .filter(line -> line.charAt(0) == sign)
                    .map(line -> line.substring(2))
                    .toList();
        }
    }

    private record Answer(int status, String head, String body) {

        /** The value of a header, null without it. */
        @Nullable
        String header(String name) {
            return head.lines()
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).trim())
                    .findFirst()
                    .orElse(null);
        }
    }

    @BeforeAll
    static void start() {
        node = TestNode.start("SERVER_ALLOWED_ORIGINS=https://app.example");
        target = node.client("alice").target();
        apiToken = new TokenMinter(TestNode.ACCESS_KEY, InstantSource.system())
                .apiToken("http://localhost/api/hubs/chat/groups/g/connections", Duration.ofMinutes(5));
    }

    @AfterAll
    static void stop() {
        assertEquals(0, node.metric("fanfare_bugs_total"), "the node caught faults of its own");
        node.close();
    }

    @TestFactory
    Stream<DynamicTest> everyRequestIsAnsweredAsTheSpecificationsSay() throws IOException {
        List<Case> cases = new ArrayList<>();
        try (InputStream in = OpeningHandshakeTest.class.getResourceAsStream("/handshakes.txt")) {
            assertNotNull(in);
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (line.startsWith("case ")) {
                    cases.add(new Case(line.substring(5), new ArrayList<>()));
                } else if (!line.isBlank() && !line.startsWith("#")) {
                    cases.get(cases.size() - 1).lines().add(line);
                }
            }
        }
        assertTrue(cases.size() > 80, "cases: " + cases.size());
        return cases.stream().map(one -> DynamicTest.dynamicTest(one.name(), () -> run(one)));
    }

    private static void run(Case one) throws IOException {
        Deque<String> later = new ArrayDeque<>(one.with('>'));
        try (RawWebSocketClient client = RawWebSocketClient.connect(node.port(), null)) {
            send(client, request(one));
            Answer answer = null;
            for (String expected : one.with('<')) {
                if (Character.isDigit(expected.charAt(0))) {
                    if (answer != null && !later.isEmpty()) {
                        send(client, unescape(later.removeFirst()));
                    }
                    answer = read(client, expected);
                } else if (expected.startsWith("close")) {
                    RawFrame close = client.readClose();
                    assertEquals(expected, close.payload().length == 0 ? "close" : "close " + close.closeCode());
                } else {
                    assertHeader(expected, answer);
                }
            }
            if (answer == null || answer.status() != 101) {
                client.readEnd();
            }
        }
    }

    private static String request(Case one) {
        if (!one.with('!').isEmpty()) {
            return unescape(one.with('!').get(0));
        }
        List<String> headers = new ArrayList<>(HEADERS);
        one.with('-').forEach(name -> headers.removeIf(header -> isOf(header, name)));
        one.with('~')
                .forEach(line -> headers.replaceAll(
                        header -> isOf(header, line.substring(0, line.indexOf(':'))) ? line : header));
        headers.addAll(one.with('+'));
        List<String> requestLine = one.with('=');
        return unescape(String.join("", one.with('^'))
                + (requestLine.isEmpty() ? "GET {target} HTTP/1.1" : requestLine.get(0))
                + "\\r\\n"
                + String.join("\\r\\n", headers)
                + "\\r\\n\\r\\n"
                + String.join("", one.with('&')));
    }

    private static boolean isOf(String header, String name) {
        return header.startsWith(name + ":");
    }

    private static String unescape(String text) {
        String correct = "GET {target} HTTP/1.1\r\n" + String.join("\r\n", HEADERS) + "\r\n\r\n";
        return text.translateEscapes()
                .replace("{request}", correct)
                .replace("{target}", target)
                .replace("{api}", apiToken);
    }

    private static void send(RawWebSocketClient client, String text) throws IOException {
        client.send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Answer read(RawWebSocketClient client, String expected) throws IOException {
        String head = client.readHead();
        int status = Integer.parseInt(head.substring(9, 12));
        Answer answer = new Answer(status, head, "");
        String length = answer.header("content-length");
        answer = new Answer(status, head, length == null ? "" : client.readBody(Integer.parseInt(length)));
        assertEquals(Integer.parseInt(expected.substring(0, 3)), status, answer.toString());
        if (expected.length() > 4) {
            assertTrue(answer.body().startsWith(expected.substring(4)), answer.toString());
        }
        return answer;
    }

    private static void assertHeader(String expected, @Nullable Answer answer) {
        assertNotNull(answer);
        if (expected.startsWith("!")) {
            assertNull(answer.header(expected.substring(1)), answer.head());
        } else {
            String[] parts = expected.split(": ", 2);
            assertEquals(
                    parts[1],
                    String.valueOf(answer.header(parts[0])),
                    answer.head().toLowerCase(Locale.ROOT));
        }
    }
}
