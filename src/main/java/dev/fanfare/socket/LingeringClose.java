package dev.fanfare.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection so that its client can read the last response (RFC 9112 section 9.6). Closing with unread bytes
 * would reset the connection, and the client could lose the response. So the output is shut down, what the client still
 * sends is dropped undecoded, and the connection is closed when the client closes it, {@value #MILLIS} ms after the
 * response, or after {@value #BYTES} bytes. Confined to the channel's event loop; see
 * {@code src/docs/decisions/0030-one-request-at-a-time.md}.
 */
final class LingeringClose extends ChannelInboundHandlerAdapter {

    /** The most bytes to drop: twice the largest body of the default configuration. */
    static final int BYTES = 2 * 1024 * 1024;

    /** How long to wait for the client to close, once everything has been sent. */
    static final long MILLIS = 2000;

    /** How long the client may take to receive everything. */
    private static final long UNSENT_MILLIS = 10_000;

    private int left = BYTES;
    private Future<?> timer;

    private LingeringClose(Channel channel) {
        timer = closeAfter(channel, UNSENT_MILLIS);
    }

    /** Starts the close after everything already written. Call it once, on the event loop of the channel. */
    static void begin(Channel channel) {
        LingeringClose rest = new LingeringClose(channel);
        channel.pipeline().addFirst(rest); // in front of TLS, so that nothing is decrypted either
        channel.config().setAutoRead(true);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> rest.sent(channel));
    }

    private static Future<?> closeAfter(Channel channel, long millis) {
        // From the first context, past the handlers that turn a close into a lingering one.
        return channel.eventLoop()
                .schedule(() -> Channels.close(channel.pipeline().firstContext()), millis, TimeUnit.MILLISECONDS);
    }

    private void sent(Channel channel) {
        timer.cancel(false);
        if (!channel.isActive()) {
            return;
        }
        timer = closeAfter(channel, MILLIS);
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            Channels.closeOutbound(tls);
        } else if (channel instanceof DuplexChannel duplex) {
            Channels.shutdownOutput(duplex);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        left -= message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
        ReferenceCountUtil.release(message);
        if (left < 0) {
            Channels.close(context);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        timer.cancel(false);
        context.fireChannelInactive();
    }
}
