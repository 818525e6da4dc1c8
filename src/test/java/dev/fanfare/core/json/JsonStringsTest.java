package dev.fanfare.core.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class JsonStringsTest {

    private static final int LENGTH = 19;

    @Test
    void everyOctetInEveryPlaceIsPlainOrEndsTheSearch() {
        for (int octet = 0; octet < 256; octet++) {
            boolean plain = octet >= ' ' && octet != '"' && octet != '\\';
            for (int place = 0; place < LENGTH; place++) {
                byte[] text = new byte[LENGTH];
                Arrays.fill(text, (byte) 'a');
                text[place] = (byte) octet;

                assertEquals(plain ? LENGTH : place, JsonStrings.plainUntil(text, 0, LENGTH), "octet " + octet);
            }
        }
    }

    @Test
    void searchStaysWithinItsBounds() {
        byte[] text = "\"0123456789abcdef\"".getBytes(StandardCharsets.US_ASCII);

        for (int from = 1; from < text.length; from++) {
            for (int to = from; to < text.length; to++) {
                assertEquals(to, JsonStrings.plainUntil(text, from, to));
            }
        }
    }
}
