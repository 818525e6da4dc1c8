package dev.fanfare.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * One receive buffer for all channels of an event loop, since a driver keeps nothing of what it reads beyond the next
 * read. Not for channels with TLS, which keep what they read.
 */
final class SharedReceiveBuffer implements RecvByteBufAllocator {

    private static final int CAPACITY = 256 * 1024;

    private final ByteBuf buffer = Unpooled.directBuffer(CAPACITY, CAPACITY);

    @Override
    public ExtendedHandle newHandle() {
        return new Reading();
    }

    void release() {
        buffer.release();
    }

    /** The view of one channel: reads once each time the channel is ready, and again only if the buffer was filled. */
    private final class Reading implements ExtendedHandle {

        private int attempted;
        private int last;

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return buffer.clear().retain();
        }

        @Override
        public int guess() {
            return CAPACITY;
        }

        @Override
        public void reset(ChannelConfig config) {
            last = 0;
        }

        @Override
        public void incMessagesRead(int messages) {}

        @Override
        public void lastBytesRead(int bytes) {
            last = bytes;
        }

        @Override
        public int lastBytesRead() {
            return last;
        }

        @Override
        public void attemptedBytesRead(int bytes) {
            attempted = bytes;
        }

        @Override
        public int attemptedBytesRead() {
            return attempted;
        }

        @Override
        public boolean continueReading() {
            return last > 0 && last == attempted;
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return last > 0 && maybeMoreData.get();
        }

        @Override
        public void readComplete() {}
    }
}
