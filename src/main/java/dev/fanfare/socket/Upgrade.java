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
 * Turns a Vert.x HTTP request into a {@link Socket} that owns the connection's channel. After {@link #accept} nothing
 * of Vert.x's HTTP server is left in the channel, so that its objects become garbage. Confined to the connection's
 * event loop; see {@code src/docs/decisions/0002-channel-taken-over.md}.
 *
 * <p>{@code HttpServerRequest.toNetSocket()} is not used: it passes what a client sent right after its request to the
 * HTTP handler, which drops it; and during authentication the HTTP decoder would parse such bytes as the next request.
 * So the decoder is removed from the channel first.
 *
 * <p>Create the server with {@code setHttp2ClearTextEnabled(false)}: its handler for clear-text HTTP/2 removes itself
 * from the channel and fails if it is already gone.
 */
public final class Upgrade {

    static final String DECODER = "httpDecoder";
    private static final String HELD = "held";
    private static final String SOCKET = "socket";
    private static final UpgradeRequest.Valid NOTHING = new UpgradeRequest.Valid("", List.of(), null);

    /** Bytes held before the response, above which reading stops and the rest stays in the kernel. */
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
     * Stops reading HTTP from the connection of a request, which becomes its last one. Call it from the request handler
     * itself, before anything asynchronous; from then on the client's bytes are held for the socket. Then either call
     * {@link #accept} or respond to the request normally: that response closes the connection.
     */
    public static Upgrade hold(HttpServerRequest request, UpgradeRequest.Valid valid) {
        Upgrade upgrade =
                new Upgrade(connection(request).channelHandlerContext().channel(), valid);
        upgrade.leaveHttp(request);
        return upgrade;
    }

    /**
     * Makes a request that will be refused the last one of its connection: what the client sent after it is not parsed,
     * and the response closes the connection. Does nothing if the request is already held.
     */
    public static void forgo(HttpServerRequest request) {
        Channel channel = connection(request).channelHandlerContext().channel();
        if (channel.pipeline().get(DECODER) != null) {
            new Upgrade(channel, NOTHING).leaveHttp(request);
        }
    }

    /** Whether bytes are held that arrived after an upgrade request. */
    static boolean holds(Channel channel) {
        return channel.pipeline().get(HELD) instanceof HeldBytes held && held.count > 0;
    }

    /** The only Vert.x type that exposes the channel before the decoder has passed on its buffered messages. */
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

    /** Sets the address of the client; by default it is that of the transport. */
    public void clientAddress(InetAddress client) {
        if (channel.remoteAddress() instanceof InetSocketAddress peer && !client.equals(peer.getAddress())) {
            channel.attr(NettySocket.CLIENT_ADDRESS).set(new InetSocketAddress(client, 0));
        }
    }

    /** Whether the client offers compression that we support. */
    public boolean offersDeflate() {
        return request.deflate() != null;
    }

    /**
     * Whether the client is still connected and waiting for the response, as far as is known. Call it on the
     * connection's event loop.
     */
    public boolean pending() {
        assert channel.eventLoop().inEventLoop();
        return channel.isActive() && channel.pipeline().get(HELD) != null;
    }

    /**
     * Responds with 101 and opens the socket. Call it on the connection's event loop, at most once, and do not use the
     * request afterwards.
     *
     * @param subprotocol named in the response, null for none
     * @param options with an inflater only if the request offers compression
     * @param faultReporter receives what the listener throws
     * @param listener creates the socket's listener; may already write. The listener is not called before this method
     *     returns. What the function throws ends the connection and is rethrown.
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
                .setWriteBufferWaterMark(new WriteBufferWaterMark(
                        options.waterMarks().low(), options.waterMarks().high()));
        channel.config().setAutoRead(true);
        Channels.write(channel, answer(subprotocol, options.inflater() != null));
        NettySocket socket;
        try {
            socket = new NettySocket(channel, options, faultReporter, listener);
        } catch (RuntimeException | Error fault) {
            Channels.close(channel); // nothing else owns it now
            throw fault;
        }
        pipeline.replace((ChannelHandler) held, SOCKET, socket);
        socket.start(held.bytes);
        return socket;
    }

    /**
     * Responds with 101 and a close frame, and closes the connection without waiting for the client: it never becomes a
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

    /** All handlers after the decoder belong to the HTTP server, idle handler included; TLS comes before it. */
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
     * Replaces the HTTP decoder and holds bytes that are no longer HTTP. They count with incomplete request heads until
     * the socket takes them, since the client may not be authenticated yet.
     */
    static final class HeldBytes extends ChannelInboundHandlerAdapter implements RequestHeads.HeadHolder {

        private final Queue<ByteBuf> bytes = new ArrayDeque<>();
        private final @Nullable RequestHeads heads;
        private @Nullable ChannelHandlerContext context;
        private int count;

        /** @param heads counts the bytes; null for no counting */
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
                Channels.close(context);
                return;
            }
            bytes.add(piece);
            count += piece.capacity(); // a few bytes retain all of it
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
        public void evict() {
            if (context != null) {
                Channels.close(context);
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
