package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.socket.FrameReader.ReadEvent;
import dev.fanfare.testkit.RawFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("attack")
class FrameReaderTest {

    private static final SocketOptions.MessageLimits LIMITS = new SocketOptions.MessageLimits(1_000, 600, 4);
    private static final SocketOptions OPTIONS = SocketOptions.server(LIMITS);
    private static final SocketOptions CLIENT = SocketOptions.client(LIMITS);

    @ParameterizedTest(name = "{2}: {0}")
    @CsvSource({
        "818000000000, TEXT, empty text",
        "828000000000, BINARY, empty binary",
        "898000000000, PING, empty ping",
        "8a8000000000, PONG, empty pong",
        "888000000000, CLOSE, empty close",
        "8882000000000fa0, CLOSE, close 4000",
        "018000000000 808000000000, TEXT, two empty fragments",
        "0181000000006b 898000000000, PING, ping within a message",
        "8181000000006b, TEXT, masked with zeroes",
        "818101000000 6a, TEXT, masked",
        "81, NONE, half a header",
        "8181000000, NONE, no payload yet",
        "81fe0080, NONE, 16-bit length",
        "c18000000000, VIOLATION, RSV1",
        "a18000000000, VIOLATION, RSV2",
        "918000000000, VIOLATION, RSV3",
        "838000000000, VIOLATION, opcode 3",
        "878000000000, VIOLATION, opcode 7",
        "8b8000000000, VIOLATION, opcode 11",
        "8f8000000000, VIOLATION, opcode 15",
        "098000000000, VIOLATION, fragmented ping",
        "088000000000, VIOLATION, fragmented close",
        "89fe, VIOLATION, great ping",
        "88ff, VIOLATION, great close",
        "808000000000, VIOLATION, continuation of nothing",
        "018000000000 818000000000, VIOLATION, text within text",
        "018000000000 828000000000, VIOLATION, binary within text",
        "8100, VIOLATION, not masked",
        "81fe007d, VIOLATION, 125 in 16 bits",
        "81ff000000000000ffff, VIOLATION, 65535 in 64 bits",
        "81ff8000000000010000, VIOLATION, highest bit",
        "81ff7fffffffffffffff, VIOLATION, greatest length",
        "81fe0259, VIOLATION, frame too big",
        "81810000000080, VIOLATION, not UTF-8",
        "818100000000c3, VIOLATION, half a character at the end",
        "81fe00ff00000000c0, VIOLATION, not UTF-8 and not complete",
        "888100000000aa, VIOLATION, close with one byte",
        "888200000000 03ed, VIOLATION, close 1005"
    })
    void readsTheLastFrameAs(String hex, ReadEvent expected, String what) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        FrameReader reader = new FrameReader(OPTIONS);
        assertEquals(expected, reader.read(Unpooled.wrappedBuffer(bytes)), what);
        FrameReader bytewise = new FrameReader(OPTIONS);
        ReadEvent readEvent = ReadEvent.NONE;
        for (byte octet : bytes) {
            ReadEvent next = bytewise.read(Unpooled.wrappedBuffer(new byte[] {octet}));
            readEvent = next == ReadEvent.NONE ? readEvent : next;
        }
        assertEquals(expected, readEvent, what);
    }

    @Test
    void nothingIsReadAfterTheEnd() {
        FrameReader reader = new FrameReader(OPTIONS);
        ByteBuf bytes = Unpooled.wrappedBuffer(
                RawFrame.close(1000, "bye").masked(), RawFrame.text("late").masked());
        assertEquals(ReadEvent.CLOSE, reader.read(bytes));
        assertEquals(new SocketEnd(SocketEnd.EndKind.PEER_CLOSED, 1000, "bye"), reader.socketEnd());
        assertEquals(ReadEvent.NONE, reader.read(bytes));
        assertEquals(0, bytes.readableBytes());
    }

    @Test
    void whatIsNotCompleteIsKnownAndTellsOneMessageFromTheNext() {
        FrameReader reader = new FrameReader(OPTIONS);
        assertEquals(0, reader.unfinished());
        byte[] message = RawFrame.text("x".repeat(500)).masked();
        ByteBuf begun = Unpooled.wrappedBuffer(message, 0, 300);
        assertEquals(ReadEvent.NONE, reader.read(begun));
        long first = reader.unfinished();
        assertNotEquals(0, first);
        assertEquals(500, reader.heldBytes());
        assertEquals(ReadEvent.TEXT, reader.read(Unpooled.wrappedBuffer(message, 300, message.length - 300)));
        assertEquals(0, reader.unfinished());
        assertEquals(0, reader.heldBytes());

        RawFrame fragment = RawFrame.text("x").unfinished();
        RawFrame ping = RawFrame.of(RawFrame.PING, new byte[0]);
        assertEquals(ReadEvent.NONE, reader.read(Unpooled.wrappedBuffer(fragment.masked())));
        long second = reader.unfinished();
        assertNotEquals(first, second);
        assertEquals(ReadEvent.PING, reader.read(Unpooled.wrappedBuffer(ping.masked())));
        assertEquals(second, reader.unfinished());
        assertEquals(1, reader.takeFragments());
        assertEquals(0, reader.takeFragments());
        assertEquals(
                ReadEvent.TEXT,
                reader.read(Unpooled.wrappedBuffer(continuation(1).masked())));

        assertEquals(ReadEvent.NONE, reader.read(Unpooled.wrappedBuffer(ping.masked(), 0, 3)));
        long third = reader.unfinished();
        assertEquals(ReadEvent.PING, reader.read(Unpooled.wrappedBuffer(ping.masked(), 3, 3)));
        assertEquals(ReadEvent.NONE, reader.read(Unpooled.wrappedBuffer(ping.masked(), 0, 3)));
        assertNotEquals(third, reader.unfinished());
    }

    @Test
    void whatIsDiscardedTakesNoMemoryAndTheCloseFrameIsFound() {
        FrameReader reader = new FrameReader(OPTIONS);
        byte[] message = RawFrame.text("x".repeat(500)).masked();
        reader.read(Unpooled.wrappedBuffer(message, 0, 300));
        reader.discard();
        assertEquals(0, reader.heldBytes());
        ByteBuf rest = Unpooled.wrappedBuffer(
                Arrays.copyOfRange(message, 300, message.length),
                message,
                RawFrame.text("x").unfinished().masked(),
                continuation(1).masked(),
                RawFrame.close(1000, "bye").masked());
        assertEquals(ReadEvent.CLOSE, reader.read(rest));
        assertEquals(0, reader.heldBytes());
    }

    @Test
    void limitsAreInclusive() {
        assertEquals(ReadEvent.TEXT, last(RawFrame.text("x".repeat(600))));
        assertEnds(SocketEnd.EndKind.FRAME_TOO_BIG, RawFrame.text("x".repeat(601)));
        RawFrame first = RawFrame.text("x".repeat(600)).unfinished();
        assertEquals(ReadEvent.TEXT, last(first, continuation(400)));
        assertEnds(SocketEnd.EndKind.MESSAGE_TOO_BIG, first, continuation(401));
        RawFrame more = continuation(1).unfinished();
        assertEquals(ReadEvent.TEXT, last(first, more, more, continuation(1)));
        assertEnds(SocketEnd.EndKind.TOO_MANY_FRAMES, first, more, more, more, continuation(1));
    }

    @Test
    void aClientRefusesMaskedFrames() {
        byte[] unmasked = RawFrame.text("hello").unmasked();
        FrameReader reader = new FrameReader(CLIENT);
        assertEquals(ReadEvent.TEXT, reader.read(Unpooled.wrappedBuffer(unmasked)));
        assertArrayEquals("hello".getBytes(StandardCharsets.US_ASCII), reader.take());
        assertEquals(
                ReadEvent.VIOLATION,
                reader.read(Unpooled.wrappedBuffer(RawFrame.text("x").masked())));
    }

    @Test
    void anAnnouncedLengthCostsNothingUntilItsBytesCome() {
        SocketOptions generous =
                SocketOptions.server(new SocketOptions.MessageLimits(Integer.MAX_VALUE - 8, Integer.MAX_VALUE - 8, 4));
        byte[] header = HexFormat.of().parseHex("82ff000000007ffffff000000000");
        List<FrameReader> readers = new ArrayList<>();
        for (int i = 0; i < 100; i++) { // 200 GiB if the length were trusted
            FrameReader reader = new FrameReader(generous);
            assertEquals(ReadEvent.NONE, reader.read(Unpooled.wrappedBuffer(header, new byte[10])));
            readers.add(reader);
        }
        assertEquals(100, readers.size());
    }

    @Test
    void randomFramesInRandomPiecesComeOutAsTheyWere() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            List<byte[]> messages = new ArrayList<>();
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int i = random.nextInt(5); i >= 0; i--) {
                byte[] message = new byte[random.nextInt(500)];
                random.nextBytes(message);
                messages.add(message);
                int cut = random.nextInt(message.length + 1);
                byte[] rest = Arrays.copyOfRange(message, cut, message.length);
                bytes.writeBytes(RawFrame.of(RawFrame.BINARY, Arrays.copyOf(message, cut))
                        .unfinished()
                        .masked());
                bytes.writeBytes(RawFrame.of(RawFrame.PING, new byte[random.nextInt(126)])
                        .masked());
                bytes.writeBytes(RawFrame.of(RawFrame.CONTINUATION, rest).masked());
            }
            List<byte[]> read = new ArrayList<>();
            feed(new FrameReader(OPTIONS), bytes.toByteArray(), random, read);
            assertEquals(messages.size(), read.size(), "seed " + seed);
            for (int i = 0; i < read.size(); i++) {
                assertArrayEquals(messages.get(i), read.get(i), "seed " + seed);
            }
        }
    }

    @Test
    void randomBytesNeverThrowAndAreAllConsumed() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 10_000; round++) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            if (bytes.length > 6) { // mostly a valid beginning, so that the depths are reached
                bytes[0] = (byte) (random.nextInt(8) == 0 ? bytes[0] : random.nextBoolean() ? 0x82 : 0x01);
                bytes[1] = (byte) (0x80 | random.nextInt(128));
            }
            try {
                feed(new FrameReader(OPTIONS), bytes, random, new ArrayList<>());
            } catch (RuntimeException failure) {
                throw new AssertionError(
                        "seed " + seed + " bytes " + HexFormat.of().formatHex(bytes), failure);
            }
        }
    }

    /** Feeds bytes in random pieces, of direct and of heap memory, and collects binary messages. */
    private static void feed(FrameReader reader, byte[] bytes, Random random, List<byte[]> messages) {
        int from = 0;
        while (from < bytes.length) {
            int count = 1 + random.nextInt(bytes.length - from);
            ByteBuf piece = random.nextBoolean() ? Unpooled.directBuffer(count) : Unpooled.buffer(count);
            piece.writeBytes(bytes, from, count);
            ReadEvent readEvent = reader.read(piece);
            while (readEvent != ReadEvent.NONE) {
                if (readEvent == ReadEvent.BINARY) {
                    messages.add(reader.take());
                }
                assertEquals(
                        readEvent == ReadEvent.VIOLATION || readEvent == ReadEvent.CLOSE, reader.socketEnd() != null);
                readEvent = reader.read(piece);
            }
            assertEquals(0, piece.readableBytes());
            assertEquals(1, piece.refCnt());
            assertTrue(piece.release());
            from += count;
        }
    }

    private static RawFrame continuation(int length) {
        return RawFrame.of(RawFrame.CONTINUATION, "x".repeat(length).getBytes(StandardCharsets.US_ASCII));
    }

    private static ReadEvent last(RawFrame... frames) {
        return read(new FrameReader(OPTIONS), frames);
    }

    private static void assertEnds(SocketEnd.EndKind endKind, RawFrame... frames) {
        FrameReader reader = new FrameReader(OPTIONS);
        assertEquals(ReadEvent.VIOLATION, read(reader, frames));
        SocketEnd socketEnd = reader.socketEnd();
        assertNotNull(socketEnd);
        assertEquals(endKind, socketEnd.endKind());
        assertEquals(1009, socketEnd.code());
    }

    private static ReadEvent read(FrameReader reader, RawFrame... frames) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (RawFrame frame : frames) {
            bytes.writeBytes(frame.masked());
        }
        return reader.read(Unpooled.wrappedBuffer(bytes.toByteArray()));
    }
}
