package dev.fanfare.core.protocol;

import dev.fanfare.core.json.JsonNumber;
import dev.fanfare.core.json.JsonReader;
import dev.fanfare.core.json.MalformedJson;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The JSON object of one frame: checked as a whole, with the positions of its property values. A value is interpreted
 * when the type of the frame requires it; properties that the type does not use may hold anything.
 */
final class JsonFrame {

    /** The largest unsigned 64-bit number. */
    static final long MAX_UNSIGNED = -1;

    private final byte[] text;
    private final Map<String, Span> values = new HashMap<>();

    /** Reads a frame; only white space may follow its object. */
    JsonFrame(byte[] text) throws ProtocolViolation {
        this.text = text;
        try {
            JsonReader reader = JsonReader.ofEnvelope(text);
            if (reader.enterObject()) {
                do {
                    readProperty(reader);
                } while (reader.moreProperties());
            }
            reader.expectEnd();
        } catch (MalformedJson e) {
            throw new ProtocolViolation("not a JSON object: " + e.getMessage());
        }
    }

    /** What is wrong with the value of a property. */
    static ProtocolViolation violation(String property, String problem) {
        return new ProtocolViolation(property + ": " + problem);
    }

    /** Whether the frame has the property, even with the value null. */
    boolean has(String property) {
        return values.containsKey(property);
    }

    /** Whether the frame has the property with a value other than null. */
    boolean hasValue(String property) {
        Span value = values.get(property);
        return value != null && text[value.from] != 'n';
    }

    /** A required value, verbatim. */
    byte[] verbatim(String property) throws ProtocolViolation {
        Span value = required(property);
        return Arrays.copyOfRange(text, value.from, value.to);
    }

    /** A required string. It may hold a lone surrogate. */
    String string(String property) throws ProtocolViolation {
        try {
            return atString(property).string();
        } catch (MalformedJson e) {
            throw violation(property, e.getMessage());
        }
    }

    /** A required string as UTF-8; a lone surrogate, which has none, becomes U+FFFD. */
    byte[] utf8(String property) throws ProtocolViolation {
        try {
            return atString(property).utf8();
        } catch (MalformedJson e) {
            throw violation(property, e.getMessage());
        }
    }

    private JsonReader atString(String property) throws ProtocolViolation {
        Span value = required(property);
        if (text[value.from] != '"') {
            throw violation(property, "must be a string");
        }
        return new JsonReader(text, value.from);
    }

    /** A boolean, false if it is absent. */
    boolean flag(String property) throws ProtocolViolation {
        Span value = values.get(property);
        byte first = value == null ? (byte) 'f' : text[value.from];
        if (first != 't' && first != 'f') {
            throw violation(property, "must be true or false");
        }
        return first == 't';
    }

    /** A required unsigned number, as a JSON integer. */
    long unsigned(String property, long max) throws ProtocolViolation {
        return unsigned(property, required(property), max);
    }

    /** A required unsigned number, as a JSON integer or as a string of digits. */
    long unsignedOrDigits(String property, long max) throws ProtocolViolation {
        Span value = required(property);
        boolean quoted = text[value.from] == '"';
        return unsigned(property, quoted ? new Span(value.from + 1, value.to - 1) : value, max);
    }

    /** An object of strings, in order; empty if it is absent or null. */
    Map<String, String> strings(String property) throws ProtocolViolation {
        Span value = values.get(property);
        if (value == null || text[value.from] == 'n') {
            return Map.of();
        }
        if (text[value.from] != '{') {
            throw violation(property, "must be an object");
        }
        try {
            return strings(property, new JsonReader(text, value.from));
        } catch (MalformedJson e) {
            throw violation(property, e.getMessage());
        }
    }

    private static Map<String, String> strings(String property, JsonReader reader)
            throws MalformedJson, ProtocolViolation {
        Map<String, String> strings = new LinkedHashMap<>();
        if (reader.enterObject()) {
            do {
                String name = reader.name();
                if (reader.peek() != '"') {
                    throw violation(property, "values must be strings");
                }
                if (strings.put(name, reader.string()) != null) {
                    throw violation(property, "a key occurs twice");
                }
            } while (reader.moreProperties());
        }
        return Collections.unmodifiableMap(strings);
    }

    private void readProperty(JsonReader reader) throws MalformedJson, ProtocolViolation {
        String name = reader.name();
        reader.peek();
        int from = reader.position();
        reader.skipValue();
        if (values.put(name, new Span(from, reader.position())) != null) {
            throw new ProtocolViolation("not a JSON object: a property occurs twice, again before byte " + from);
        }
    }

    private Span required(String property) throws ProtocolViolation {
        Span value = values.get(property);
        if (value == null) {
            throw violation(property, "is missing");
        }
        return value;
    }

    private long unsigned(String property, Span digits, long max) throws ProtocolViolation {
        long value = 0;
        boolean good = digits.from < digits.to;
        for (int i = digits.from; good && i < digits.to; i++) {
            int digit = text[i] - '0';
            good = digit >= 0 && digit <= 9 && Long.compareUnsigned(value, Long.divideUnsigned(max - digit, 10)) <= 0;
            value = value * 10 + digit;
        }
        if (!good) {
            BigInteger other = JsonNumber.integer(
                    new String(text, digits.from, digits.to - digits.from, StandardCharsets.ISO_8859_1));
            boolean number = digits.from == 0 || text[digits.from - 1] != '"';
            if (number && other != null && other.signum() >= 0 && other.compareTo(unsigned(max)) <= 0) {
                return other.longValue();
            }
            throw violation(property, "must be an integer from 0 to " + Long.toUnsignedString(max));
        }
        return value;
    }

    private static BigInteger unsigned(long value) {
        return new BigInteger(Long.toUnsignedString(value));
    }

    /** From a byte, inclusive, to a byte, exclusive. */
    private record Span(int from, int to) {}
}
