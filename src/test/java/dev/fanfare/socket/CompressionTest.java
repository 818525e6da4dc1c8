package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.Names;
import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.JsonCodec;
import dev.fanfare.socket.FrameReader.ReadEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed messages, byte by byte, against independent inflaters and deflaters. */
class CompressionTest {

    private static final int MAX_BYTES = 1_000_000;
    private static final SocketOptions.MessageLimits LIMITS =
            new SocketOptions.MessageLimits(MAX_BYTES, MAX_BYTES, 100);
    private static final int MAX_RATIO = 50;

    private final AtomicInteger deflated = new AtomicInteger();
    private final AtomicInteger inflated = new AtomicInteger();
    private final AtomicInteger bytesInflated = new AtomicInteger();
    private final CompressionMeter meter = new CompressionMeter() {
        @Override
        public void deflated(int bytesBefore, int bytesAfter, long nanos) {
            deflated.incrementAndGet();
        }

        @Override
        public void inflated(int bytesBefore, int bytesAfter, long nanos) {
            inflated.incrementAndGet();
            bytesInflated.addAndGet(bytesAfter);
        }
    };
    private final MessageDeflater deflater = new MessageDeflater(meter);
    private final SocketOptions options =
            SocketOptions.server(LIMITS).deflating(new MessageInflater(MAX_BYTES, MAX_RATIO, meter));
    private final FrameReader reader = new FrameReader(options);

    // ---- what receivers get

    /** Reads server frames as RFC 7692 section 7.2.2 requires of a receiver. */
    private static List<String> receive(SharedFrames frames) throws DataFormatException {
        List<String> messages = new ArrayList<>();
        ByteBuf bytes = frames.share();
        try {
            while (bytes.isReadable()) {
                int head = bytes.readUnsignedByte();
                int length = bytes.readUnsignedByte();
                if (length == 126) {
                    length = bytes.readUnsignedShort();
                } else if (length == 127) {
                    length = (int) bytes.readLong();
                }
                byte[] payload = new byte[length];
                bytes.readBytes(payload);
                assertEquals(0x81, head & ~0x40);
                byte[] message = (head & 0x40) == 0 ? payload : inflate(payload);
                messages.add(
                        ((head & 0x40) == 0 ? "plain " : "deflated ") + new String(message, StandardCharsets.UTF_8));
            }
        } finally {
            bytes.release();
        }
        return messages;
    }

