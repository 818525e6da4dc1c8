package dev.fanfare.socket;

import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Encoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One or more messages as server frames, in one direct buffer that any number of sockets on one event loop write
 * without copying. Reference-counted: the creator closes it after the last {@link Socket#send(SharedFrames)}. Confined
 * to the event loop.
 */
public final class SharedFrames implements AutoCloseable {

    /** Up to this size copying a body costs less than writing it from a separate buffer. */
    public static final int SMALL_BODY = 16 * 1024;

    private final ByteBuf bytes;
    private final long payload;
    private final long saved;

    private SharedFrames(ByteBuf bytes, long payload, long plain) {
        this.bytes = bytes;
        this.payload = payload;
        this.saved = plain - bytes.readableBytes();
    }

    /** Frames these messages, in order. */
    public static SharedFrames of(List<Encoded> messages) {
        return of(messages, null);
    }

    /**
     * Frames these messages, in order.
     *
     * @param deflated for each message the body that {@link MessageDeflater} returned, or null; null if none is
     *     deflated
     */
    public static SharedFrames of(List<Encoded> messages, @Nullable List<byte @Nullable []> deflated) {
        long payload = 0;
        int plain = 0;
        for (Encoded message : messages) {
            payload += message.body().length;
            plain += FrameWriter.headerLength(message.body().length) + message.body().length;
        }
        ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(plain, plain);
        for (int i = 0; i < messages.size(); i++) {
            byte[] body = deflated == null ? null : deflated.get(i);
            if (body == null) {
                FrameWriter.message(bytes, messages.get(i));
            } else {
                FrameWriter.deflated(bytes, messages.get(i).text(), body);
            }
        }
        return new SharedFrames(bytes, payload, plain);
    }

    /**
     * Frames these messages with the tails of receivers that have the same sequence ids.
     *
     * @param deflated as above
     * @param codec writes the tails
     * @param tail scratch space for one tail, overwritten
     * @param first the sequence id of the first message; the others follow without a gap
     */
    public static SharedFrames of(
            List<Encoded> messages, @Nullable List<byte @Nullable []> deflated, Codec codec, byte[] tail, long first) {
        int most = 0;
        for (Encoded message : messages) {
            int length = message.body().length + tail.length;
            most += FrameWriter.headerLength(length) + length;
        }
        ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(most, most);
        long payload = 0;
        long plain = 0;
        for (int i = 0; i < messages.size(); i++) {
            Encoded message = messages.get(i);
            int tailLength = codec.tail(first + i, tail, 0);
            byte[] body = deflated == null ? null : deflated.get(i);
            if (body == null) {
                FrameWriter.message(bytes, message, tail, tailLength);
            } else {
                FrameWriter.deflated(bytes, message.text(), body, tail, tailLength);
            }
            int length = message.body().length + tailLength;
            payload += length;
            plain += FrameWriter.headerLength(length) + length;
        }
        return new SharedFrames(bytes, payload, plain);
    }

    /**
     * The one plain message of these frames for receivers with another sequence id, sharing its body with them.
     *
     * @param tail scratch space for one tail, overwritten
     */
    public SharedFrames resequenced(Encoded message, Codec codec, byte[] tail, long sequenceId) {
        int body = message.body().length;
        int tailLength = codec.tail(sequenceId, tail, 0);
        PooledByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
        ByteBuf head = allocator.directBuffer(FrameWriter.headerLength(body + tailLength));
        FrameWriter.header(head, message.text() ? FrameWriter.TEXT : FrameWriter.BINARY, body + tailLength);
        ByteBuf shared = bytes.retainedSlice(FrameWriter.headerLength((int) payload), body);
        ByteBuf end = allocator.directBuffer(tailLength).writeBytes(tail, 0, tailLength);
        ByteBuf frame = allocator.compositeDirectBuffer(3).addComponents(true, head, shared, end);
        return new SharedFrames(frame, body + tailLength, frame.readableBytes());
    }

    /** All bytes of all frames. */
    public int length() {
        return bytes.readableBytes();
    }

    /** The bytes of the messages in them. */
    public long payload() {
        return payload;
    }

    /** How many bytes compression saved in these frames. */
    public long saved() {
        return saved;
    }

    /** A duplicate with its own reference, for one write. */
    ByteBuf share() {
        return bytes.retainedDuplicate();
    }

    /** Adds a reference, which {@link #close} releases. */
    SharedFrames retain() {
        bytes.retain();
        return this;
    }

    /** The memory address of the first byte, 0 if the buffer has none. */
    long address() {
        return bytes.hasMemoryAddress() ? bytes.memoryAddress() + bytes.readerIndex() : 0;
    }

    /** Releases a reference: the creator's or one of {@link #retain}. */
    @Override
    public void close() {
        bytes.release();
    }
}
