package dev.fanfare.socket;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Negotiates permessage-deflate, as strictly as RFC 7692 sections 5.1 and 7.1 require. There is no context takeover and
 * the window is the largest, so that all receivers share a message that is deflated once; see
 * {@code src/docs/decisions/0012-compression-once.md}.
 */
final class DeflateOffer {

    private static final String NAME = "permessage-deflate";

    /**
     * No context takeover in either direction, requested or not: otherwise each client would need a window of its own.
     */
    private static final String ANSWER = NAME + "; server_no_context_takeover; client_no_context_takeover";

    private static final int WINDOW_BITS = 15;

    private DeflateOffer() {}

    /** An element of the header. */
    private record Extension(String name, List<String[]> parameters) {}

    /**
     * Answers the first offer that we can honour.
     *
     * @param headers all Sec-WebSocket-Extensions headers
     * @return the header of the response, null if there is no such offer
     * @throws IllegalArgumentException if a header does not follow RFC 6455 section 9.1
     */
    static @Nullable String answer(List<String> headers) {
        String answer = null;
        for (String header : headers) {
            for (Extension extension : new Parser(header).extensions()) {
                if (answer == null && extension.name.equalsIgnoreCase(NAME)) {
                    answer = answer(extension);
                }
            }
        }
        return answer;
    }

    private static @Nullable String answer(Extension offer) {
        Set<String> seen = new HashSet<>();
        String window = "";
        for (String[] parameter : offer.parameters) {
            String name = parameter[0].toLowerCase(Locale.ROOT);
            String value = parameter.length == 1 ? null : parameter[1];
            boolean valid = switch (name) {
                case "server_no_context_takeover", "client_no_context_takeover" -> value == null;
                case "server_max_window_bits" -> value != null && bits(value) == WINDOW_BITS;
                case "client_max_window_bits" -> value == null || bits(value) > 0;
                default -> false;
            };
            if (!valid || !seen.add(name)) {
                return null;
            }
            if (name.equals("server_max_window_bits")) {
                window = "; server_max_window_bits=" + WINDOW_BITS;
            }
        }
        return ANSWER + window;
    }

    /** 8 to 15, without leading zeros (RFC 7692 section 7.1.2); 0 if it is anything else. */
    private static int bits(String value) {
        return value.matches("[89]|1[0-5]") ? Integer.parseInt(value) : 0;
    }

    /** Reads the grammar of RFC 6455 section 9.1. */
    private static final class Parser {
        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        List<Extension> extensions() {
            List<Extension> extensions = new ArrayList<>();
            do {
                skipBlanks();
                if (at < text.length() && text.charAt(at) != ',') {
                    extensions.add(extension());
                }
            } while (accept(','));
            if (at < text.length()) {
                throw malformed();
            }
            return extensions;
        }

        private Extension extension() {
            String name = token();
            List<String[]> parameters = new ArrayList<>();
            while (accept(';')) {
                skipBlanks();
                String parameter = token();
                parameters.add(accept('=') ? new String[] {parameter, value()} : new String[] {parameter});
            }
            return new Extension(name, parameters);
        }

        private String token() {
            int begin = at;
            while (at < text.length() && UpgradeRequest.isTokenCharacter(text.charAt(at))) {
                at++;
            }
            if (begin == at) {
                throw malformed();
            }
            String token = text.substring(begin, at);
            skipBlanks();
            return token;
        }

        /** A token, perhaps in quotes. */
        private String value() {
            skipBlanks();
            if (!accept('"')) {
                return token();
            }
            int end = text.indexOf('"', at);
            String quoted = end < 0 ? "" : text.substring(at, end).replace("\\", "");
            if (!UpgradeRequest.isToken(quoted)) {
                throw malformed();
            }
            at = end + 1;
            skipBlanks();
            return quoted;
        }

        private boolean accept(char wanted) {
            boolean there = at < text.length() && text.charAt(at) == wanted;
            at += there ? 1 : 0;
            return there;
        }

        private void skipBlanks() {
            while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
                at++;
            }
        }

        private static IllegalArgumentException malformed() {
            return new IllegalArgumentException("Sec-WebSocket-Extensions is a list of extensions");
        }
    }
}
