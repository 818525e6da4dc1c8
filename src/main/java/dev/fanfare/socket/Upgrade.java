package dev.fanfare.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The way from a Vert.x HTTP request to a {@link Socket} that owns the connection's channel. After {@link #accept} nothing
 * of Vert.x's HTTP server is left in the channel, so that its objects become garbage.
 *
 * <p>{@code HttpServerRequest.toNetSocket()} is not used: it hands what a client sent right behind its request to the HTTP
 * handler, which drops it; and while a request is being authenticated the HTTP decoder would try to read such bytes as
 * the next request. So the decoder leaves the channel first.
 *
 * <p>The server is to be made with {@code setHttp2ClearTextEnabled(false)}: its handler for clear-text HTTP/2 leaves the
 * channel by itself and complains when it is gone already.
 */
public final class Upgrade {

    static final String DECODER = "httpDecoder";
    private static final String HELD = "held";
    private static final String SOCKET = "socket";
    private static final UpgradeRequest.Valid NOTHING = new UpgradeRequest.Valid("", List.of(), null);

    /** Bytes a client may send before the answer; more stay in the kernel. */
    private static final int HELD_BYTES = 16_384;

    private final Channel channel;
    private final UpgradeRequest.Valid request;
    private final HeldBytes held;

    private Upgrade(Channel channel, UpgradeRequest.Valid request) {
        this.channel = channel;
        this.request = request;
        this.held = new HeldBytes(
                channel.pipeline().get(DECODER) instanceof RequestDecoder decoder ? decoder.heads() : null);
    }

    /**
     * Stops reading HTTP from the connection of a request, which makes it the last one. Call it from the request handler
     * itself, before anything asynchronous; from then on bytes of the client are kept for the socket. Then either
     * {@link #accept} or answer the request as any other: that answer closes the connection.
     */
    public static Upgrade hold(HttpServerRequest request, UpgradeRequest.Valid valid) {
        Upgrade upgrade =
                new Upgrade(connection(request).channelHandlerContext().channel(), valid);
        upgrade.leaveHttp(request);
        return upgrade;
    }

    /**
     * Makes a request that is going to be refused the last one of its connection: what the client sent behind it is not
     * looked at, and the answer closes the connection. Does nothing if the request is held already.
     */
    public static void forgo(HttpServerRequest request) {
        Channel channel = connection(request).channelHandlerContext().channel();
        if (channel.pipeline().get(DECODER) != null) {
            new Upgrade(channel, NOTHING).leaveHttp(request);
        }
    }

    /** Whether bytes are held that were sent behind a request to upgrade. */
    static boolean holds(Channel channel) {
        return channel.pipeline().get(HELD) instanceof HeldBytes held && held.count > 0;
    }

    /** The only type of Vert.x's that gives the channel before the decoder has passed on what it holds. */
    private static HttpServerConnection connection(HttpServerRequest request) {
        return (HttpServerConnection) request.connection();
    }

    private void leaveHttp(HttpServerRequest request) {
        assert channel.eventLoop().inEventLoop();
        channel.pipeline().replace(DECODER, HELD, held);
        request.response()
                .putHeader("Connection", "close")
                .endHandler(answered -> connection(request).close());
    }

    /** Says where the client is; without it, where its transport leads. */
    public void clientAddress(InetAddress client) {
        if (channel.remoteAddress() instanceof InetSocketAddress peer && !client.equals(peer.getAddress())) {
            channel.attr(NettySocket.CLIENT_ADDRESS).set(new InetSocketAddress(client, 0));
        }
    }

    /** Whether the client offers compression of a kind that we know. */
    public boolean offersDeflate() {
        return request.deflate() != null;
    }

    /** Whether the client is still there, as far as is known. Call it on the connection's event loop. */
    public boolean pending() {
        assert channel.eventLoop().inEventLoop();
        return channel.isActive() && channel.pipeline().get(HELD) != null;
    }

