package dev.fanfare.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A case of {@code conformance/*.txt}: what a client sends to an echo, and what must come back. Numbers are those of the
 * Autobahn test suite where it has the case.
 *
 * <p>A case begins with {@code case NUMBER | what it is about}. A line with {@code >} sends a frame: options, opcode,
 * payload. A line with {@code <} awaits one, or {@code end} for the end of the transport. A line with {@code <?} awaits an
 * echo that our close frame follows at once: an echo of one process sends them in this order, while in a broker the close
 * frame may overtake the echo, and there another member of the group must get the message. A line with {@code =} and a
 * number sends a message and awaits its echo so many times.
 *
 * <p>A payload is {@code "text"}, {@code hex 00ff}, {@code repeat COUNT BYTE}, or {@code noise COUNT} for so many bytes,
 * always the same ones. Options before the opcode: {@code !fin}, {@code rsv=N}; behind the payload: {@code chop=N} sends N
 * bytes at a time, {@code fragments=N} makes a fragment of every N bytes, {@code length=2|8} takes so many bytes for the
 * length. {@code raw} instead of an opcode sends the payload as it is. A case without {@code end} ends with a closing
 * handshake that must succeed.
 *
 * @param number such as 6.4.1
 * @param title what it is about
 * @param lines what is sent and awaited
 */
public record ConformanceCase(String number, String title, List<String> lines) {

    /** The bytes of a message that the echo must take, and not one more; it takes as many in a frame. */
    public static final int LIMIT = 16_777_216;

    /** The fragments of a message that the echo must take. */
    public static final int FRAGMENTS = 65_536;

    private static final List<String> FILES = List.of(
            "1-framing",
            "2-pings",
            "3-reserved-bits",
            "4-opcodes",
            "5-fragmentation",
            "6-utf8",
            "7-close",
            "9-sizes",
            "10-misc",
            "lengths");

    /** All cases, in the order of their numbers. */
    public static List<ConformanceCase> all() throws IOException {
        return in(FILES);
    }

    /** Those for an echo that agreed to compression, and takes 64 KiB of any ratio. */
    public static List<ConformanceCase> ofCompression() throws IOException {
        return in(List.of("compression"));
    }

    private static List<ConformanceCase> in(List<String> files) throws IOException {
        List<ConformanceCase> cases = new ArrayList<>();
        for (String file : files) {
            for (String line : lines(file)) {
                if (line.startsWith("case ")) {
                    String[] parts = line.substring(5).split(" \\| ", 2);
                    cases.add(new ConformanceCase(parts[0], parts[1], new ArrayList<>()));
                } else {
                    cases.get(cases.size() - 1).lines.add(line);
                }
            }
        }
        return cases;
    }

    /** The numbers of all cases of the Autobahn test suite that must be among {@link #all}. */
    public static Stream<String> required() throws IOException {
        return lines("autobahn-cases").stream().flatMap(line -> {
            String[] words = line.split(" ");
            return Stream.iterate(1, n -> n <= Integer.parseInt(words[1]), n -> n + 1)
                    .map(n -> words[0] + n);
        });
    }

    private static List<String> lines(String file) throws IOException {
        try (InputStream in = ConformanceCase.class.getResourceAsStream("/conformance/" + file + ".txt")) {
            assertNotNull(in, file);
            return Arrays.stream(new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n"))
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
        }
    }

    /** Whether it matters what another member of the group gets. */
    public boolean wantsWitness() {
        return lines.stream().anyMatch(line -> line.startsWith("<?"));
    }

    /**
     * Runs the case.
     *
     * @param client upgraded, and fresh
     * @param witness another member of the client's group, null if the echo is one process
     */
    public void run(RawWebSocketClient client, @Nullable RawWebSocketClient witness) throws IOException {
        new Run(client, witness, lines.contains("< end")).lines(lines);
    }

    @Override
    public String toString() {
        return number + " " + title;
    }

    private record Run(
            RawWebSocketClient client, @Nullable RawWebSocketClient witness, boolean ends, Deque<FrameLine> late) {

        Run(RawWebSocketClient client, @Nullable RawWebSocketClient witness, boolean ends) {
            this(client, witness, ends, new ArrayDeque<>());
        }

        void lines(List<String> lines) throws IOException {
            for (String line : lines) {
                String rest = line.substring(line.indexOf(' ') + 1);
                switch (line.substring(0, line.indexOf(' '))) {
                    case ">" -> send(new FrameLine(rest).pieces());
                    case "<" -> expect(rest);
                    case "<?" -> expectSomewhere(new FrameLine(rest));
                    case "=" -> exchange(rest);
                    default -> throw new IllegalArgumentException(line);
                }
            }
            if (!ends) {
                client.send(RawFrame.close(1000, ""));
                expect("close 1000");
                expect("end");
            }
        }

        private void send(List<byte[]> pieces) throws IOException {
            try {
                for (byte[] piece : pieces) {
                    client.send(piece);
                }
            } catch (IOException closed) {
                if (!ends) {
                    throw closed;
                }
            }
        }

        private void exchange(String line) throws IOException {
            int space = line.indexOf(' ');
            FrameLine frame = new FrameLine(line.substring(space + 1));
            List<byte[]> pieces = frame.pieces();
            for (int left = Integer.parseInt(line.substring(0, space)); left > 0; left--) {
                send(pieces);
                frame.assertIs(client.readFrame());
            }
        }

        private void expectSomewhere(FrameLine line) throws IOException {
            if (witness == null) {
                line.assertIs(client.readFrame());
            } else {
                line.assertIs(witness.readFrame());
                late.add(line);
            }
        }

        private void expect(String line) throws IOException {
            if (line.equals("end")) {
                assertEquals(RawWebSocketClient.End.EOF, client.readEnd());
                return;
            }
            RawFrame frame = client.readFrame();
            while (!late.isEmpty() && late.getFirst().isOf(frame.opcode())) {
                late.removeFirst().assertIs(frame);
                frame = client.readFrame();
            }
            new FrameLine(line).assertIs(frame);
        }
    }
}
