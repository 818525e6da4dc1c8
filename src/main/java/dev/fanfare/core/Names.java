package dev.fanfare.core;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules for names that come from outside: lengths and characters. Each check returns null for a valid name,
 * otherwise a message that says what is wrong, where, and what is allowed; it holds at most one character of the name.
 * Lengths are in Unicode code points, as in JSON Schema. Immutable. See {@code src/docs/decisions/0029}.
 *
 * @param hubLength the most characters of a hub name
 * @param groupLength the most characters of a group name
 * @param eventLength the most characters of an event name
 * @param userIdLength the most characters of a user id
 */
public record Names(int hubLength, int groupLength, int eventLength, int userIdLength) {

    /** The lengths of the protocol. */
    public static final Names DEFAULT = new Names(128, 1024, 128, 1024);

    /** The most bytes of all keys and values of a message's metadata. */
    public static final int METADATA_BYTES = 8 * 1024;

    /** The most bytes of a metadata key. */
    public static final int METADATA_KEY_BYTES = 256;

    /** The most bytes of a metadata value. */
    public static final int METADATA_VALUE_BYTES = 1024;

    private static final Set<String> SYSTEM_EVENTS = Set.of("connect", "connected", "disconnected", "validate");
    private static final String HUB_PUNCTUATION = "_`,.[]";
    private static final String EVENT_PUNCTUATION = "_.-";
    private static final String TOKEN_PUNCTUATION = "!#$%&'*+-.^_`|~";

    /** @throws IllegalArgumentException if a length is below 1 */
    public Names {
        if (hubLength < 1 || groupLength < 1 || eventLength < 1 || userIdLength < 1) {
            throw new IllegalArgumentException("lengths of names are at least 1: hub=" + hubLength + " group="
                    + groupLength + " event=" + eventLength + " userId=" + userIdLength);
        }
    }

    /** The canonical spelling of a hub name, which is case-insensitive. */
    public static String hub(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** Checks a hub name: a letter, then letters, digits and some punctuation. */
    public @Nullable String hubProblem(String name) {
        return identifierProblem("hub", name, hubLength, HUB_PUNCTUATION);
    }

    /**
     * Whether a name belongs to a system event, or to the preflight of a handler. Clients may not use it, since the URL
     * of a handler may distinguish events by name only. Case-insensitive, as many web frameworks are.
     */
    public static boolean isSystemEvent(String name) {
        return SYSTEM_EVENTS.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Checks an event name: a letter, then letters, digits and some punctuation. */
    public @Nullable String eventProblem(String name) {
        return identifierProblem("event", name, eventLength, EVENT_PUNCTUATION);
    }

    /** Checks a group name: any characters that have a UTF-8 form, but not only white space. */
    public @Nullable String groupProblem(String name) {
        String problem = lengthProblem("group", name, groupLength);
        if (problem == null) {
            problem = surrogateProblem("group", name);
        }
        return problem == null && isBlank(name) ? "group: is white space only; another character is needed" : problem;
    }

    /** Checks a user id: any characters but control characters, since it is sent in header fields. */
    public @Nullable String userIdProblem(String id) {
        String problem = lengthProblem("userId", id, userIdLength);
        if (problem == null) {
            problem = surrogateProblem("userId", id);
        }
        for (int i = 0; problem == null && i < id.length(); i++) {
            if (Character.isISOControl(id.charAt(i))) {
                problem = "userId: character " + (i + 1) + " is " + shown(id.charAt(i))
                        + "; control characters are not allowed";
            }
        }
        return problem;
    }

    /**
     * Checks the metadata of a message: keys are tokens of RFC 9110 section 5.6.2, values are printable ASCII, since
     * both are sent in header fields.
     */
    public static @Nullable String metadataProblem(Map<String, String> metadata) {
        int bytes = 0;
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            String problem = keyProblem(entry.getKey());
            if (problem == null) {
                problem = valueProblem(entry.getValue());
            }
            if (problem != null) {
                return problem;
            }
            bytes += entry.getKey().length() + entry.getValue().length();
            if (bytes > METADATA_BYTES) {
                return "metadata: is over " + METADATA_BYTES + " bytes in all";
            }
        }
        return null;
    }

    private static @Nullable String keyProblem(String key) {
        if (key.isEmpty() || key.length() > METADATA_KEY_BYTES) {
            return "metadata: a key has " + key.length() + " bytes; 1 to " + METADATA_KEY_BYTES + " are allowed";
        }
        for (int i = 0; i < key.length(); i++) {
            char c = key.charAt(i);
            if (!isLetter(c) && !isDigit(c) && TOKEN_PUNCTUATION.indexOf(c) < 0) {
                return "metadata: a key has " + shown(c) + "; letters, digits and " + TOKEN_PUNCTUATION
                        + " are allowed";
            }
        }
        return null;
    }

    private static @Nullable String valueProblem(String value) {
        if (value.length() > METADATA_VALUE_BYTES) {
            return "metadata: a value has " + value.length() + " bytes; at most " + METADATA_VALUE_BYTES
                    + " are allowed";
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c > '~') {
                return "metadata: a value has " + shown(c) + "; printable ASCII is allowed";
            }
        }
        return null;
    }

    private static @Nullable String identifierProblem(String what, String name, int max, String punctuation) {
        String problem = lengthProblem(what, name, max);
        if (problem != null) {
            return problem;
        }
        if (!isLetter(name.charAt(0))) {
            return what + ": begins with " + shown(name.charAt(0)) + "; a letter from A to Z is needed";
        }
        for (int i = 1; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!isLetter(c) && !isDigit(c) && punctuation.indexOf(c) < 0) {
                return what + ": character " + (i + 1) + " is " + shown(c) + "; letters, digits and " + punctuation
                        + " are allowed";
            }
        }
        return null;
    }

    private static @Nullable String lengthProblem(String what, String name, int max) {
        int length = length(name);
        return length == 0 || length > max
                ? what + ": has " + length + " characters; 1 to " + max + " are allowed"
                : null;
    }

    /** The length of a name in Unicode code points. */
    public static int length(String name) {
        return name.codePointCount(0, name.length());
    }

    private static @Nullable String surrogateProblem(String what, String name) {
        int codePoint;
        for (int i = 0; i < name.length(); i += Character.charCount(codePoint)) {
            codePoint = name.codePointAt(i);
            if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
                return what + ": character " + (i + 1) + " is an unpaired surrogate; it has no UTF-8 form";
            }
        }
        return null;
    }

    private static boolean isBlank(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!Character.isWhitespace(c) && !Character.isSpaceChar(c) && c != '\u0085') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static String shown(char c) {
        return c > ' ' && c <= '~' ? "'" + c + "'" : String.format(Locale.ROOT, "U+%04X", (int) c);
    }
}
