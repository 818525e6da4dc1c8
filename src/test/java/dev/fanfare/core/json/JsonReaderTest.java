package dev.fanfare.core.json;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static JsonReader reader(String text) {
        return new JsonReader(bytes(text), 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                " true\t",
                "\r\nfalse",
                "0",
                "-0.5e+10",
                "1E-9",
                "12",
                "\"\"",
                "\"\\u00e9\\n\"",
                "[]",
                "{}",
                "[1,[2]]",
                "{\"a\":{\"b\":[]},\"c\":1}"
            })
    void oneValueIsNoProblem(String text) {
        assertNull(JsonReader.problem(bytes(text)));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {
                "'', it ends too early, 0",
                "' ', it ends too early, 1",
                "1 2, unexpected character, 2",
                "01, unexpected character, 1",
                "-, it ends too early, 1",
                "1., it ends too early, 2",
                "1e, it ends too early, 2",
                "+1, unexpected character, 0",
                "tru, it ends too early, 3",
                "trux, unexpected character, 3",
                "'\"a', it ends too early, 2",
                "'\"\\', it ends too early, 2",
                "'\"\\x\"', unexpected character, 2",
                "'\"\\u00', it ends too early, 5",
                "'\"\\u00g0\"', unexpected character, 5",
                "'[1', it ends too early, 2",
                "'[1,]', unexpected character, 3",
                "'{\"a\"}', unexpected character, 4",
                "'{1:2}', unexpected character, 1",
            })
    void problemsNameTheirByte(String text, String what, int at) {
        String by = what.startsWith("it") ? ", at byte " : " at byte ";
        assertEquals("is not one JSON value: " + what + by + at, JsonReader.problem(bytes(text)));
    }

    @Test
    void controlCharactersInStringsAreRefused() {
        assertEquals(
                "is not one JSON value: unexpected character at byte 1", JsonReader.problem(new byte[] {'"', 31, '"'}));
        assertNull(JsonReader.problem(new byte[] {'"', 127, '"'}));
    }

    @Test
    void otherBytesThanUtf8AreRefused() {
        assertEquals("is not UTF-8", JsonReader.problem(new byte[] {'"', (byte) 0xff, '"'}));
    }

    @Test
    void valuesNestUpToTheLimit() {
        int max = JsonReader.MAX_DEPTH;
        assertNull(JsonReader.problem(bytes("[".repeat(max) + "]".repeat(max))));
        assertEquals(
                "is not one JSON value: nested deeper than 100 levels at byte 100",
                JsonReader.problem(bytes("[".repeat(max + 1) + "]".repeat(max + 1))));
        assertNull(JsonReader.problem(bytes("[" + "[[]],".repeat(max) + "{\"a\":[]}]"))); // not all levels at once
    }

    @Test
    void envelopeIsNoLevel() throws MalformedJson {
        int max = JsonReader.MAX_DEPTH;
        for (int levels : new int[] {max, max + 1}) {
            JsonReader reader =
                    JsonReader.ofEnvelope(bytes("{\"data\":" + "[".repeat(levels) + "]".repeat(levels) + "}"));
            reader.enterObject();
            reader.name();
            if (levels == max) {
                reader.skipValue();
            } else {
                assertNotNull(
                        assertThrows(MalformedJson.class, reader::skipValue).getMessage());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "false", "null", "-1.5e3", "0"})
    void literalsAreReadAsWritten(String text) throws MalformedJson {
        JsonReader reader = reader(" " + text + " ,");
        assertEquals(text, reader.literal());
        assertEquals(1 + text.length(), reader.position());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"a\"", "{}", "[]"})
    void otherValuesAreNoLiterals(String text) {
        JsonReader reader = reader(text);
        assertThrows(MalformedJson.class, reader::literal);
        assertEquals(0, reader.position());
    }

    @ParameterizedTest
    @CsvSource({
        "\\u007f, 7f",
        "\\u0080, c280",
        "\\u07ff, dfbf",
        "\\u0800, e0a080",
        "\\ud7ff, ed9fbf",
        "\\ue000, ee8080",
        "\\uffff, efbfbf",
        "\\ud800\\udc00, f0908080",
        "\\udbff\\udfff, f48fbfbf",
        "\\ud800, efbfbd",
        "\\udfff, efbfbd",
        "\\udc00\\ud800, efbfbdefbfbd",
        "\\ud800\\ud800\\udc00, efbfbdf0908080",
        "\\b\\f\\n\\r\\t, 080c0a0d09",
        "\\/\\\\\\\", 2f5c22",
        "a\\u00e9z, 61c3a97a"
    })
    void escapesBecomeUtf8(String escaped, String hex) throws MalformedJson {
        assertArrayEquals(
                HexFormat.of().parseHex(hex), reader("\"" + escaped + "\"").utf8());
    }

    @Test
    void escapedHalfOfSurrogatePairIsKeptInText() throws MalformedJson {
        assertEquals("\ud800x", reader("\"\\ud800x\"").string());
        assertEquals("\ud83d\ude00", reader("\"\\uD83D\\uDE00\"").string());
    }

    @Test
    void objectsAndArraysAreWalked() throws MalformedJson {
        JsonReader reader = reader("{\"a\" : [1 , 2], \"b\":{}}");
        StringBuilder walk = new StringBuilder();
        reader.enterObject();
        do {
            walk.append(reader.name());
            if (reader.peek() == '[') {
                reader.enterArray();
                do {
                    walk.append(reader.literal());
                } while (reader.moreElements());
            } else {
                walk.append(reader.enterObject());
            }
        } while (reader.moreProperties());
        reader.expectEnd();
        assertEquals("a12bfalse", walk.toString());
        assertEquals(JsonReader.END, reader.peek());
    }
}
