package dev.fanfare.event;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Message;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandlerAnswersTest {

    @ParameterizedTest
    @CsvSource({
        "application/octet-stream, BINARY",
        "Application/Octet-Stream; x=y, BINARY",
        ", BINARY",
        "text/plain, TEXT",
        "text/plain;charset=UTF-8, TEXT",
        "application/json; charset=utf-8, JSON",
        "application/x-protobuf, PROTOBUF"
    })
    void theContentTypeSaysWhatItIs(@Nullable String contentType, DataType expected) throws EventException {
        Message message = Objects.requireNonNull(HandlerAnswers.message(contentType, List.of(), bytes("[1]")));
        assertEquals(expected, message.payload().type());
        assertArrayEquals(bytes("[1]"), message.payload().bytes());
        assertEquals(Message.From.SERVER, message.from());
    }

    @ParameterizedTest
    @CsvSource({
        "text/plain;charset=ISO-8859-1, ISO-8859-1",
        "text/plain; Charset=\"windows-1252\", windows-1252",
        "application/json;charset=iso-8859-1, ISO-8859-1",
        "text/plain; charset=utf-16le, UTF-16LE"
    })
    void theCharsetSaysHowItIsEncoded(String contentType, Charset charset) throws EventException {
        byte[] body = "\"gr\u00fc\u00df \u00c3\u00bc\"".getBytes(charset);
        Message message = Objects.requireNonNull(HandlerAnswers.message(contentType, List.of(), body));
        assertEquals(
                "\"gr\u00fc\u00df \u00c3\u00bc\"", new String(message.payload().bytes(), StandardCharsets.UTF_8));
    }

    @Test
    void aBodyThatIsCompressedIsNotHandedOnAsItIs() throws EventException {
        EventException refused = assertThrows(
                EventException.class,
                () -> HandlerAnswers.message(null, List.of(Map.entry("Content-Encoding", "gzip")), bytes("x")));
        assertEquals("the event handler's answer is not valid: it has a Content-Encoding", refused.getMessage());
        assertNotNull(HandlerAnswers.message(null, List.of(Map.entry("content-encoding", "identity")), bytes("x")));
        assertNotNull(HandlerAnswers.message(null, List.of(Map.entry("content-encoding", "")), bytes("x")));
    }

    @Test
    void jsonIsNestedNoDeeperThanClientsMayNestIt() throws EventException {
        String deepest = "[".repeat(100) + "]".repeat(100);
        assertNotNull(HandlerAnswers.message("application/json", List.of(), bytes(deepest)));
        assertThrows(
                EventException.class,
                () -> HandlerAnswers.message("application/json", List.of(), bytes("[" + deepest + "]")));
    }

    @Test
    void aCharsetThatIsNotKnownIsRefused() {
        EventException refused = assertThrows(
                EventException.class,
                () -> HandlerAnswers.message("text/plain; charset=secret", List.of(), bytes("x")));
        assertEquals(
                "the event handler's answer is not valid: it has a charset that is not known", refused.getMessage());
        assertThrows(
                EventException.class,
                () -> HandlerAnswers.message("text/plain; charset=us-ascii", List.of(), bytes("\u00fc")));
    }

    @Test
    void numbersAndStringsOfAnyLengthAreJson() throws EventException {
        byte[] body = bytes("[" + "7".repeat(5000) + ",\"" + "x".repeat(21_000_000) + "\"]");
        Message message = Objects.requireNonNull(HandlerAnswers.message("application/json", List.of(), body));
        assertArrayEquals(body, message.payload().bytes());
    }

    @Test
    void nothingIsNoMessageUnlessItHasMetadata() throws EventException {
        assertNull(HandlerAnswers.message("text/html", List.of(), new byte[0]));
        Message message = Objects.requireNonNull(HandlerAnswers.message(
                null, List.of(Map.entry("X-WebPubSub-Metadata-Trace", "1"), Map.entry("x", "y")), new byte[0]));
        assertEquals(Map.of("trace", "1"), message.metadata());
        assertEquals(DataType.TEXT, message.payload().type());
        assertEquals(0, message.payload().bytes().length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "", " ", "1 2", "{}x", "{} {}", "'a'", "nan", "[1,]"})
    void whatIsNotOneJsonValueIsNoJson(String text) {
        byte[] body = bytes(text.isEmpty() ? " " : text);
        assertThrows(EventException.class, () -> HandlerAnswers.message("application/json", List.of(), body));
    }

    @Test
    void jsonIsHandedOnAsItCame() throws EventException {
        byte[] body = bytes(" {\"a\":1, \"a\":1.0}");
        Message message = Objects.requireNonNull(HandlerAnswers.message("application/json", List.of(), body));
        assertArrayEquals(body, message.payload().bytes());
    }

    @Test
    void textMustBeUtf8() {
        byte[] latin1 = {(byte) 0xe4};
        assertThrows(EventException.class, () -> HandlerAnswers.message("text/plain", List.of(), latin1));
        assertThrows(EventException.class, () -> HandlerAnswers.message("application/json", List.of(), latin1));
    }

    @Test
    void otherTypesAreRefusedWithoutShowingThem() {
        EventException refused = assertThrows(
                EventException.class, () -> HandlerAnswers.message("text/html", List.of(), bytes("<secret>")));
        assertEquals(
                "the event handler's answer is not valid: it has a Content-Type that no client could be given",
                refused.getMessage());
    }

    @Test
    void metadataMustBeWhatClientsMayHave() {
        assertThrows(
                EventException.class,
                () -> HandlerAnswers.message(null, List.of(Map.entry("x-webpubsub-metadata-a", "ü")), bytes("x")));
    }

    @Test
    void theConnectionStateIsTheLastHeaderOfThatName() throws EventException {
        assertNull(HandlerAnswers.connectionState(List.of()));
        assertEquals("", HandlerAnswers.connectionState(List.of("")));
        assertEquals("s", HandlerAnswers.connectionState(List.of("s")));
        assertEquals("b", HandlerAnswers.connectionState(List.of("a\u0001", "b")));
        assertThrows(EventException.class, () -> HandlerAnswers.connectionState(List.of("a\u0001")));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
