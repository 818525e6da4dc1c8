package dev.fanfare.socket;

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

    private SharedFrames(ByteBuf bytes) {
        this.bytes = bytes;
    }

    /** Frames these messages, in order. */
    public static SharedFrames of(List<Encoded> messages) {
        int length = 0;
        for (Encoded message : messages) {
            length += FrameWriter.headerLength(message.body().length) + message.body().length;
        }
        ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(length, length);
        for (Encoded message : messages) {
            FrameWriter.message(bytes, message);
        }
        return new SharedFrames(bytes);
    }

    /** All bytes of all frames. */
    public int length() {
        return bytes.readableBytes();
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
