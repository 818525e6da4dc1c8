package dev.fanfare.core.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A cursor over the JSON text of one frame (RFC 8259, no leniency). It copies nothing but the strings asked for, and
 * keeps no table of property names: publishers choose those inside {@code data}, and a general parser that remembers
 * them pays for each new one. The UTF-8 has been checked by the caller.
 */
final class JsonReader {

    /** How deep objects and arrays may nest, the frame itself included. */
    static final int MAX_DEPTH = 100;

    private static final int END = -1;

    private final byte[] text;
    private int at;

    /** A cursor that begins at a byte. */
    JsonReader(byte[] text, int at) {
        this.text = text;
        this.at = at;
    }

    /** Where the cursor stands, as a byte offset. */
    int position() {
        return at;
    }

    /** Skips white space; answers the byte the cursor then stands on, or a negative number at the end of the text. */
    int peek() {
        while (at < text.length) {
            byte b = text[at];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return b & 0xff;
            }
            at++;
        }
        return END;
    }

    /** Begins an object; answers whether it has a first property. */
    boolean enterObject() throws ProtocolViolation {
        expect('{');
        return !accept('}');
    }

    /** Goes on after a property; answers whether another one follows. */
    boolean moreProperties() throws ProtocolViolation {
        return more('}');
    }

    /** The name of a property; the cursor then stands before its value. */
    String name() throws ProtocolViolation {
        String name = string();
        expect(':');
        return name;
    }

    /** The string at the cursor. */
    String string() throws ProtocolViolation {
        return new String(utf8(), StandardCharsets.UTF_8);
    }

    /** The string at the cursor, without escapes. */
    byte[] utf8() throws ProtocolViolation {
        expect('"');
        int from = at;
        boolean escaped = finishString();
        int to = at - 1;
        return escaped ? JsonEscapes.remove(text, from, to) : Arrays.copyOfRange(text, from, to);
    }

    /** Checks one value of any kind and leaves it behind. */
    void skipValue() throws ProtocolViolation {
        skipValue(1);
    }

    /** Checks that nothing but white space is left. */
    void expectEnd() throws ProtocolViolation {
        if (peek() != END) {
            throw unexpected();
        }
    }

    private void skipValue(int depth) throws ProtocolViolation {
        switch (peek()) {
            case '{' -> skipObject(deeper(depth));
            case '[' -> skipArray(deeper(depth));
            case '"' -> {
                at++;
                finishString();
            }
            case 't' -> skipWord("true");
            case 'f' -> skipWord("false");
            case 'n' -> skipWord("null");
            default -> skipNumber();
        }
    }

    private int deeper(int depth) throws ProtocolViolation {
        if (depth == MAX_DEPTH) {
            throw new ProtocolViolation("JSON is nested deeper than " + MAX_DEPTH + " levels at byte " + at);
        }
        return depth + 1;
    }

    private void skipObject(int depth) throws ProtocolViolation {
        if (enterObject()) {
            do {
                expect('"');
                finishString();
                expect(':');
                skipValue(depth);
            } while (moreProperties());
        }
    }

    private void skipArray(int depth) throws ProtocolViolation {
        expect('[');
        if (!accept(']')) {
            do {
                skipValue(depth);
            } while (more(']'));
        }
    }

    private void skipWord(String word) throws ProtocolViolation {
        for (int i = 0; i < word.length(); i++) {
            if (at == text.length || text[at] != word.charAt(i)) {
                throw unexpected();
            }
            at++;
        }
    }

    private void skipNumber() throws ProtocolViolation {
        skipByte('-');
        if (!skipByte('0')) {
            skipDigits();
        }
        if (skipByte('.')) {
            skipDigits();
        }
        if (skipByte('e') || skipByte('E')) {
            if (!skipByte('+')) {
                skipByte('-');
            }
            skipDigits();
        }
    }

    private void skipDigits() throws ProtocolViolation {
        int from = at;
        while (at < text.length && text[at] >= '0' && text[at] <= '9') {
            at++;
        }
        if (at == from) {
            throw unexpected();
        }
    }

    private boolean skipByte(char wanted) {
        boolean found = at < text.length && text[at] == wanted;
        at += found ? 1 : 0;
        return found;
    }

    /** Goes behind the closing quote; answers whether the string has escapes, which are then well-formed. */
    private boolean finishString() throws ProtocolViolation {
        boolean escaped = false;
        while (at < text.length) {
            byte b = text[at];
            if (b == '"') {
                at++;
                return escaped;
            }
            if (b >= 0 && b < ' ') {
                throw unexpected();
            }
            if (b == '\\') {
                escaped = true;
                skipEscape();
            } else {
                at++;
            }
        }
        throw unexpected();
    }

    private void skipEscape() throws ProtocolViolation {
        at++;
        if (at == text.length || "\"\\/bfnrtu".indexOf(text[at]) < 0) {
            throw unexpected();
        }
        if (text[at++] == 'u') {
            for (int end = at + 4; at < end; at++) {
                if (at == text.length || Character.digit(text[at], 16) < 0) {
                    throw unexpected();
                }
            }
        }
    }

    private boolean more(char close) throws ProtocolViolation {
        if (accept(',')) {
            return true;
        }
        expect(close);
        return false;
    }

    private boolean accept(char wanted) {
        boolean found = peek() == wanted;
        at += found ? 1 : 0;
        return found;
    }

    private void expect(char wanted) throws ProtocolViolation {
        if (!accept(wanted)) {
            throw unexpected();
        }
    }

    private ProtocolViolation unexpected() {
        return new ProtocolViolation(
                at >= text.length
                        ? "not a JSON object: it ends too early, at byte " + at
                        : "not a JSON object: unexpected character at byte " + at);
    }
}
