package dev.fanfare.socket;

import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Encoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;

/**
 * One or more messages as server frames, in one piece of direct memory that any number of sockets on one event loop write
 * without copying. The maker releases it when the last {@link Socket#send(SharedFrames)} was called.
 */
public final class SharedFrames implements AutoCloseable {

    private final ByteBuf bytes;
    private final long payload;

    private SharedFrames(ByteBuf bytes, long payload) {
        this.bytes = bytes;
        this.payload = payload;
    }

    /** Frames these messages, in order. */
    public static SharedFrames of(List<Encoded> messages) {
        long payload = 0;
        int length = 0;
        for (Encoded message : messages) {
            payload += message.body().length;
            length += FrameWriter.headerLength(message.body().length) + message.body().length;
        }
        ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(length, length);
        for (Encoded message : messages) {
            FrameWriter.message(bytes, message);
        }
        return new SharedFrames(bytes, payload);
    }

    /**
     * Frames these messages with the tails of receivers who all have the same sequence ids.
     *
     * @param codec writes the tails
     * @param tail room for one, overwritten
     * @param first the sequence id of the first message; the others follow without a gap
     */
    public static SharedFrames of(List<Encoded> messages, Codec codec, byte[] tail, long first) {
        long payload = 0;
        int most = 0;
        for (Encoded message : messages) {
            int length = message.body().length + tail.length;
            most += FrameWriter.headerLength(length) + length;
        }
        ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(most, most);
        for (int i = 0; i < messages.size(); i++) {
            Encoded message = messages.get(i);
            int tailLength = codec.tail(first + i, tail, 0);
            FrameWriter.message(bytes, message, tail, tailLength);
            payload += message.body().length + tailLength;
        }
        return new SharedFrames(bytes, payload);
    }

    /** All bytes of all frames. */
    public int length() {
        return bytes.readableBytes();
    }

    /** The bytes of the messages in them. */
    public long payload() {
        return payload;
    }

    /** A view with a reference of its own, for one write. */
    ByteBuf share() {
        return bytes.retainedDuplicate();
    }

    /** Takes one more reference, which {@link #close} gives back. */
    SharedFrames retain() {
        bytes.retain();
        return this;
    }

    /** Where the first byte is in memory, 0 where that cannot be told. */
    long address() {
        return bytes.hasMemoryAddress() ? bytes.memoryAddress() + bytes.readerIndex() : 0;
    }

    /** Gives a reference back, the maker's or one of {@link #retain}. */
    @Override
    public void close() {
        bytes.release();
    }
}
