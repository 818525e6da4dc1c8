package dev.fanfare.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundInvoker;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

/**
 * Operations on channels whose futures are not needed, because the handlers of the channel see every outcome: a channel that
 * has ended fires {@code channelInactive}, a failed write {@code exceptionCaught}.
 */
final class Channels {

    private Channels() {}

    /** Writes without a promise of its own. A failure fires {@code exceptionCaught}. */
    static void write(Channel channel, Object message) {
        ChannelFuture unused = channel.write(message, channel.voidPromise());
    }

    /** Closes a channel, from a context on if given one. Netty deregisters a channel even where the close itself fails. */
    static void close(ChannelOutboundInvoker channel) {
        ChannelFuture unused = channel.close();
    }

    /** Ends our direction. This fails only if the channel has ended; callers close it if the peer does not end its own in time. */
    static void shutdownOutput(DuplexChannel channel) {
        ChannelFuture unused = channel.shutdownOutput();
    }

    /** Sends the close_notify of TLS. This fails only if the channel has ended, as {@link #shutdownOutput} does. */
    static void closeOutbound(SslHandler tls) {
        ChannelFuture unused = tls.closeOutbound();
    }
}
