package dev.fanfare.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentTypeTest {

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "none, '', none",
                "'', '', none",
                "text/plain, text/plain, none",
                "' Text/Plain ; Charset=\"ISO-8859-1\"', text/plain, ISO-8859-1",
                "text/plain;format=flowed; charset=utf-16, text/plain, utf-16",
                "text/plain;xcharset=a, text/plain, none",
                "text/plain;, text/plain, none"
            })
    void headersAreParsed(String header, String mediaType, String charset) {
        assertEquals(new ContentType(mediaType, charset), ContentType.of(header));
    }

    @ParameterizedTest
    @CsvSource({
        "application/json, true, false, false",
        "application/json;charset=UTF-8, true, false, false",
        "application/json;charset=utf-16, false, false, false",
        "text/plain;charset=utf-16, false, true, false",
        "application/octet-stream, false, false, true",
        "'', false, false, true",
        "text/html, false, false, false"
    })
    void kindsOfContentAreDistinguished(String header, boolean json, boolean text, boolean binary) {
        ContentType type = ContentType.of(header);
        assertEquals(json, type.isJson());
        assertEquals(text, type.isText());
        assertEquals(binary, type.isBinary());
    }

    @Test
    void textIsUtf8UnlessItSaysOtherwise() {
        assertEquals(StandardCharsets.UTF_8, ContentType.of("text/plain").textCharset());
        assertEquals(
                StandardCharsets.UTF_16,
                ContentType.of("text/plain;charset=utf-16").textCharset());
        ContentType unknown = ContentType.of("text/plain;charset=no-such");
        assertThrows(IllegalArgumentException.class, unknown::textCharset);
    }

    @Test
    void bytesOutsideOfTheCharsetAreRefused() throws CharacterCodingException {
        assertEquals("é", ContentType.decode(new byte[] {(byte) 0xe9}, StandardCharsets.ISO_8859_1));
        assertThrows(
                CharacterCodingException.class,
                () -> ContentType.decode(new byte[] {(byte) 0xe9}, StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "identity", " Identity "})
    void identityIsNoEncoding(String encoding) {
        assertTrue(ContentType.isIdentity(encoding));
    }

    @Test
    void gzipIsAnEncoding() {
        assertFalse(ContentType.isIdentity("gzip"));
    }
}
