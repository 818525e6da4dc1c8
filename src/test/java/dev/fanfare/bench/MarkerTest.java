package dev.fanfare.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MarkerTest {

    private final Marker marker = new Marker(0xCAFE);

    @ParameterizedTest
    @CsvSource({"0, 0, 0", "1, 2, 3", "999999, 2147483647, 9223372036854775807", "12, 305419896, 81985529216486895"})
    void whatIsPutIsRead(int stream, int sequence, long time) {
        ByteBuf bytes = bytes("{\"data\":\"", stream, sequence, time);
        int at = marker.find(bytes, 0, bytes.writerIndex());

        assertEquals(9, at);
        assertTrue(marker.at(bytes, at, bytes.writerIndex()));
        assertEquals(stream, Marker.stream(bytes, at));
        assertEquals(sequence, Marker.sequence(bytes, at));
        assertEquals(time, Marker.time(bytes, at));
    }

    @Test
    void isTextThatNoJsonEscapes() {
        String text = bytes("", 7, 8, 9).toString(StandardCharsets.US_ASCII);

        assertTrue(text.matches("[A-P]{40}"), text);
    }

    @Test
    void otherRunsAndOtherTextsHaveNone() {
        ByteBuf bytes = bytes("AAAAAAAA", 1, 1, 1);

        assertEquals(-1, new Marker(0xBEEF).find(bytes, 0, bytes.writerIndex()));
        assertFalse(marker.at(bytes, 0, bytes.writerIndex()));
        assertEquals(-1, marker.find(Unpooled.EMPTY_BUFFER, 0, 0));
    }

    @Test
    void aMarkerThatIsCutOffIsNone() {
        ByteBuf bytes = bytes("", 1, 1, 1);

        assertFalse(marker.at(bytes, 0, Marker.LENGTH - 1));
        assertEquals(-1, marker.find(bytes, 0, Marker.LENGTH - 1));
    }

    private ByteBuf bytes(String before, int stream, int sequence, long time) {
        byte[] text = new byte[before.length() + Marker.LENGTH];
        System.arraycopy(before.getBytes(StandardCharsets.US_ASCII), 0, text, 0, before.length());
        marker.put(text, before.length(), stream, sequence, time);
        return Unpooled.wrappedBuffer(text);
    }
}
