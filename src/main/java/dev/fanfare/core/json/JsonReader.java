package dev.fanfare.core.json;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over JSON text (strict RFC 8259). It copies only the strings it is asked for, does not interpret numbers,
 * whatever their length, and caches no property names: publishers choose those inside {@code data}, and a general
 * parser that caches them pays for each new one. The caller has checked the UTF-8. Not thread-safe. See {@code
 * src/docs/decisions/0003}.
 */
public final class JsonReader {

    /** How many levels deep objects and arrays may nest. */
    public static final int MAX_DEPTH = 100;

    /** What {@link #peek} returns at the end of the text. */
    public static final int END = -1;

    private final byte[] text;
    private int at;
    private int depth;

    /** A cursor that starts at a byte. */
    public JsonReader(byte[] text, int at) {
        this.text = text;
        this.at = at;
    }

    /**
     * A cursor over an object that does not count as a level: each of its values may nest as deep as a text of its own.
     */
    public static JsonReader ofEnvelope(byte[] text) {
        JsonReader reader = new JsonReader(text, 0);
        reader.depth = -1;
        return reader;
    }

    /** Why bytes are not exactly one JSON value in UTF-8; null if they are. */
    public static @Nullable String problem(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            JsonReader reader = new JsonReader(bytes, 0);
            reader.skipValue();
            reader.expectEnd();
            return null;
        } catch (CharacterCodingException e) {
            return "is not UTF-8";
        } catch (MalformedJson e) {
            return "is not one JSON value: " + e.getMessage();
        }
    }

    /** The position of the cursor, as a byte offset. */
    public int position() {
        return at;
    }

    /** Skips white space; returns the byte at the cursor, or {@link #END}. */
    public int peek() {
        while (at < text.length) {
            byte b = text[at];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return b & 0xff;
            }
            at++;
        }
        return END;
    }

    /** Starts an object; returns whether it has a first property. */
    public boolean enterObject() throws MalformedJson {
        return enter('{', '}');
    }

    /** Continues after a property; returns whether another one follows. */
    public boolean moreProperties() throws MalformedJson {
        return more('}');
    }

    /** Starts an array; returns whether it has a first element. */
    public boolean enterArray() throws MalformedJson {
        return enter('[', ']');
    }

    /** Continues after an element; returns whether another one follows. */
    public boolean moreElements() throws MalformedJson {
        return more(']');
    }

    /** The name of a property; the cursor is then before its value. */
    public String name() throws MalformedJson {
        String name = string();
        expect(':');
        return name;
    }

    /** The string at the cursor. A lone surrogate that was escaped is kept. */
    public String string() throws MalformedJson {
        expect('"');
        int from = at;
        boolean escaped = finishString();
        String string = new String(text, from, at - 1 - from, StandardCharsets.UTF_8);
        return escaped ? JsonEscapes.remove(string) : string;
    }

    /** The UTF-8 of the string at the cursor. A lone surrogate has none and becomes U+FFFD. */
    public byte[] utf8() throws MalformedJson {
        expect('"');
        int from = at;
        boolean escaped = finishString();
        int to = at - 1;
        return escaped ? JsonEscapes.remove(text, from, to) : Arrays.copyOfRange(text, from, to);
    }

    /** The number, {@code true}, {@code false} or {@code null} at the cursor, as it is written. */
    public String literal() throws MalformedJson {
        int first = peek();
        if (first == '"' || first == '{' || first == '[') {
            throw unexpected();
        }
        int from = at;
        skipValue();
        return new String(text, from, at - from, StandardCharsets.US_ASCII);
    }

    /** Checks and skips one value of any kind. */
    public void skipValue() throws MalformedJson {
        switch (peek()) {
            case '{' -> skipObject();
            case '[' -> skipArray();
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

    /** Checks that only white space is left. */
    public void expectEnd() throws MalformedJson {
        if (peek() != END) {
            throw unexpected();
        }
    }

    private boolean enter(char open, char close) throws MalformedJson {
        expect(open);
        if (depth == MAX_DEPTH) {
            throw new MalformedJson("nested deeper than " + MAX_DEPTH + " levels at byte " + (at - 1));
        }
        if (accept(close)) {
            return false;
        }
        depth++;
        return true;
    }

    private void skipObject() throws MalformedJson {
        if (enterObject()) {
            do {
                expect('"');
                finishString();
                expect(':');
                skipValue();
            } while (moreProperties());
        }
    }

    private void skipArray() throws MalformedJson {
        if (enterArray()) {
            do {
                skipValue();
            } while (moreElements());
        }
    }

    private void skipWord(String word) throws MalformedJson {
        for (int i = 0; i < word.length(); i++) {
            if (at == text.length || text[at] != word.charAt(i)) {
                throw unexpected();
            }
            at++;
        }
    }

    private void skipNumber() throws MalformedJson {
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

    private void skipDigits() throws MalformedJson {
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

    /** Moves past the closing quote; returns whether the string has escapes, whose form is checked. */
    private boolean finishString() throws MalformedJson {
        boolean escaped = false;
        for (at = JsonStrings.plainUntil(text, at, text.length);
                at < text.length && text[at] == '\\';
                at = JsonStrings.plainUntil(text, at, text.length)) {
            escaped = true;
            skipEscape();
        }
        if (at == text.length || text[at] != '"') {
            throw unexpected();
        }
        at++;
        return escaped;
    }

    private void skipEscape() throws MalformedJson {
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

    private boolean more(char close) throws MalformedJson {
        if (accept(',')) {
            return true;
        }
        expect(close);
        depth--;
        return false;
    }

    private boolean accept(char wanted) {
        boolean found = peek() == wanted;
        at += found ? 1 : 0;
        return found;
    }

    private void expect(char wanted) throws MalformedJson {
        if (!accept(wanted)) {
            throw unexpected();
        }
    }

    private MalformedJson unexpected() {
        return new MalformedJson(
                at >= text.length ? "it ends too early, at byte " + at : "unexpected character at byte " + at);
    }
}
