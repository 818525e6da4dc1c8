package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Utf8ValidatorTest {

    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    private final CharBuffer characters = CharBuffer.allocate(256);

    @Test
    void agreesWithTheJdkOnEverySequenceOfUpToThreeBytes() {
        for (int length = 1; length <= 3; length++) {
            for (int value = 0; value < 1 << (8 * length); value++) {
                byte[] bytes = new byte[length];
                for (int i = 0; i < length; i++) {
                    bytes[i] = (byte) (value >> (8 * i));
                }
                assertAgrees(bytes);
            }
        }
    }

    @Test
    void agreesWithTheJdkOnFourBytesAroundEveryBound() {
        int[] seconds = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
        for (int first = 0xE0; first <= 0xFF; first++) {
            for (int second : seconds) {
                for (int third : seconds) {
                    for (int fourth : seconds) {
                        assertAgrees(new byte[] {(byte) first, (byte) second, (byte) third, (byte) fourth});
                    }
                }
            }
        }
    }

    @Test
    void agreesWithTheJdkOnRandomTextsWithRandomDamage() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = random.ints(random.nextInt(40), 0, 0x11_0000)
                    .filter(c -> c < 0xD800 || c > 0xDFFF)
                    .map(c -> random.nextBoolean() ? c & 0x7F : c)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString()
                    .getBytes(StandardCharsets.UTF_8);
            if (bytes.length > 0 && random.nextBoolean()) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            assertEquals(isUtf8(bytes), validate(bytes, random.nextInt(bytes.length + 1)), "seed " + seed);
        }
    }

    @Test
    void failsAtTheFirstByteThatCannotBecomeValid() {
        byte[] bytes = {'a', (byte) 0xF4, (byte) 0x90};
        int state = Utf8Validator.next(Utf8Validator.COMPLETE, bytes, 0, 2);
        assertNotEquals(Utf8Validator.INVALID, state);
        assertEquals(Utf8Validator.INVALID, Utf8Validator.next(state, bytes, 2, 3));
    }

    private void assertAgrees(byte[] bytes) {
        boolean expected = isUtf8(bytes);
        for (int split = 0; split < bytes.length; split++) {
            if (validate(bytes, split) != expected) {
                throw new AssertionError(Arrays.toString(bytes) + " split at " + split + " is valid: " + expected);
            }
        }
    }

    private static boolean validate(byte[] bytes, int split) {
        int state = Utf8Validator.next(Utf8Validator.COMPLETE, bytes, 0, split);
        return state != Utf8Validator.INVALID
                && Utf8Validator.next(state, bytes, split, bytes.length) == Utf8Validator.COMPLETE;
    }

    private boolean isUtf8(byte[] bytes) {
        characters.clear();
        CoderResult result = decoder.reset().decode(ByteBuffer.wrap(bytes), characters, true);
        return result.isUnderflow();
    }
}
