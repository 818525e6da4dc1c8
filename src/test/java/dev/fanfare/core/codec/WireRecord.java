package dev.fanfare.core.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.StringJoiner;

/**
 * The bytes of messages as a version of the protocol writes them, in {@code src/test/resources/wire}: recorded once, and never
 * changed. Each section has a name in brackets, and the bytes in hexadecimal with their characters.
 *
 * @param <T> the type of the messages of one file
 */
public final class WireRecord<T> {

    private static final HexFormat HEX = HexFormat.ofDelimiter(" ");
    private static final int LINE = 16;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final String file;
    private final int version;
    private final Writer<T> writer;
    private final Reader<T> reader;

    /** Writes a message. */
    public interface Writer<T> {
        void write(WireWriter out, T message);
    }

    /** Reads a message. */
    public interface Reader<T> {
        T read(WireReader in) throws WireException;
    }

    /** @param file the name in the folder of the version, without {@code .txt} */
    public WireRecord(int version, String file, Writer<T> writer, Reader<T> reader) {
        this.version = version;
        this.file = file;
        this.writer = writer;
        this.reader = reader;
    }

    /** Both directions: the recorded bytes are read as these messages, which are written as the recorded bytes. */
    public void assertRecorded(Map<String, T> messages) throws IOException {
        StringBuilder actual = new StringBuilder();
        messages.forEach((name, message) -> actual.append(section(name, bytes(message))));
        Map<String, byte[]> recorded = recorded();
        assertEquals(recorded.keySet(), Set.copyOf(messages.keySet()), () -> file + ".txt; to record:\n" + actual);
        for (Map.Entry<String, T> each : messages.entrySet()) {
            byte[] bytes = Objects.requireNonNull(recorded.get(each.getKey()));
            T message = each.getValue();
            assertArrayEquals(bytes, bytes(message), () -> each.getKey() + "; now written:\n" + actual);
            assertSame(message, reader.read(WireReader.of(bytes)), each.getKey());
        }
    }

    /** What a later version appends is skipped: behind the message, and in each block of it. */
    public void assertGrows(Map<String, T> messages) throws WireException {
        for (Map.Entry<String, T> each : messages.entrySet()) {
            byte[] bytes = bytes(each.getValue());
            for (int more = 1; more < 4; more++) {
                byte[] longer = Arrays.copyOf(bytes, bytes.length + more);
                longer[bytes.length] = 1;
                assertSame(each.getValue(), reader.read(WireReader.of(longer)), each.getKey());
            }
            byte[] later = LaterWriter.later(out -> writer.write(out, each.getValue()));
            assertTrue(later.length > bytes.length, each.getKey());
            assertSame(each.getValue(), reader.read(WireReader.of(later)), each.getKey());
        }
    }

    /** A message that ends early, wherever that is, cannot be read; there is no other exception. */
    public void assertCutsFail(Map<String, T> messages) {
        messages.forEach((name, message) -> {
            byte[] bytes = bytes(message);
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThrows(WireException.class, () -> reader.read(WireReader.of(cut)), () -> name + " " + cut.length);
            }
        });
    }

    /** Whatever the bytes, there is no other exception, and no more is allocated than they can account for. */
    public void assertGarbageIsHarmless(Map<String, T> messages, Random random, int rounds) {
        List<T> all = List.copyOf(messages.values());
        for (int round = 0; round < rounds; round++) {
            byte[] bytes =
                    random.nextInt(4) == 0 ? new byte[random.nextInt(200)] : bytes(all.get(random.nextInt(all.size())));
            if (random.nextInt(4) == 0) {
                random.nextBytes(bytes);
            }
            for (int change = random.nextInt(4); change >= 0 && bytes.length > 0; change--) {
                bytes[random.nextInt(bytes.length)] =
                        (byte) (random.nextBoolean() ? random.nextInt() : 1 << random.nextInt(Byte.SIZE));
            }
            long before = THREADS.getCurrentThreadAllocatedBytes();
            try {
                reader.read(WireReader.of(bytes));
            } catch (WireException expected) {
                // The only one.
            } catch (RuntimeException | Error e) {
                throw new AssertionError(HEX.formatHex(bytes), e);
            }
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            long bound = 512 * 1024 + 64L * bytes.length;
            assertTrue(allocated < bound, () -> allocated + " bytes for " + HEX.formatHex(bytes));
        }
    }

    private byte[] bytes(T message) {
        return WireWriter.toBytes(version, out -> writer.write(out, message));
    }

    /** Some messages have arrays, or have no equality. */
    private void assertSame(T expected, T actual, String name) {
        assertEquals(expected.getClass(), actual.getClass(), name);
        assertArrayEquals(bytes(expected), bytes(actual), name);
        if (expected.equals(reread(expected))) {
            assertEquals(expected, actual, name);
        }
    }

    private T reread(T message) {
        try {
            return reader.read(WireReader.of(bytes(message)));
        } catch (WireException e) {
            throw new AssertionError(e);
        }
    }

    private Map<String, byte[]> recorded() throws IOException {
        Map<String, StringBuilder> sections = new LinkedHashMap<>();
        StringBuilder section = new StringBuilder();
        for (String line : text().lines().toList()) {
            if (line.startsWith("[")) {
                section = new StringBuilder();
                sections.put(line.substring(1, line.indexOf(']')), section);
            } else if (!line.startsWith("#")) {
                section.append(line.split("\\|", 2)[0].replace(" ", ""));
            }
        }
        Map<String, byte[]> bytes = new LinkedHashMap<>();
        sections.forEach((name, hex) -> bytes.put(name, HexFormat.of().parseHex(hex)));
        return bytes;
    }

    private String text() throws IOException {
        try (InputStream in = WireRecord.class.getResourceAsStream("/wire/" + version + "/" + file + ".txt")) {
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String section(String name, byte[] bytes) {
        StringJoiner lines = new StringJoiner("\n", "[" + name + "]\n", "\n\n");
        for (int at = 0; at < bytes.length; at += LINE) {
            byte[] line = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + LINE));
            StringBuilder characters = new StringBuilder();
            for (byte each : line) {
                characters.append(each >= ' ' && each < 0x7f && each != '|' ? (char) each : '.');
            }
            lines.add(String.format("%-47s | %s", HEX.formatHex(line), characters));
        }
        return lines.toString();
    }
}
