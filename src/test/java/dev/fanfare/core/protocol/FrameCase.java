package dev.fanfare.core.protocol;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One case of a file of frames: a line {@code # name}, then lines of a keyword, a space and the rest; empty lines
 * separate cases. A frame is written as on the wire, except for {@code <hex 0a ff>} (bytes that a text file cannot
 * hold) and {@code <repeat 1025 a>}.
 */
record FrameCase(String name, List<String> lines) {

    private static final Pattern MACRO = Pattern.compile("<(?:hex ([0-9a-f ]+)|repeat (\\d+) ([^>]+))>");

    static List<FrameCase> read(String file) {
        List<FrameCase> cases = new ArrayList<>();
        for (String line : content(file).split("\n")) {
            if (line.startsWith("# ")) {
                cases.add(new FrameCase(line.substring(2), new ArrayList<>()));
            } else if (!line.isBlank()) {
                cases.get(cases.size() - 1).lines.add(line);
            }
        }
        return cases;
    }

    static byte[] bytes(String frame) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Matcher macro = MACRO.matcher(frame);
        int plain = 0;
        while (macro.find()) {
            bytes.writeBytes(utf8(frame.substring(plain, macro.start())));
            bytes.writeBytes(
                    macro.group(1) != null
                            ? HexFormat.of().parseHex(macro.group(1).replace(" ", ""))
                            : utf8(macro.group(3).repeat(Integer.parseInt(macro.group(2)))));
            plain = macro.end();
        }
        bytes.writeBytes(utf8(frame.substring(plain)));
        return bytes.toByteArray();
    }

    /** The rest of the only line with that keyword. */
    String only(String keyword) {
        List<String> found = lines.stream()
                .filter(line -> line.equals(keyword) || line.startsWith(keyword + " "))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError(name + ": " + found.size() + " lines " + keyword);
        }
        return found.get(0).substring(Math.min(found.get(0).length(), keyword.length() + 1));
    }

    @Override
    public String toString() {
        return name;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String content(String file) {
        try (InputStream in = Objects.requireNonNull(FrameCase.class.getResourceAsStream("/frames/" + file), file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
