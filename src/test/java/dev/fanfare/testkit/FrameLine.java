package dev.fanfare.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A frame, or a message in fragments, as {@link ConformanceCase} writes it in a line. */
final class FrameLine {

    private static final Map<String, Integer> OPCODES =
            Map.of("continuation", 0, "text", 1, "binary", 2, "close", 8, "ping", 9, "pong", 10);

    private static final Pattern WORD = Pattern.compile("\"[^\"]*\"|\\S+");
    private static final int[] FIRST_OF_LENGTH = {0, 0x80, 0x800, 0x10000};

    private final boolean fin;
    private final int rsv;
    private final int chop;
    private final int fragments;
    private final int length;
    private final String opcode;
    private final Deque<String> words;

    FrameLine(String line) {
        words = words(line);
        fin = !words.removeFirstOccurrence("!fin");
        rsv = option("rsv", 0);
        chop = option("chop", Integer.MAX_VALUE);
        fragments = option("fragments", Integer.MAX_VALUE);
        length = option("length", -1);
        opcode = words.removeFirst();
    }

    /** What a client sends, write by write. */
    List<byte[]> pieces() {
        byte[] payload = payload();
        if (opcode.equals("raw")) {
            return List.of(payload);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<byte[]> parts = split(payload, fragments);
        for (int i = 0; i < parts.size(); i++) {
            boolean last = i == parts.size() - 1;
            RawFrame frame = new RawFrame(fin && last, rsv, i == 0 ? opcode() : RawFrame.CONTINUATION, parts.get(i));
            bytes.writeBytes(length < 0 ? frame.masked() : frame.masked(length));
        }
        return split(bytes.toByteArray(), chop);
    }

    /** Fails unless the server's frame is this one; of a close frame only the code counts. */
    void assertIs(RawFrame frame) {
        assertTrue(frame.fin() && frame.rsv() == 0, frame.toString());
        assertEquals(opcode(), frame.opcode(), frame.toString());
        if (!opcode.equals("close")) {
            assertArrayEquals(payload(), frame.payload());
        } else if (words.isEmpty()) {
            assertEquals(0, frame.payload().length);
        } else {
            assertEquals(Integer.parseInt(words.getFirst()), frame.closeCode());
        }
    }

    /** Whether the server's frame has this opcode. */
    boolean isOf(int otherOpcode) {
        return opcode() == otherOpcode;
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

    private int option(String name, int otherwise) {
        for (String word : words) {
            if (word.startsWith(name + "=")) {
                words.remove(word);
                return Integer.parseInt(word.substring(name.length() + 1));
            }
        }
        return otherwise;
    }

    private int opcode() {
        Integer known = OPCODES.get(opcode);
        return known == null ? Integer.parseInt(opcode) : known;
    }

    private byte[] payload() {
        List<String> parts = List.copyOf(words);
        String kind = parts.get(0);
        if (kind.startsWith("\"")) {
            return kind.substring(1, kind.length() - 1).getBytes(StandardCharsets.UTF_8);
        }
        if (kind.equals("hex")) {
            return HexFormat.of().parseHex(parts.get(1));
        }
        int count = Integer.parseInt(parts.get(1));
        if (kind.equals("noise")) {
            return Noise.of(opcode.equals("text"), count).bytes;
        }
        assertEquals("repeat", kind);
        byte[] payload = new byte[count];
        Arrays.fill(payload, HexFormat.of().parseHex(parts.get(2))[0]);
        return payload;
    }

    /** Bytes that are always the same for a count. The latest is kept, because it is sent and then compared, often again and again. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Noise(boolean text, int count, byte[] bytes) {

        private static Noise latest = new Noise(false, 0, new byte[0]);

        static synchronized Noise of(boolean text, int count) {
            if (latest.text != text || latest.count != count) {
                latest = new Noise(text, count, text ? characters(count) : octets(count));
            }
            return latest;
        }

        private static byte[] octets(int count) {
            byte[] octets = new byte[count];
            new Random(count).nextBytes(octets);
            return octets;
        }

        /** So many bytes of UTF-8, of characters of all lengths. */
        private static byte[] characters(int count) {
            Random random = new Random(count);
            StringBuilder characters = new StringBuilder(count);
            for (int bytes = 0; bytes < count; ) {
                int most = Math.min(FIRST_OF_LENGTH.length, count - bytes);
                int length = random.nextInt(most);
                characters.appendCodePoint(FIRST_OF_LENGTH[length] + random.nextInt(0x80));
                bytes += length + 1;
            }
            return characters.toString().getBytes(StandardCharsets.UTF_8);
        }
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