    static byte[] inflate(byte[] payload) throws DataFormatException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(payload);
        all.writeBytes(new byte[] {0, 0, (byte) 0xFF, (byte) 0xFF});
        Inflater inflater = new Inflater(true);
        inflater.setInput(all.toByteArray());
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        byte[] buffer = new byte[333];
        for (int count = inflater.inflate(buffer); count > 0; count = inflater.inflate(buffer)) {
            message.write(buffer, 0, count);
        }
        assertTrue(inflater.needsInput());
        assertEquals(0, inflater.getRemaining());
        inflater.end();
        return message.toByteArray();
    }

    private static Encoded text(String text) {
        return new Encoded(true, text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void receiversInflateWhatIsShared() throws Exception {
        String large = "price ".repeat(20_000);
        List<byte @Nullable []> bodies = new ArrayList<>();
        bodies.add(deflater.deflate(text("a".repeat(500)).body()));
        bodies.add(null);
        bodies.add(deflater.deflate(text(large).body()));
        try (SharedFrames frames =
                SharedFrames.of(List.of(text("a".repeat(500)), text("short"), text(large)), bodies)) {
            assertEquals(List.of("deflated " + "a".repeat(500), "plain short", "deflated " + large), receive(frames));
            assertTrue(frames.saved() > 100_000, () -> "saved=" + frames.saved());
            assertEquals(large.length() + 505, frames.payload());
        }
    }

    @Test
    void receiversInflateSharedBodiesWithTailsOfTheirOwn() throws Exception {
        Codec codec = new JsonCodec(Names.DEFAULT, true);
        String body = "{\"data\":\"" + "x".repeat(1000) + "\"";
        List<byte @Nullable []> bodies = new ArrayList<>();
        bodies.add(deflater.deflate(text(body).body()));
        bodies.add(null);
        for (long first : new long[] {1, 9, 99, 1_000_000, Long.MAX_VALUE - 1}) {
            try (SharedFrames frames = SharedFrames.of(
                    List.of(text(body), text("{\"data\":1")), bodies, codec, new byte[Codec.MAX_TAIL], first)) {
                assertEquals(
                        List.of(
                                "deflated " + body + ",\"sequenceId\":" + first + "}",
                                "plain {\"data\":1,\"sequenceId\":" + (first + 1) + "}"),
                        receive(frames));
            }
        }
        assertEquals(1, deflated.get());
    }

    @Test
    void aDeflaterThatWasClosedBeginsAnew() throws DataFormatException {
        for (int i = 0; i < 2; i++) {
            byte[] whole = deflater.deflate(new byte[5000]);
            assertNotNull(whole);
            assertArrayEquals(new byte[5000], inflate(Arrays.copyOf(whole, whole.length - MessageDeflater.FLUSH_MARK)));
            deflater.close();
        }
    }

    @Test
    void whatDoesNotShrinkIsNotDeflated() {
        byte[] noise = new byte[5000];
        new Random(1).nextBytes(noise);
        assertNull(deflater.deflate(noise));
        assertNull(deflater.deflate(new byte[0]));
        assertNotNull(deflater.deflate(new byte[5000]));
    }

    @Test
    void smallAndLargeMessagesTakeTurnsAlsoAfterTheMemoryWasFreed() throws Exception {
        for (int length : new int[] {100, 100_000, 16_384, 16_385, 200, 1_000_000}) {
            String text = "0123456789".repeat(length / 10 + 1);
            List<byte @Nullable []> bodies = new ArrayList<>();
            bodies.add(deflater.deflate(text(text).body()));
            try (SharedFrames frames = SharedFrames.of(List.of(text(text)), bodies)) {
                assertEquals(List.of("deflated " + text), receive(frames));
            }
            if (length == 16_385) {
                deflater.close();
            }
        }
    }

    // ---- what clients send

    private static byte[] deflate(byte[] message, int level, boolean last) {
        Deflater compressor = new Deflater(level, true);
        compressor.setInput(message);
        if (last) {
            compressor.finish();
        }
        byte[] out = new byte[2 * message.length + 100];
        int size = compressor.deflate(out, 0, out.length, last ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH);
        compressor.end();
        // A finished stream is followed by a byte that an empty block could begin with.
        return Arrays.copyOf(out, last ? size + 1 : size - 4);
    }

    private static ByteBuf frame(int head, byte[] payload) {
        ByteBuf out = Unpooled.buffer();
        out.writeByte(head);
        if (payload.length < 126) {
            out.writeByte(0x80 | payload.length);
        } else if (payload.length < 65_536) {
            out.writeByte(0x80 | 126).writeShort(payload.length);
        } else {
            out.writeByte(0x80 | 127).writeLong(payload.length);
        }
        return out.writeInt(0).writeBytes(payload);
    }

    private ReadEvent read(ByteBuf... frames) {
        ByteBuf all = Unpooled.wrappedBuffer(frames);
        ReadEvent readEvent = reader.read(all);
        assertTrue(readEvent != ReadEvent.NONE || !all.isReadable());
        return readEvent;
    }

    private void assertViolation(int code, ByteBuf... frames) {
        assertEquals(ReadEvent.VIOLATION, read(frames));
        assertEquals(code, ended(reader.socketEnd()).code());
    }

    private static SocketEnd ended(@Nullable SocketEnd socketEnd) {
        if (socketEnd == null) {
            throw new AssertionError("not ended");
        }
        return socketEnd;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 20, 125, 5000, 70_000, 900_000})
    void compressedMessagesOfAnySizeAreInflated(int length) {
        byte[] message = new byte[length];
        Random random = new Random(length);
        for (int i = 0; i < length; i++) {
            message[i] = (byte) ('a' + random.nextInt(20));
        }
        for (int level : new int[] {0, 1, 9}) {
            for (boolean last : new boolean[] {false, true}) {
                assertEquals(ReadEvent.TEXT, read(frame(0xC1, deflate(message, level, last))));
                assertArrayEquals(message, reader.take());
            }
        }
        assertEquals(6, inflated.get());
    }

    @Test
    void compressedMessagesFragmentAnywhereWithControlFramesBetween() {
        byte[] compressed = deflate("fragments".repeat(30).getBytes(StandardCharsets.UTF_8), 9, false);
        byte[] first = Arrays.copyOf(compressed, 1);
        byte[] rest = Arrays.copyOfRange(compressed, 1, compressed.length);
        ByteBuf all = Unpooled.wrappedBuffer(
                frame(0x42, first), frame(0x89, new byte[0]), frame(0x00, new byte[0]), frame(0x80, rest));
        assertEquals(ReadEvent.PING, reader.read(all));
        assertEquals(ReadEvent.BINARY, reader.read(all));
        assertEquals("fragments".repeat(30), new String(reader.take(), StandardCharsets.UTF_8));
        assertEquals(ReadEvent.TEXT, read(frame(0x81, "plain".getBytes(StandardCharsets.UTF_8))));
        assertEquals("plain", new String(reader.take(), StandardCharsets.UTF_8));
    }

    @Test
    void theBitIsForTheFirstFrameOfAMessageOnly() {
        assertViolation(1002, frame(0x41, new byte[1]), frame(0xC0, new byte[1]));
    }

    @ParameterizedTest
    @ValueSource(ints = {0xC9, 0xCA, 0xC8, 0xE1, 0xD1, 0xA1, 0x91, 0xF1})
    void theBitIsNeitherForControlFramesNorWithOthers(int head) {
        assertViolation(1002, frame(head, new byte[0]));
    }

    @Test
    void theBitIsAViolationWhereCompressionWasNotAgreedTo() {
        FrameReader plain = new FrameReader(SocketOptions.server(LIMITS));
        assertEquals(ReadEvent.VIOLATION, plain.read(frame(0xC1, deflate(new byte[10], 9, false))));
    }

    @Test
    void whatIsNoDeflatedMessageIsInvalidData() {
        assertViolation(1007, frame(0xC1, new byte[] {(byte) 0xFF, (byte) 0xFF, 1, 2, 3}));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 100, 2000})
    void aMessageThatEndsWithinABlockIsInvalidData(int length) {
        byte[] message = new byte[5000];
        Random random = new Random(5);
        for (int i = 0; i < message.length; i++) {
            message[i] = (byte) ('a' + random.nextInt(20));
        }
        byte[] cut = Arrays.copyOf(deflate(message, 9, false), length);
        assertViolation(1007, frame(0xC2, cut));
        assertEquals(1, inflated.get());
    }

    @Test
    void nothingFollowsALastBlock() {
        byte[] message = deflate(new byte[10], 9, true);
        assertViolation(1007, frame(0xC2, Arrays.copyOf(message, message.length + 1)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"00", "01", "0300", "030000", "0200"})
    void anEmptyMessageMayBeWrittenInManyWays(String hex) {
        assertEquals(ReadEvent.BINARY, read(frame(0xC2, HexFormat.of().parseHex(hex))));
        assertEquals(0, reader.take().length);
    }

    @Test
    void textThatIsNotUtf8IsInflatedNoFurtherThanThat() {
        byte[] message = "x".repeat(500_000).getBytes(StandardCharsets.US_ASCII);
        Random random = new Random(1);
        for (int i = 0; i < message.length; i += 20) {
            message[i] = (byte) ('a' + random.nextInt(26));
        }
        message[1000] = (byte) 0xFF;
        assertViolation(1007, frame(0xC1, deflate(message, 9, false)));
        assertTrue(bytesInflated.get() <= 16_384, () -> "inflated=" + bytesInflated);
    }

    @Test
    void textIsUtf8OnceInflated() {
        assertViolation(1007, frame(0xC1, deflate(new byte[] {(byte) 0xC3, 'a'}, 9, false)));
    }

    @Test
    void textEndsWithAWholeCharacterOnceInflated() {
        assertViolation(1007, frame(0xC1, deflate(new byte[] {'a', (byte) 0xC3}, 9, false)));
    }

    @Test
    void aMessageThatIsTooLargeInflatedIsTooBig() {
        byte[] noise = new byte[MAX_BYTES + 1];
        Random random = new Random(3);
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (byte) random.nextInt(40);
        }
        assertViolation(1009, frame(0xC2, deflate(noise, 9, false)));
        assertEquals(1, inflated.get());
    }

    @Test
    void aMessageThatGrowsTooMuchIsTooBigThoughItWouldFit() {
        assertViolation(1009, frame(0xC2, deflate(new byte[MAX_BYTES / 2], 9, false)));
    }

    @Test
    void smallMessagesMayGrowAsMuchAsTheyLike() {
        assertEquals(ReadEvent.BINARY, read(frame(0xC2, deflate(new byte[64 * 1024], 9, false))));
        assertArrayEquals(new byte[64 * 1024], reader.take());
    }

    @Test
    void noBytesAreAFaultOfOurs() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 5000; i++) {
            byte[] payload = deflate(new byte[random.nextInt(2000)], random.nextInt(10), random.nextBoolean());
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                payload[random.nextInt(payload.length)] ^= (byte) (1 << random.nextInt(8));
            }
            FrameReader fresh = new FrameReader(options);
            ReadEvent readEvent = fresh.read(frame(0xC2, payload));
            assertFalse(readEvent == ReadEvent.NONE, () -> "seed=" + seed);
        }
    }
}
