package dev.fanfare.socket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Turns a connection that Vert.x opened into a {@link Socket} on the client side, the counterpart of {@link Upgrade}:
 * sends the request, checks the response as strictly as RFC 6455 section 4.1 requires, and takes over the channel.
 * Confined to the connection's event loop. There is no time limit here: the caller calls {@link #abandon} when the
 * server takes too long.
 */
public final class Dial {

    private static final String CODEC = "codec";
    private static final String ANSWER = "answer";
    private static final String SOCKET = "socket";
    private static final int MAX_LINE = 4096;
    private static final int MAX_HEADERS = 16_384;
    private static final int EARLY_HINTS = 103;
    private static final int SWITCHING = 101;
    private static final int KEY_BYTES = 16;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final SecureRandom KEYS = new SecureRandom();

    private final Channel channel;
    private final DialRequest request;
    private final String key;
    private final Consumer<DialAnswer> listener;
    private final AnswerReader answerReader = new AnswerReader();
    private boolean answered;

    private Dial(Channel channel, DialRequest request, Consumer<DialAnswer> listener) {
        byte[] bytes = new byte[KEY_BYTES];
        KEYS.nextBytes(bytes);
        this.channel = channel;
        this.request = request;
        this.key = Base64.getEncoder().encodeToString(bytes);
        this.listener = listener;
    }

    /**
     * Sends the upgrade request. Call it on the event loop as soon as the connection is established; all other handlers
     * are removed from its pipeline.
     *
     * @param listener receives the response, once, asynchronously, and never if the dial is abandoned. After anything
     *     but {@link DialAnswer.Accepted} the connection is closed.
     */
    public static Dial start(NetSocket connection, DialRequest request, Consumer<DialAnswer> listener) {
        Channel channel =
                ((NetSocketInternal) connection).channelHandlerContext().channel();
        assert channel.eventLoop().inEventLoop();
        Dial dial = new Dial(channel, request, listener);
        dial.sendRequest();
        return dial;
    }

    private void sendRequest() {
        ChannelPipeline pipeline = channel.pipeline();
        for (ChannelHandler last = pipeline.last();
                last != null && !(last instanceof SslHandler);
                last = pipeline.last()) {
            pipeline.removeLast();
        }
        HttpDecoderConfig limits =
                new HttpDecoderConfig().setMaxInitialLineLength(MAX_LINE).setMaxHeaderSize(MAX_HEADERS);
        pipeline.addLast(CODEC, new HttpClientCodec(limits, false, false)).addLast(ANSWER, answerReader);
        channel.config().setAutoRead(true);
        if (channel.isActive()) {
            channel.writeAndFlush(message()).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
        } else {
            channel.eventLoop().execute(() -> answer(new DialAnswer.Lost()));
        }
    }

