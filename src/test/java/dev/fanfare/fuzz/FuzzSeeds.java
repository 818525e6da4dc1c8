package dev.fanfare.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Input that targets start from, of the files that other tests use. */
public final class FuzzSeeds {

    private FuzzSeeds() {}

    /** Parts one behind the other. */
    public static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    /** Bytes of texts. */
    public static List<byte[]> texts(String... texts) {
        return Stream.of(texts).map(FuzzSeeds::utf8).toList();
    }

    /** Bytes of the lines of a resource that are not empty and no comments. */
    public static List<byte[]> lines(String resource) {
        return text(resource)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(FuzzSeeds::utf8)
                .toList();
    }

    /** The messages of a file of {@link dev.fanfare.core.codec.WireRecord}, each behind this byte. */
    public static List<byte[]> messages(int first, String file) {
        List<StringBuilder> sections = new ArrayList<>();
        text("/wire/1/" + file + ".txt").lines().forEach(line -> {
            if (line.startsWith("[")) {
                sections.add(new StringBuilder());
            } else if (!line.startsWith("#") && !sections.isEmpty()) {
                sections.get(sections.size() - 1).append(line.split("\\|", 2)[0].replace(" ", ""));
            }
        });
        return sections.stream()
                .map(hex -> joined(new byte[] {(byte) first}, HexFormat.of().parseHex(hex)))
                .toList();
    }

    /** The text of a resource. */
    public static String text(String resource) {
        try (InputStream in = Objects.requireNonNull(FuzzSeeds.class.getResourceAsStream(resource), resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
