package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.testkit.RawFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameWriterTest {

    private static final SocketOptions OPTIONS =
            SocketOptions.server(new SocketOptions.MessageLimits(100_000, 100_000, 4));

    private static byte[] payload(int length) {
        byte[] payload = new byte[length];
        new Random(length).nextBytes(payload);
        return payload;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 65_535, 65_536})
    void lengthsTakeAsFewBytesAsPossible(int length) {
        ByteBuf out = Unpooled.buffer();
        FrameWriter.message(out, new Encoded(false, payload(length)));
        assertEquals(FrameWriter.headerLength(length) + length, out.readableBytes());
        byte[] written = new byte[out.readableBytes()];
        out.readBytes(written);
        assertArrayEquals(RawFrame.of(RawFrame.BINARY, payload(length)).unmasked(), written);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 125, 126, 65_535, 65_536})
    void maskedFramesAreReadByAServer(int length) {
        ByteBuf frames = Unpooled.buffer();
        FrameWriter.message(frames, new Encoded(false, payload(length)));
        FrameWriter.message(frames, new Encoded(true, new byte[] {'x'}));
        ByteBuf masked = FrameWriter.masked(frames);
        assertEquals(0, frames.refCnt());
        FrameReader server = new FrameReader(OPTIONS);
        assertEquals(FrameReader.ReadEvent.BINARY, server.read(masked));
        assertArrayEquals(payload(length), server.take());
        assertEquals(FrameReader.ReadEvent.TEXT, server.read(masked));
        assertArrayEquals(new byte[] {'x'}, server.take());
        assertEquals(0, masked.readableBytes());
        masked.release();
    }
}
