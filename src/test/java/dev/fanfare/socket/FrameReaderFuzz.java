package dev.fanfare.socket;

import dev.fanfare.fuzz.FuzzSeeds;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.FrameReader.ReadEvent;
import dev.fanfare.testkit.RawFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Bytes of a WebSocket, with and without compression. They mean the same in whatever pieces they arrive. */
public final class FrameReaderFuzz {

    private static final int MESSAGE_BYTES = 1000;
    private static final SocketOptions PLAIN =
            SocketOptions.server(new SocketOptions.MessageLimits(MESSAGE_BYTES, 600, 4));
    private static final SocketOptions DEFLATING =
            PLAIN.deflating(new MessageInflater(MESSAGE_BYTES, 10, Metrics.NONE));

    private FrameReaderFuzz() {}

    /** @param data the first byte is the size of pieces, with the highest bit for compression */
    public static void run(byte[] data) {
        if (data.length == 0) {
            return;
        }
        SocketOptions options = data[0] < 0 ? DEFLATING : PLAIN;
        byte[] bytes = Arrays.copyOfRange(data, 1, data.length);
        List<String> whole = events(options, bytes, Math.max(1, bytes.length));
        List<String> pieces = events(options, bytes, 1 + (data[0] & 0x7F));
        if (!whole.equals(pieces)) {
            throw new AssertionError(whole + " is not " + pieces);
        }
    }

    private static List<String> events(SocketOptions options, byte[] bytes, int piece) {
        List<String> events = new ArrayList<>();
        FrameReader reader = new FrameReader(options);
        for (int from = 0; from < bytes.length; from += piece) {
            ByteBuf in = Unpooled.wrappedBuffer(bytes, from, Math.min(piece, bytes.length - from));
            ReadEvent event;
            do {
                event = reader.read(in);
                if (event != ReadEvent.NONE) {
                    byte[] payload = reader.take();
                    if (payload.length > MESSAGE_BYTES) {
                        throw new AssertionError("a message of " + payload.length);
                    }
                    events.add(event + Arrays.toString(payload) + reader.socketEnd());
                }
            } while (event != ReadEvent.NONE || in.isReadable());
            if (reader.heldBytes() > 2 * MESSAGE_BYTES) {
                throw new AssertionError(reader.heldBytes() + " bytes are held");
            }
        }
        return events;
    }

    /** Frames of all kinds. */
    public static List<byte[]> seeds() {
        byte[] payload = "päyload".getBytes(StandardCharsets.UTF_8);
        return Stream.of(
                        RawFrame.text("text"),
                        RawFrame.text("text").unfinished(),
                        RawFrame.of(RawFrame.CONTINUATION, payload),
                        RawFrame.of(RawFrame.BINARY, new byte[300]),
                        RawFrame.of(RawFrame.PING, payload),
                        RawFrame.of(RawFrame.PONG, payload),
                        RawFrame.close(1000, "bye"),
                        new RawFrame(true, 4, RawFrame.TEXT, new byte[] {0x4a, 0x4c, 0x04, 0x00}))
                .map(frame -> FuzzSeeds.joined(new byte[] {(byte) 0x82}, frame.masked()))
                .toList();
    }
}
