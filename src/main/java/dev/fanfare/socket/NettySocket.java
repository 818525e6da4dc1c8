package dev.fanfare.socket;

import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.socket.SocketEnd.EndKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.UnixChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Socket} that is the only handler in its Netty channel besides TLS. Confined to the channel's event loop. An
 * idle socket holds no buffer and no timer; a paused one reads nothing more from the channel; what is written is for
 * the caller to bound ({@link #writable}). {@code src/docs/decisions/0002-channel-taken-over.md} says why it owns the
 * channel, {@code src/docs/decisions/0009-past-the-channel.md} why shared frames bypass it.
 */
final class NettySocket extends ChannelInboundHandlerAdapter implements Socket {

    private enum SocketState {
        OPEN,
        /** We sent our close frame and wait for the peer's. */
        CLOSING,
        /** Nothing more is read or written; the transport ends. */
        FINISHING,
        ENDED
    }

    /** The address of the client as a trusted proxy reported it. */
    static final AttributeKey<InetSocketAddress> CLIENT_ADDRESS = AttributeKey.valueOf("fanfare.client");

    /**
     * How long the peer may take to close the transport after us. Closing both directions at once could lose our close
     * frame.
     */
    private static final int LINGER_MILLIS = 1_000;

    /**
     * The most bytes still delivered of a socket that ended while it was paused. The kernel may have much more, and
     * rate limits do not apply here; see {@code src/docs/decisions/0032-the-end-takes-what-was-read.md}.
     */
    private static final int LAST_BYTES = 64 * 1024;

    private static final byte[] EMPTY = {};
    private static final SocketEnd LOST = new SocketEnd(EndKind.LOST, ClosePayload.LOST, "");

    private final Channel channel;
    private final SocketOptions options;
    private final FaultReporter faultReporter;
    private final FlushQueue flushes;
    private final FrameReader reader;
    private final Listener listener;

    /**
     * Takes shared frames directly, bypassing the channel, while nothing waits in it; null where that is not possible.
     */
    private final io.netty.channel.unix.@Nullable Socket descriptor;

    private final boolean deflates;
    private SocketState state = SocketState.OPEN;
    private boolean heard;
    private boolean paused;
    private boolean reachedEnd;
    private boolean unflushed;
    private boolean queued = true;

    /** The only write of this turn, if it is shared frames; everything else waits in the channel. */
    private @Nullable SharedFrames pendingShared;

    private @Nullable Deque<ByteBuf> unread;
    private long unreadBytes;
    private byte @Nullable [] lastPing;
    private @Nullable SocketEnd socketEnd;
    private @Nullable Future<?> deadline;

    NettySocket(
            Channel channel, SocketOptions options, FaultReporter faultReporter, Function<Socket, Listener> listener) {
        this.channel = channel;
        this.options = options;
        this.faultReporter = faultReporter;
        this.flushes = FlushQueue.of(channel.eventLoop());
        this.reader = new FrameReader(options);
        this.deflates = options.inflater() != null;
        this.descriptor = descriptor(channel, options);
        this.listener = listener.apply(this);
    }

    private static io.netty.channel.unix.@Nullable Socket descriptor(Channel channel, SocketOptions options) {
        boolean plain = !options.masked() && channel.pipeline().get(SslHandler.class) == null;
        return plain
                        && channel instanceof UnixChannel unix
                        && unix.fd() instanceof io.netty.channel.unix.Socket descriptor
                ? descriptor
                : null;
    }

    /** Starts reading, first the bytes that arrived earlier; in a later task, so that the caller has finished. */
    void start(Queue<ByteBuf> early) {
        if (!early.isEmpty()) {
            early.forEach(this::addUnread);
            early.clear();
        }
        scheduleFlush();
        channel.eventLoop().execute(() -> {
            if (channel.isActive()) {
                resumeReading();
            } else {
                end();
            }
        });
    }

    @Override
    public void send(Encoded message) {
        send(message, EMPTY, 0);
    }

    @Override
    public void send(Encoded message, byte[] tail, int tailLength) {
        assert inLoop();
        if (state != SocketState.OPEN) {
            return;
        }
        // The channel copies any heap array into direct memory, so one copy into one frame is the minimum.
        byte[] body = message.body();
        int length = body.length + tailLength;
        ByteBuf frame = frame(message.text() ? FrameWriter.TEXT : FrameWriter.BINARY, length);
        write(frame.writeBytes(body).writeBytes(tail, 0, tailLength));
    }

    @Override
    public void send(SharedFrames frames) {
        assert inLoop();
        if (state != SocketState.OPEN) {
            return;
        }
        if (mayBypassChannel(frames)) {
            pendingShared = frames.retain();
            scheduleFlush();
        } else {
            write(frames.share());
        }
    }

    @Override
    public void sendNow(SharedFrames frames) {
        assert inLoop();
        if (state == SocketState.OPEN && mayBypassChannel(frames)) {
            writeThrough(frames);
        } else {
            send(frames);
        }
    }

    /** Whether frames may bypass the channel. */
    private boolean mayBypassChannel(SharedFrames frames) {
        return descriptor != null && !unflushed && !queued() && descriptor.isOpen() && frames.address() != 0;
    }

    /** Whether the channel has pending writes; checks it only if something was written since the last check. */
    private boolean queued() {
        if (queued) {
            queued = pendingBytes() > 0;
        }
        return queued;
    }

    /** Writes with a single system call; what the kernel does not accept is queued in the channel. */
    private void writeThrough(SharedFrames frames) {
        int written = 0;
        try {
            if (descriptor != null) {
                written = descriptor.sendAddress(frames.address(), 0, frames.length());
            }
        } catch (IOException broken) {
            closeTransport();
            return;
        }
        if (written < frames.length()) {
            write(frames.share().skipBytes(written));
        }
    }

    @Override
    public int warm() {
        return descriptor != null && descriptor.isOpen() && !queued ? 1 : 0;
    }

    @Override
    public boolean deflates() {
        return deflates;
    }

    @Override
    public boolean writable() {
        assert inLoop();
        return state == SocketState.OPEN && (!queued || channel.isWritable());
    }

    @Override
    public long pendingBytes() {
        assert inLoop();
        ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
        long queued = pending == null ? 0 : pending.totalPendingWriteBytes();
        return pendingShared == null ? queued : queued + pendingShared.length();
    }

    @Override
    public long heldBytes() {
        assert inLoop();
        ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
        if (pending == null || pending.totalPendingWriteBytes() == 0) {
            return 0;
        }
        Held held = new Held();
        try {
            pending.forEachFlushedMessage(held);
        } catch (Exception fault) {
            faultReporter.report(fault);
        }
        return held.bytes;
    }

    /** Sums the memory that pending writes keep from being freed. */
    private static final class Held implements ChannelOutboundBuffer.MessageProcessor {
        private long bytes;

        @Override
        public boolean processMessage(Object message) {
            if (message instanceof ByteBuf buffer) {
                ByteBuf whole = buffer;
                while (whole.unwrap() != null) {
                    whole = whole.unwrap();
                }
                bytes += whole.capacity() / Math.max(1, whole.refCnt());
            }
            return true;
        }
    }

    @Override
    public void whenTaken(Taken callback) {
        assert inLoop();
        if (!channel.isActive()) {
            callback.taken(false);
        } else if (pendingBytes() == 0) {
            callback.taken(true);
        } else {
            queuePendingShared();
            queued = true;
            // Completes after all pending writes of the channel; TLS preserves the order, too.
            channel.write(Unpooled.EMPTY_BUFFER)
                    .addListener(written -> call(() -> callback.taken(written.isSuccess())));
            scheduleFlush();
        }
    }

    @Override
    public void ping() {
        assert inLoop();
        if (state == SocketState.OPEN) {
            writeControl(FrameWriter.PING, EMPTY);
        }
    }

    @Override
    public boolean heard() {
        assert inLoop();
        boolean before = heard;
        heard = false;
        return before;
    }

    @Override
    public long unfinished() {
        assert inLoop();
        return reader.unfinished();
    }

    @Override
    public void pause() {
        assert inLoop();
        if (state != SocketState.ENDED) {
            paused = true;
            channel.config().setAutoRead(false);
        }
    }

    @Override
    public void resume() {
        assert inLoop();
        if (paused) {
            paused = false;
            channel.config().setAutoRead(true);
            channel.eventLoop().execute(this::resumeReading);
        }
    }

    @Override
    public void close(int code, String reason) {
        assert inLoop();
        if (!ClosePayload.mayBeSent(code)) {
            throw new IllegalArgumentException("code=" + code);
        }
        if (state == SocketState.OPEN) {
            socketEnd = new SocketEnd(EndKind.WE_CLOSED, code, reason);
            state = SocketState.CLOSING;
            reader.discard();
            writeControl(FrameWriter.CLOSE, ClosePayload.of(code, reason));
            setDeadline(options.closeTimeoutMillis(), this::resetTransport);
            resume();
        }
    }

    @Override
    public void abort() {
        assert inLoop();
        if (socketEnd == null) {
            socketEnd = LOST;
        }
        if (state != SocketState.ENDED) {
            state = SocketState.FINISHING;
            resetTransport();
        }
    }

    @Override
    public SocketAddress remoteAddress() {
        SocketAddress client = channel.attr(CLIENT_ADDRESS).get();
        return client == null ? channel.remoteAddress() : client;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof ByteBuf bytes) {
            heard = true;
            if (unread == null) {
                consume(bytes);
            } else {
                addUnread(bytes);
                reportRead(0);
            }
        } else {
            ReferenceCountUtil.release(message); // the last message of the HTTP decoder
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (!writable()) {
            return;
        }
        if (lastPing != null) {
            pong(lastPing);
        }
        call(listener::writable);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslCloseCompletionEvent) {
            Channels.close(channel);
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException || cause instanceof DecoderException) {
            closeTransport();
        } else {
            fault(cause);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        end();
    }

    /** Flushes what was written in this turn; throws nothing, so that other sockets are flushed. */
    void flush() {
        unflushed = false;
        try {
            flushNow();
        } catch (Throwable fault) {
            fault(fault);
        }
    }

    private void flushNow() {
        SharedFrames frames = pendingShared;
        if (frames == null) {
            channel.flush();
            return;
        }
        pendingShared = null;
        try (frames) {
            if (descriptor != null && descriptor.isOpen()) {
                writeThrough(frames);
            }
        }
    }

    /** Queues the pending shared frames before what is written next. */
    private void queuePendingShared() {
        SharedFrames frames = pendingShared;
        if (frames != null) {
            pendingShared = null;
            queued = true;
            Channels.write(channel, frames.share());
            frames.close();
        }
    }

    private void resumeReading() {
        Deque<ByteBuf> buffers = unread;
        while (buffers != null && !buffers.isEmpty() && !isHeldBack()) {
            ByteBuf next = buffers.removeFirst();
            unreadBytes -= next.capacity();
            consume(next);
        }
        if (buffers != null && buffers.isEmpty()) {
            unread = null;
        }
    }

    /** Reads frames from a buffer, then keeps or releases it. */
    private void consume(ByteBuf bytes) {
        int before = bytes.readableBytes();
        try {
            deliver(bytes);
        } finally {
            int left = bytes.readableBytes();
            if (isHeldBack() && left > 0) {
                unread().addFirst(bytes);
                unreadBytes += bytes.capacity();
            } else {
                bytes.release();
            }
            reportRead(before - left);
        }
    }

    private void addUnread(ByteBuf bytes) {
        unread().addLast(bytes);
        unreadBytes += bytes.capacity();
    }

    private Deque<ByteBuf> unread() {
        if (unread == null) {
            unread = new ArrayDeque<>();
        }
        return unread;
    }

    private void dropUnread() {
        Deque<ByteBuf> buffers = unread;
        unread = null;
        unreadBytes = 0;
        while (buffers != null && !buffers.isEmpty()) {
            buffers.removeFirst().release();
        }
    }

    private void reportRead(int read) {
        if (state == SocketState.ENDED) {
            return;
        }
        try {
            listener.read(read, reader.takeFragments(), reader.heldBytes() + unreadBytes);
        } catch (Throwable fault) {
            fault(fault);
        }
    }

    private boolean isHeldBack() {
        return paused && state.compareTo(SocketState.CLOSING) <= 0 && !reachedEnd;
    }

    /** The transport ended while reading was paused: delivers what was read before, up to {@link #LAST_BYTES}. */
    private void deliverUnread() {
        Deque<ByteBuf> buffers = unread;
        reachedEnd = true;
        unread = null;
        int left = LAST_BYTES;
        while (buffers != null && !buffers.isEmpty()) {
            ByteBuf piece = buffers.pollFirst();
            left -= piece.readableBytes();
            if (left >= 0) {
                consume(piece);
            } else {
                piece.release();
            }
        }
    }

    private void deliver(ByteBuf bytes) {
        while (state.compareTo(SocketState.CLOSING) <= 0 && !isHeldBack()) {
            switch (reader.read(bytes)) {
                case NONE -> {
                    return;
                }
                case TEXT -> message(true, reader.take());
                case BINARY -> message(false, reader.take());
                case PING -> {
                    pong(reader.take());
                    control();
                }
                case PONG -> {
                    reader.take();
                    control();
                }
                case CLOSE, VIOLATION -> endReading();
            }
        }
    }

    private void message(boolean text, byte[] payload) {
        if (state != SocketState.OPEN) {
            return;
        }
        try {
            listener.message(text, payload);
        } catch (Throwable fault) {
            fault(fault);
        }
    }

    private void control() {
        try {
            listener.control();
        } catch (Throwable fault) {
            fault(fault);
        }
    }

    /** Answers a ping. While not writable only the newest is kept: RFC 6455 section 5.5.3 requires no more. */
    private void pong(byte[] payload) {
        if (state != SocketState.OPEN) {
            return;
        }
        if (writable()) {
            lastPing = null;
            writeControl(FrameWriter.PONG, payload);
        } else {
            lastPing = payload;
        }
    }

    /** The peer sent its close frame or violated the protocol: answers with a close frame. */
    private void endReading() {
        SocketEnd peerEnd = reader.socketEnd();
        boolean open = state == SocketState.OPEN;
        if (open && peerEnd != null) {
            socketEnd = peerEnd;
            boolean empty = peerEnd.code() == ClosePayload.NO_CODE;
            String reason = peerEnd.endKind() == EndKind.PEER_CLOSED ? "" : peerEnd.reason();
            writeControl(FrameWriter.CLOSE, empty ? EMPTY : ClosePayload.of(peerEnd.code(), reason));
        }
        finish();
        if (open && peerEnd != null) {
            call(() -> listener.ending(peerEnd));
        }
    }

    private void call(Runnable listening) {
        try {
            listening.run();
        } catch (Throwable fault) {
            fault(fault);
        }
    }

    private void fault(Throwable fault) {
        faultReporter.report(fault);
        if (state == SocketState.OPEN) {
            socketEnd = new SocketEnd(EndKind.FAULT, ClosePayload.FAULT, "");
            try {
                writeControl(FrameWriter.CLOSE, ClosePayload.of(ClosePayload.FAULT, ""));
                finish();
            } catch (Throwable again) {
                faultReporter.report(again);
                resetTransport();
            }
        }
    }

    private ByteBuf frame(int opcode, int payloadLength) {
        int length = FrameWriter.headerLength(payloadLength) + payloadLength;
        ByteBuf frame = channel.alloc().directBuffer(length, length);
        FrameWriter.header(frame, opcode, payloadLength);
        return frame;
    }

    private void writeControl(int opcode, byte[] payload) {
        write(frame(opcode, payload.length).writeBytes(payload));
    }

    private void write(ByteBuf bytes) {
        queuePendingShared();
        queued = true;
        Channels.write(channel, options.masked() ? FrameWriter.masked(bytes) : bytes);
        scheduleFlush();
    }

    private void scheduleFlush() {
        if (!unflushed) {
            unflushed = true;
            flushes.add(this);
        }
    }

    /**
     * Sends what is pending, shuts down our direction, and gives the peer {@value #LINGER_MILLIS} ms to close its own.
     */
    private void finish() {
        state = SocketState.FINISHING;
        dropUnread();
        channel.config().setAutoRead(true);
        setDeadline(options.closeTimeoutMillis(), this::resetTransport);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (written.isSuccess()) {
                setDeadline(Math.min(LINGER_MILLIS, options.closeTimeoutMillis()), this::closeTransport);
                shutdownOutput();
            } else {
                closeTransport();
            }
        });
    }

    private void shutdownOutput() {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        DuplexChannel transport = (DuplexChannel) channel;
        if (tls == null) {
            Channels.shutdownOutput(transport);
        } else {
            tls.closeOutbound().addListener(notified -> Channels.shutdownOutput(transport));
        }
    }

    /** Closes the transport; the kernel still sends what it has buffered. */
    private void closeTransport() {
        // Past the TLS handler, which would wait until its close_notify can be written.
        if (channel.isOpen()) {
            Channels.close(channel.pipeline().firstContext());
        }
    }

    /** Resets the transport, so that the kernel drops unsent data at once. */
    private void resetTransport() {
        if (channel.isActive()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        closeTransport();
    }

    private void setDeadline(int millis, Runnable action) {
        cancelDeadline();
        if (state != SocketState.ENDED) {
            deadline = channel.eventLoop().schedule(action, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    private void end() {
        if (state == SocketState.ENDED) {
            return;
        }
        if (state == SocketState.OPEN && unread != null) {
            deliverUnread();
        }
        state = SocketState.ENDED;
        cancelDeadline();
        lastPing = null;
        if (pendingShared != null) {
            pendingShared.close();
            pendingShared = null;
        }
        dropUnread();
        SocketEnd how = socketEnd == null ? LOST : socketEnd;
        call(() -> listener.closed(how));
    }

    private boolean inLoop() {
        return channel.eventLoop().inEventLoop();
    }
}
