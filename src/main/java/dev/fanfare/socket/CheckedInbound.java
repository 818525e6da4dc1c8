package dev.fanfare.socket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/** Passes on what an {@link InboundCheck} accepts, unchanged, and closes the connection when it does not. */
final class CheckedInbound extends ChannelInboundHandlerAdapter {

    private final InboundCheck check;
    private boolean refused;

    CheckedInbound(InboundCheck check) {
        this.check = check;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!refused && message instanceof ByteBuf bytes && !accepts(bytes)) {
            refused = true;
            check.refused(peer(context.channel().remoteAddress()));
            context.channel().unsafe().close(context.channel().voidPromise());
        }
        if (refused) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    private boolean accepts(ByteBuf bytes) {
        for (ByteBuffer part : bytes.nioBuffers()) {
            if (!check.accepts(part)) {
                return false;
            }
        }
        return true;
    }

    private static String peer(SocketAddress address) {
        return address instanceof InetSocketAddress peer
                ? NetUtil.toSocketAddressString(peer)
                : String.valueOf(address);
    }
}