    private FullHttpRequest message() {
        FullHttpRequest message = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, request.target());
        HttpHeaders headers = message.headers();
        headers.set("Host", request.host())
                .set("Upgrade", "websocket")
                .set("Connection", "Upgrade")
                .set("Sec-WebSocket-Version", "13")
                .set("Sec-WebSocket-Key", key);
        if (!request.subprotocols().isEmpty()) {
            headers.set("Sec-WebSocket-Protocol", String.join(", ", request.subprotocols()));
        }
        for (Map.Entry<String, String> header : request.headers()) {
            headers.add(header.getKey(), header.getValue());
        }
        return message;
    }

    /**
     * Opens the socket of a dial that was accepted. Call it at most once.
     *
     * @param options of a client, without an inflater
     * @param faultReporter receives what the listener throws
     * @param listener creates the socket's listener; may already write. The listener is not called before this method
     *     returns. What the function throws ends the connection and is rethrown.
     */
    public Socket open(SocketOptions options, FaultReporter faultReporter, Function<Socket, Socket.Listener> listener) {
        assert channel.eventLoop().inEventLoop();
        channel.config()
                .setWriteBufferWaterMark(new WriteBufferWaterMark(
                        options.waterMarks().low(), options.waterMarks().high()));
        ChannelPipeline pipeline = channel.pipeline();
        boolean attached = pipeline.get(ANSWER) != null; // else the transport has ended, which the socket detects
        if (attached) {
            pipeline.remove(CODEC);
        }
        NettySocket socket;
        try {
            socket = new NettySocket(channel, options, faultReporter, listener);
        } catch (RuntimeException | Error fault) {
            abandon(); // nothing else owns it now
            throw fault;
        }
        if (attached) {
            pipeline.replace(ANSWER, SOCKET, socket);
            channel.config().setAutoRead(true);
        }
        socket.start(answerReader.bytes);
        return socket;
    }

    /** Closes the connection. The listener is not called any more. */
    public void abandon() {
        answered = true;
        Channels.close(channel);
    }

    private void answer(DialAnswer answer) {
        if (answered) {
            return;
        }
        answered = true;
        if (!(answer instanceof DialAnswer.Accepted)) {
            Channels.close(channel);
        }
        listener.accept(answer);
    }

    private DialAnswer read(HttpResponse response) {
        if (response.decoderResult().isFailure()) {
            return new DialAnswer.Invalid("the answer is no HTTP, or too long");
        }
        int status = response.status().code();
        String location = response.headers().get("Location");
        if (REDIRECTS.contains(status) && location != null) {
            return new DialAnswer.Redirected(location);
        }
        return status == SWITCHING ? check(response.headers()) : new DialAnswer.Refused(status);
    }

    private DialAnswer check(HttpHeaders headers) {
        List<String> accepts = headers.getAll("Sec-WebSocket-Accept");
        List<String> subprotocols = headers.getAll("Sec-WebSocket-Protocol");
        if (!headers.containsValue("Upgrade", "websocket", true)) {
            return new DialAnswer.Invalid("the answer does not upgrade to websocket");
        }
        if (!headers.containsValue("Connection", "Upgrade", true)) {
            return new DialAnswer.Invalid("the answer does not say Connection: Upgrade");
        }
        if (accepts.size() != 1 || !accepts.get(0).equals(AcceptKey.of(key))) {
            return new DialAnswer.Invalid("Sec-WebSocket-Accept does not belong to our key");
        }
        if (headers.contains("Sec-WebSocket-Extensions")) {
            return new DialAnswer.Invalid("an extension was chosen that was not offered");
        }
        if (subprotocols.size() > 1
                || (!subprotocols.isEmpty() && !request.subprotocols().contains(subprotocols.get(0)))) {
            return new DialAnswer.Invalid("a subprotocol was chosen that was not offered");
        }
        return new DialAnswer.Accepted(subprotocols.isEmpty() ? null : subprotocols.get(0));
    }

    /** Waits for the response and keeps the bytes that follow it. */
    private final class AnswerReader extends ChannelInboundHandlerAdapter {

        private final Queue<ByteBuf> bytes = new ArrayDeque<>();
        private @Nullable HttpResponse seen;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof ByteBuf early) {
                bytes.add(early);
                return;
            }
            if (seen == null && message instanceof HttpResponse response && !isInterim(response)) {
                seen = response;
                DialAnswer answer = read(response);
                if (answer instanceof DialAnswer.Accepted) {
                    context.channel().config().setAutoRead(false);
                }
                // Later: the decoder must finish with its buffer before it can be removed.
                context.channel().eventLoop().execute(() -> answer(answer));
            }
            ReferenceCountUtil.release(message);
        }

        private static boolean isInterim(HttpResponse response) {
            int status = response.status().code();
            return status >= 100 && status <= EARLY_HINTS && status != SWITCHING;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            answer(new DialAnswer.Lost());
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            answer(new DialAnswer.Lost());
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext context) {
            if (!context.channel().isActive()) {
                bytes.forEach(ByteBuf::release);
                bytes.clear();
            }
        }
    }
}
