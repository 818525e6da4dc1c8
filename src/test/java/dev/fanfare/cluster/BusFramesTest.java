package dev.fanfare.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames of peers that have a certificate. */
@Tag("attack")
class BusFramesTest {

    private static final int MAX = 100_000;
    private static final int HUGE = Integer.MAX_VALUE - 100;

    private final BusFrames frames = new BusFrames(MAX, remote -> {});

    /** What precedes the body: of a codec of this name, or of this number, with lengths that may be wrong. */
    private static Buffer head(Object codec, int address, int sender) {
        Buffer head = Buffer.buffer().appendByte((byte) 1);
        if (codec instanceof String name) {
            head.appendByte((byte) -1).appendInt(name.length()).appendString(name);
        } else {
            head.appendByte(((Integer) codec).byteValue());
        }
        head.appendByte((byte) 0).appendInt(address).appendString("fanfare.node.AbCdEfGh");
        return head.appendInt(0).appendInt(sender).appendString("12345678");
    }

    private static Buffer head(Object codec) {
        return head(codec, 21, 8);
    }

    private static byte[] frame(Buffer content) {
        return Buffer.buffer().appendInt(content.length()).appendBuffer(content).getBytes();
    }

    private static Buffer plain(Object codec) {
        return head(codec).appendInt(4);
    }

    private boolean accepts(byte[] bytes) {
        return frames.accepts(ByteBuffer.wrap(bytes));
    }

    private void assertRefused(Buffer content) {
        assertFalse(accepts(frame(content)), content::toString);
    }

    @Test
    void framesPassInWhateverPiecesTheyCome() {
        Random random = new Random(11);
        Buffer all = Buffer.buffer();
        byte[] body = new byte[70_000];
        random.nextBytes(body);
        for (int i = 0; i < 20; i++) {
            Buffer long1 =
                    plain("ff.e").appendByte((byte) 1).appendInt(body.length).appendBytes(body);
            Buffer text = head(9).appendInt(4 + 4 + 4 + 5 + 4 + 5).appendInt(1);
            text.appendInt(5).appendString("about").appendInt(5).appendString("event");
            text.appendInt(3).appendString("abc");
            Buffer failure = plain(15).appendByte((byte) 1).appendInt(7).appendByte((byte) 1);
            failure.appendInt(2).appendString("no");
            Buffer silent = plain(15).appendByte((byte) 1).appendInt(7).appendByte((byte) 0);
            for (Buffer content : List.of(
                    plain(1),
                    long1,
                    plain(11).appendInt(body.length).appendBytes(body),
                    text,
                    failure,
                    silent,
                    plain(0),
                    plain(2).appendByte((byte) 3))) {
                all.appendBytes(frame(content));
            }
        }
        byte[] bytes = all.getBytes();
        for (int start = 0; start < bytes.length; ) {
            int most = random.nextInt(3) == 0 ? 50_000 : 20;
            int end = Math.min(bytes.length, start + 1 + random.nextInt(most));
            ByteBuffer piece = ByteBuffer.wrap(Arrays.copyOfRange(bytes, start, end));
            assertTrue(frames.accepts(piece));
            assertFalse(piece.hasRemaining());
            start = end;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE, MAX + 1, Integer.MAX_VALUE})
    void aFrameOfAnImpossibleLengthIsRefused(int length) {
        byte[] bytes = Buffer.buffer().appendInt(length).getBytes();
        for (int i = 0; i < bytes.length; i++) {
            assertEquals(i < bytes.length - 1, accepts(new byte[] {bytes[i]}));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {22, -1, Integer.MIN_VALUE, HUGE, Integer.MAX_VALUE})
    void aStringThatIsLongerThanItsFrameIsRefused(int length) {
        assertRefused(head(1, length, 8).appendInt(4));
    }

    @Test
    void aSenderThatIsLongerThanItsFrameIsRefused() {
        assertRefused(head(1, 21, HUGE).appendInt(4));
    }

    @Test
    void aCodecNameThatIsLongerThanItsFrameIsRefused() {
        assertRefused(Buffer.buffer()
                .appendByte((byte) 1)
                .appendByte((byte) -1)
                .appendInt(HUGE)
                .appendString("ff.e"));
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 11, 12, 13, 14})
    void aBodyThatIsLongerThanItsFrameIsRefused(int codec) {
        assertRefused(plain(codec).appendInt(HUGE).appendString("abc"));
    }

    @Test
    void aMessageOfAFailureThatIsLongerThanItsFrameIsRefused() {
        assertRefused(
                plain(15).appendByte((byte) 1).appendInt(7).appendByte((byte) 1).appendInt(HUGE));
    }

    @Test
    void headersThatAreLongerThanTheySayAreRefused() {
        assertRefused(head(1).appendInt(12).appendInt(1).appendInt(HUGE));
    }

    @Test
    void moreHeadersThanBytesAreRefused() {
        assertRefused(head(1).appendInt(8).appendInt(Integer.MAX_VALUE));
    }

    @Test
    void headersThatEndElsewhereAreRefused() {
        assertRefused(head(9).appendInt(HUGE).appendInt(0).appendInt(1).appendString("a"));
    }

    /** Such as those that would instantiate classes of the peer's choice. */
    @ParameterizedTest
    @ValueSource(ints = {16, 17, 18, 127, -2, -128})
    void codecsThatNodesDoNotUseAreRefused(int codec) {
        assertRefused(plain(codec).appendInt(1).appendString("a"));
    }

    @Test
    void aFrameThatIsCutShortInItsHeadIsRefused() {
        Buffer whole = plain("ff.e");
        for (int length = 1; length < whole.length(); length++) {
            byte[] cut = frame(whole.getBuffer(0, length));
            assertFalse(new BusFrames(MAX, remote -> {}).accepts(ByteBuffer.wrap(cut)), "length=" + length);
        }
    }

    @Test
    void whatPrecedesTheBodyIsBounded() {
        assertRefused(head(1, BusFrames.MAX_HEAD, 8).appendBytes(new byte[50_000]));
    }

    @Test
    void theLongestFrameFollowsFromTheHeap() {
        assertEquals(128 << 20, BusFrames.maxLength(512L << 20));
        assertEquals(Integer.MAX_VALUE, BusFrames.maxLength(1L << 40));
    }
}