    /**
     * Answers 101 and opens the socket. Call it on the connection's event loop, at most once, and do not use the request
     * after it.
     *
     * @param subprotocol what the answer names, null for none
     * @param options with an inflater only if the request offers compression
     * @param faultReporter told of what the listener throws
     * @param listener makes the socket's listener; may write already. The listener is not called before this method
     *     returned. What it throws ends the connection and is thrown on.
     * @throws IllegalArgumentException if the subprotocol is no token
     */
    public Socket accept(
            @Nullable String subprotocol,
            SocketOptions options,
            FaultReporter faultReporter,
            Function<Socket, Socket.Listener> listener) {
        assert channel.eventLoop().inEventLoop();
        if (subprotocol != null && !UpgradeRequest.isToken(subprotocol)) {
            throw new IllegalArgumentException("The subprotocol is no token");
        }
        ChannelPipeline pipeline = channel.pipeline();
        if (pipeline.get(HELD) == null) {
            throw new IllegalStateException("The upgrade is over");
        }
        removeHttp(pipeline);
        channel.config()
                .setWriteBufferWaterMark(new WriteBufferWaterMark(options.writeLowWater(), options.writeHighWater()));
        channel.config().setAutoRead(true);
        channel.write(answer(subprotocol, options.inflater() != null), channel.voidPromise());
        NettySocket socket;
        try {
            socket = new NettySocket(channel, options, faultReporter, listener);
        } catch (RuntimeException | Error fault) {
            channel.close(); // it has no other owner any more
            throw fault;
        }
        pipeline.replace((ChannelHandler) held, SOCKET, socket);
        socket.start(held.bytes);
        return socket;
    }

    /**
     * Answers 101, says why nothing follows, and closes the connection without waiting for the client: it never becomes a
     * socket. Call it as {@link #accept}.
     */
    public void turnAway(@Nullable String subprotocol, int code, String reason) {
        assert channel.eventLoop().inEventLoop();
        if (pending()) {
            removeHttp(channel.pipeline());
            byte[] text = reason.getBytes(StandardCharsets.UTF_8);
            ByteBuf bytes = answer(subprotocol, false);
            FrameWriter.header(bytes, FrameWriter.CLOSE, Short.BYTES + text.length);
            bytes.writeShort(code).writeBytes(text);
            channel.writeAndFlush(bytes).addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** What stands behind the decoder belongs to the HTTP server, idle handler included; TLS stands before it. */
    private void removeHttp(ChannelPipeline pipeline) {
        while (pipeline.last() != held) {
            pipeline.removeLast();
        }
    }

    private ByteBuf answer(@Nullable String subprotocol, boolean deflate) {
        StringBuilder head = new StringBuilder(192)
                .append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
                .append("Sec-WebSocket-Accept: ")
                .append(request.accept())
                .append("\r\n");
        if (subprotocol != null) {
            head.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
        }
        if (deflate) {
            head.append("Sec-WebSocket-Extensions: ").append(request.deflate()).append("\r\n");
        }
        return ByteBufUtil.writeAscii(channel.alloc(), head.append("\r\n"));
    }

    /**
     * Stands where the HTTP decoder stood and keeps what would have been HTTP no more. It counts with the heads that are not
     * complete, since its client is a stranger as well, until the socket takes it.
     */
    static final class HeldBytes extends ChannelInboundHandlerAdapter implements RequestHeads.Holder {

        private final Queue<ByteBuf> bytes = new ArrayDeque<>();
        private final @Nullable RequestHeads heads;
        private @Nullable ChannelHandlerContext context;
        private int count;

        /** @param heads what counts the bytes; null for none */
        HeldBytes(@Nullable RequestHeads heads) {
            this.heads = heads;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof ByteBuf piece) {
                hold(context, piece);
            } else {
                context.fireChannelRead(message);
            }
        }

        private void hold(ChannelHandlerContext context, ByteBuf piece) {
            if (!context.channel().isActive()) {
                piece.release();
                context.close();
                return;
            }
            bytes.add(piece);
            count += piece.capacity(); // of which a few bytes hold all
            if (heads != null && !heads.hold(this, count)) {
                return;
            }
            if (count > HELD_BYTES) {
                context.channel().config().setAutoRead(false);
            }
        }

        @Override
        public void handlerAdded(ChannelHandlerContext added) {
            context = added;
        }

        @Override
        public void giveWay() {
            if (context != null) {
                context.close();
            }
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext context) {
            if (heads != null) {
                heads.hold(this, 0);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            release();
            context.fireChannelInactive();
        }

        private void release() {
            for (ByteBuf piece = bytes.poll(); piece != null; piece = bytes.poll()) {
                piece.release();
            }
        }
    }
}
