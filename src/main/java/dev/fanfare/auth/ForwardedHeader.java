package dev.fanfare.auth;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses lines of the header {@code Forwarded} (RFC 7239 section 4), strictly, because proxies copy client input into
 * its quoted strings: an element that is malformed anywhere names no node. Takes time linear in the length of a line.
 */
final class ForwardedHeader {

    /** The node of an element that names none, or is malformed. */
    static final String UNKNOWN = "";

    private final String line;
    private final List<String> nodes = new ArrayList<>();

    private @Nullable String node;
    private boolean malformed;

    private ForwardedHeader(String line) {
        this.line = line;
    }

    /** The values of {@code for}, one for each element of a line, from the left. */
    static List<String> nodes(String line) {
        ForwardedHeader header = new ForwardedHeader(line);
        header.read();
        return header.nodes;
    }

    private void read() {
        boolean quoted = false;
        int start = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (quoted && c == '\\') {
                i++; // and the character that it escapes
            } else if (!quoted && (c == ';' || c == ',')) {
                endPair(line.substring(start, i));
                if (c == ',') {
                    endElement();
                }
                start = i + 1;
            }
        }
        endPair(line.substring(start));
        endElement();
    }

    private void endPair(String pair) {
        if (pair.isBlank()) {
            return;
        }
        int equals = pair.indexOf('=');
        String value = equals < 0 ? null : value(pair.substring(equals + 1).strip());
        if (value == null) {
            malformed = true;
        } else if (pair.substring(0, equals).strip().equalsIgnoreCase("for")) {
            malformed |= node != null;
            node = value;
        }
    }

    private void endElement() {
        nodes.add(malformed || node == null ? UNKNOWN : node);
        node = null;
        malformed = false;
    }

    /** A token or the content of a quoted string; null if it is neither. */
    private static @Nullable String value(String text) {
        if (text.indexOf('"') < 0) {
            return text;
        }
        StringBuilder content = new StringBuilder();
        for (int i = 1; text.charAt(0) == '"' && i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                return i == text.length() - 1 ? content.toString() : null;
            }
            if (c == '\\' && ++i < text.length()) {
                c = text.charAt(i);
            }
            content.append(c);
        }
        return null;
    }
}
