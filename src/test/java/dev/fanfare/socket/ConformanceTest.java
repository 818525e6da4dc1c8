package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * RFC 6455 against an echo, case by case from {@code conformance/*.txt}; numbers are those of the Autobahn test suite where
 * it has the case.
 *
 * <p>A case begins with {@code case NUMBER | what it is about}. A line with {@code >} sends a frame: options, opcode,
 * payload. A line with {@code <} awaits one, or {@code end} for the end of the transport. A payload is {@code "text"},
 * {@code hex 00ff} or {@code repeat COUNT BYTE}. Options before the opcode: {@code !fin}, {@code rsv=N}; behind the payload:
 * {@code chop=N} sends N bytes at a time, {@code fragments=N} makes a fragment of every N bytes, {@code length=2|8} takes so
 * many bytes for the length. {@code raw} instead of an opcode sends the payload as it is. A case without {@code end} ends
 * with a closing handshake that must succeed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceTest {

    private static final List<String> FILES = List.of(
            "1-framing",
            "2-pings",
            "3-reserved-bits",
            "4-opcodes",
            "5-fragmentation",
            "6-utf8",
            "7-close",
            "9-sizes",
            "lengths");
    private static final SocketOptions OPTIONS =
            new SocketOptions(4_194_304, 4_194_304, 8_192, 1_048_576, 65_536, 5_000, false);
    private static final Map<String, Integer> OPCODES =
            Map.of("continuation", 0, "text", 1, "binary", 2, "close", 8, "ping", 9, "pong", 10);

    private static final Pattern WORD = Pattern.compile("\"[^\"]*\"|\\S+");

    private final Vertx vertx = Vertx.vertx();
    private int port;

    private record Case(String name, List<String> lines) {}

    /** An echo that is byte for byte. */
    private record Echo(Socket socket) implements Socket.Listener {
        @Override
        public void message(boolean text, byte[] payload) {
            socket.send(new Encoded(text, payload));
        }

        @Override
        public void writable() {}

        @Override
        public void closed(Ending ending) {}
    }

    @BeforeAll
    void listen() throws Exception {
        HttpServer server = vertx.createHttpServer(
                        new HttpServerOptions().setPort(0).setHttp2ClearTextEnabled(false))
                .requestHandler(ConformanceTest::upgrade)
                .listen()
                .await(10, TimeUnit.SECONDS);
        port = server.actualPort();
    }

    @AfterAll
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private static void upgrade(HttpServerRequest request) {
        UpgradeRequest.Valid valid = (UpgradeRequest.Valid) UpgradeRequest.of(request);
        Upgrade.hold(request, valid).accept(null, OPTIONS, new Faults(() -> {}), Echo::new);
    }

    @TestFactory
    Stream<DynamicTest> everyCaseOfTheProtocol() throws IOException {
        List<Case> cases = new ArrayList<>();
        for (String file : FILES) {
            cases.addAll(read("/conformance/" + file + ".txt"));
        }
        assertTrue(cases.size() > 250, "cases: " + cases.size());
        return cases.stream().map(one -> DynamicTest.dynamicTest(one.name(), () -> run(one.lines())));
    }

    private static List<Case> read(String resource) throws IOException {
        List<Case> cases = new ArrayList<>();
        try (InputStream in = ConformanceTest.class.getResourceAsStream(resource)) {
            assertNotNull(in, resource);
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (line.startsWith("case ")) {
                    cases.add(new Case(line.substring(5), new ArrayList<>()));
                } else if (!line.isBlank() && !line.startsWith("#")) {
                    cases.get(cases.size() - 1).lines().add(line);
                }
            }
        }
        return cases;
    }

    private void run(List<String> lines) throws IOException {
        boolean ends = lines.contains("< end");
        try (RawWebSocketClient client = RawWebSocketClient.open(port, null, "/")) {
            for (String line : lines) {
                if (line.startsWith("> ")) {
                    send(client, line.substring(2), ends);
                } else {
                    expect(client, line.substring(2));
                }
            }
            if (!ends) {
                client.send(RawFrame.close(1000, ""));
                expect(client, "close 1000");
                expect(client, "end");
            }
        }
    }

    private static void send(RawWebSocketClient client, String line, boolean mayFail) throws IOException {
        try {
            for (byte[] piece : pieces(line)) {
                client.send(piece);
            }
        } catch (IOException closed) {
            if (!mayFail) {
                throw closed;
            }
        }
    }

    private static List<byte[]> pieces(String line) {
        Deque<String> words = words(line);
        boolean fin = !words.removeFirstOccurrence("!fin");
        int rsv = option(words, "rsv", 0);
        int chop = option(words, "chop", Integer.MAX_VALUE);
        int fragment = option(words, "fragments", Integer.MAX_VALUE);
        int length = option(words, "length", -1);
        String opcode = words.removeFirst();
        byte[] payload = payload(words);
        if (opcode.equals("raw")) {
            return List.of(payload);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<byte[]> parts = split(payload, fragment);
        for (int i = 0; i < parts.size(); i++) {
            boolean last = i == parts.size() - 1;
            RawFrame frame =
                    new RawFrame(fin && last, rsv, i == 0 ? opcode(opcode) : RawFrame.CONTINUATION, parts.get(i));
            bytes.writeBytes(length < 0 ? frame.masked() : frame.masked(length));
        }
        return split(bytes.toByteArray(), chop);
    }

    private static void expect(RawWebSocketClient client, String line) throws IOException {
        Deque<String> words = words(line);
        String what = words.removeFirst();
        if (what.equals("end")) {
            assertEquals(RawWebSocketClient.End.EOF, client.readEnd());
            return;
        }
        RawFrame frame = client.readFrame();
        assertTrue(frame.fin() && frame.rsv() == 0, frame.toString());
        assertEquals(opcode(what), frame.opcode(), frame.toString());
        if (!what.equals("close")) {
            assertArrayEquals(payload(words), frame.payload());
        } else if (words.isEmpty()) {
            assertEquals(0, frame.payload().length);
        } else {
            assertEquals(Integer.parseInt(words.removeFirst()), frame.closeCode());
        }
    }

    /** Splits at blanks, but not within quotes. */
    private static Deque<String> words(String line) {
        Deque<String> words = new ArrayDeque<>();
        Matcher matcher = WORD.matcher(line);
        while (matcher.find()) {
            words.addLast(matcher.group());
        }
        return words;
    }

    private static int option(Deque<String> words, String name, int otherwise) {
        for (String word : words) {
            if (word.startsWith(name + "=")) {
                words.remove(word);
                return Integer.parseInt(word.substring(name.length() + 1));
            }
        }
        return otherwise;
    }

    private static int opcode(String word) {
        Integer known = OPCODES.get(word);
        return known == null ? Integer.parseInt(word) : known;
    }

    private static byte[] payload(Deque<String> words) {
        String kind = words.removeFirst();
        if (kind.startsWith("\"")) {
            return kind.substring(1, kind.length() - 1).getBytes(StandardCharsets.UTF_8);
        }
        if (kind.equals("hex")) {
            return HexFormat.of().parseHex(words.removeFirst());
        }
        assertEquals("repeat", kind);
        byte[] payload = new byte[Integer.parseInt(words.removeFirst())];
        Arrays.fill(payload, HexFormat.of().parseHex(words.removeFirst())[0]);
        return payload;
    }

    private static List<byte[]> split(byte[] bytes, int size) {
        List<byte[]> parts = new ArrayList<>();
        int from = 0;
        do {
            int to = from + Math.min(size, bytes.length - from);
            parts.add(Arrays.copyOfRange(bytes, from, to));
            from = to;
        } while (from < bytes.length);
        return parts;
    }
}
