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
 * Closes a connection so that its client can read the last answer (RFC 9112 section 9.6): nothing more is sent, what the
 * client still sends is dropped as the bytes that it is, and the connection is closed when the client closes it,
 * {@value #MILLIS} ms after the answer, or after {@value #BYTES} bytes. A connection that is closed with bytes unread is reset, which may
 * take the answer from the client.
 */
final class LingeringClose extends ChannelInboundHandlerAdapter {

    /** Dropped at most, twice the largest body of the default configuration. */
    static final int BYTES = 2 * 1024 * 1024;

    /** How long we wait for the client to close, once it was sent everything. */
    static final long MILLIS = 2000;

    /** How long the client may take to receive everything. */
    private static final long UNSENT_MILLIS = 10_000;

    private int left = BYTES;
    private Future<?> timer;

    private LingeringClose(Channel channel) {
        timer = closeAfter(channel, UNSENT_MILLIS);
    }

    /** Begins it, behind everything that was written. Call it on the event loop of the channel, once. */
    static void begin(Channel channel) {
        LingeringClose rest = new LingeringClose(channel);
        channel.pipeline().addFirst(rest); // in front of TLS, so that nothing is decrypted either
        channel.config().setAutoRead(true);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> rest.sent(channel));
    }

    private static Future<?> closeAfter(Channel channel, long millis) {
        // Past the handlers for which a close is one that lingers.
        return channel.eventLoop()
                .schedule(() -> channel.pipeline().firstContext().close(), millis, TimeUnit.MILLISECONDS);
    }

    private void sent(Channel channel) {
        timer.cancel(false);
        if (!channel.isActive()) {
            return;
        }
        timer = closeAfter(channel, MILLIS);
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.closeOutbound();
        } else if (channel instanceof DuplexChannel duplex) {
            duplex.shutdownOutput();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        left -= message instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
        ReferenceCountUtil.release(message);
        if (left < 0) {
            context.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        timer.cancel(false);
        context.fireChannelInactive();
    }
}
