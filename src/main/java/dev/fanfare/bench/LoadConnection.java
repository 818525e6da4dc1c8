package dev.fanfare.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket of a driver: from the request for an upgrade to the close. All of it runs on the channel's event loop.
 * Once it is {@link #opened}, its subclass decides when it is ready; then it is expected to stay open until {@link
 * #close}.
 */
abstract class LoadConnection extends ChannelInboundHandlerAdapter implements LoadFrameReader.Sink {

    /** The progress of a connection. */
    enum LoadState {
        DIALLING,
        UPGRADING,
        PREPARING,
        READY,
        CLOSING,
        ENDED
    }

    private static final byte[] NORMAL = {0x03, (byte) 0xE8};
    private static final int MAX_TEXT = 300;
    private static final int LAST_WORDS_MILLIS = 500;

    private final Driver driver;
    private final URI url;
    private final long begun;
    private final long dialled = System.nanoTime();
    private final LoadFrameReader frames = new LoadFrameReader();
    private @Nullable LoadHandshake loadHandshake;
    private @Nullable Channel channel;
    private LoadState loadState = LoadState.DIALLING;
    private @Nullable String closedWith;

    /**
     * @param url of the hub at its node
     * @param begun when it was to be opened, as of {@link System#nanoTime()}
     */
    LoadConnection(Driver driver, URI url, long begun) {
        this.driver = driver;
        this.url = url;
        this.begun = begun;
    }

    /** The request for the upgrade. */
    abstract byte[] request();

    /** The connection is upgraded. */
    abstract void opened();

    /** A text or binary message. */
    abstract void message(ByteBuf bytes, int start, int length) throws ProtocolException;

    final Driver driver() {
        return driver;
    }

    final URI url() {
        return url;
    }

    final boolean ready() {
        return loadState == LoadState.READY;
    }

    /** When opening it began, as of {@link System#nanoTime()}. */
    final long dialled() {
        return dialled;
    }

    /** Everything is done that is needed before it can be used. */
    final void becomeReady() {
        if (loadState == LoadState.PREPARING) {
            loadState = LoadState.READY;
            driver.ready(this, begun);
        }
    }

    /** It has ended, or could not be opened. */
    final void fail(String why) {
        if (loadState == LoadState.ENDED) {
            return;
        }
        LoadState was = loadState;
        loadState = LoadState.ENDED;
        if (channel != null) {
            ChannelFuture unused = channel.close(); // it counts as ended, whatever becomes of the transport
        }
        driver.ended(this, was, why);
    }

    /** Closes with 1000; the server ends the transport. */
    final void close() {
        if (loadState == LoadState.READY || loadState == LoadState.PREPARING) {
            loadState = LoadState.CLOSING;
            send(Frames.CLOSE, NORMAL);
        }
    }

    /** Closes at once. */
    final void abort() {
        if (loadState != LoadState.ENDED) {
            loadState = LoadState.CLOSING;
            fail("aborted");
        }
    }

    final Channel channel() {
        if (channel == null) {
            throw new IllegalStateException("there is no channel yet");
        }
        return channel;
    }

    final void send(int opcode, byte[] payload) {
        ByteBuf frame = channel().alloc().directBuffer(payload.length + Frames.MAX_HEADER);
        Frames.write(frame, opcode, payload);
        write(frame);
    }

    /** Writes and flushes. A failure comes as an exception of the channel. */
    final void write(ByteBuf bytes) {
        ChannelFuture unused = channel().writeAndFlush(bytes, channel().voidPromise());
    }

    final void send(String text) {
        send(Frames.TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Starts the handshake, once that of TLS is done. */
    final void begin(Channel connected) {
        channel = connected;
        if (loadState == LoadState.DIALLING) {
            loadState = LoadState.UPGRADING;
            loadHandshake = new LoadHandshake(driver.plan().endpoints().loadSubprotocol());
            byte[] request = request();
            write(connected.alloc().directBuffer(request.length).writeBytes(request));
        } else {
            ChannelFuture unused = connected.close(); // it has failed already
        }
    }

    @Override
    public final void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            if (loadState == LoadState.UPGRADING && !upgraded(in)) {
                return;
            }
            if (loadState != LoadState.ENDED) {
                frames.read(in, this);
            }
        } catch (ProtocolException e) {
            fail(String.valueOf(e.getMessage()));
        } finally {
            ReferenceCountUtil.release(in);
        }
    }

    private boolean upgraded(ByteBuf in) throws ProtocolException {
        if (loadHandshake == null || !loadHandshake.read(in)) {
            return false;
        }
        loadHandshake = null;
        loadState = LoadState.PREPARING;
        opened();
        return true;
    }

    @Override
    public final void frame(int opcode, ByteBuf bytes, int start, int length) {
        switch (opcode) {
            case Frames.TEXT, Frames.BINARY -> take(bytes, start, length);
            case Frames.PING -> send(Frames.PONG, copy(bytes, start, length));
            case Frames.CLOSE -> closed(bytes, start, length);
            default -> {}
        }
    }

    private void take(ByteBuf bytes, int start, int length) {
        try {
            message(bytes, start, length);
        } catch (ProtocolException e) {
            fail(String.valueOf(e.getMessage()));
        }
    }

    private void closed(ByteBuf bytes, int start, int length) {
        frames.stop();
        if (loadState == LoadState.CLOSING) {
            return; // the answer to ours
        }
        String text = length > 2 ? " " + text(bytes, start + 2, length - 2) : "";
        closedWith = "the server closed with " + (length < 2 ? "no code" : bytes.getUnsignedShort(start) + text);
        send(Frames.CLOSE, copy(bytes, start, Math.min(length, 2)));
    }

    private static byte[] copy(ByteBuf bytes, int start, int length) {
        byte[] copy = new byte[length];
        bytes.getBytes(start, copy);
        return copy;
    }

    static String text(ByteBuf bytes, int start, int length) {
        return bytes.toString(start, Math.min(length, MAX_TEXT), StandardCharsets.UTF_8);
    }

    @Override
    public final void channelInactive(ChannelHandlerContext context) {
        fail(closeReason());
    }

    /** When a write fails, the close frame with the reason may have arrived and not been read. */
    private void broken(Throwable cause) {
        if (loadState == LoadState.READY || loadState == LoadState.PREPARING) {
            closedWith = closedWith == null ? InvalidReason.of(cause) : closedWith;
            driver.timer().after(LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS, () -> fail(closeReason()));
        } else {
            fail(InvalidReason.of(cause));
        }
    }

    private String closeReason() {
        return closedWith == null ? "the server closed the connection without a word" : closedWith;
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException || cause.getCause() instanceof SSLException) {
            broken(cause);
        } else {
            driver.fault(cause);
        }
    }
}
