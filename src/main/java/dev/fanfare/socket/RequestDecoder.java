package dev.fanfare.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandler;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.impl.http1.VertxHttpRequestDecoder;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decodes requests as strictly as RFC 9112 requires where Netty and Vert.x are lenient: exactly one valid Host header
 * (section 3.2), no folded headers or trailers (section 5.2), no header without a name, no version but 1.1 and 1.0. A
 * proxy in front may read such requests differently. An invalid request is passed on as one that failed to decode, and
 * nothing after it is read.
 *
 * <p>Decodes one request at a time: no body before it is requested, no further request before the response. So nothing
 * piles up after this handler, where a request costs many times its bytes and is not counted. Decoding resumes in a
 * later turn of the event loop, for a few connections per turn ({@link RequestHeads#later}).
 *
 * <p>A response sent before the body was read, or one that closes the connection, is the last: what follows is dropped
 * and never decoded, see {@link LingeringClose}. Only a short body with a length, or one that has arrived completely,
 * is read after the response, and the connection is kept.
 *
 * <p>Confined to the event loop. Why: {@code src/docs/decisions/0017-http-read-strictly.md} and
 * {@code src/docs/decisions/0030-one-request-at-a-time.md}.
 */
final class RequestDecoder extends VertxHttpRequestDecoder implements RequestHeads.HeadHolder {

    /** Undecoded bytes above which reading from the connection stops. */
    static final int UNREAD_BYTES = 1024;

    private static final Set<HttpVersion> VERSIONS = Set.of(HttpVersion.HTTP_1_1, HttpVersion.HTTP_1_0);

    private final RequestHeads heads;

    private @Nullable ChannelHandlerContext context;

    /** Whether decoding is suspended until the body is requested or the response is sent. */
    private boolean waiting;

    /** Whether {@link #decodeRest} is scheduled. */
    private boolean decodeScheduled;

    private boolean inBody;

    /** In bytes; -1 if the body is chunked, or perhaps never sent (100-continue). */
    private long bodyLength;

    private boolean keepAlive;
    private boolean answered;

    /** Whether the response being written is the last one. */
    private boolean lastAnswer;

    private boolean lingering;
    private int refusals;
    private boolean notReading;

    /** Bytes that {@link #heads} counts for this connection. */
    private int held;

    /** True before a request and until the end of its headers. */
    private boolean inHead = true;

    private boolean begun;
    private boolean atLineStart;
    private boolean folded;
    private boolean refused;

    /** Bytes consumed since the last decoded message; Netty keeps the lines they form. */
    private int taken;

    /** Why a request is refused. Has no stack trace, since unauthenticated clients cause it. */
    static final class Malformed extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }

        @Override
        @SuppressWarnings("UnsynchronizedOverridesSynchronized")
        public Throwable fillInStackTrace() {
            return this;
        }
    }

    RequestDecoder(Http1ServerConfig config, RequestHeads heads) {
        super(config);
        this.heads = heads;
    }

    /** Counts the bytes held for this connection before its client is authenticated. */
    RequestHeads heads() {
        return heads;
    }

    /** Counts a request that was refused without authentication; returns the number of consecutive ones. */
    int refused() {
        return ++refusals;
    }

    /** Resets the count of refused requests. */
    void resetRefusals() {
        refusals = 0;
    }

    /** A handler after the encoder that detects the end of each response. */
    ChannelOutboundHandler answers() {
        return new Answers();
    }

    private final class Answers extends ChannelOutboundHandlerAdapter {

        @Override
        public void write(ChannelHandlerContext at, Object message, ChannelPromise promise) throws Exception {
            boolean head = message instanceof HttpResponse response && begins(response);
            boolean interim = message instanceof HttpResponse && !head;
            super.write(at, message, promise);
            if (message instanceof LastHttpContent && !interim) {
                ended(at.channel());
            }
        }

        /** The HTTP server closes after its last response, unaware of what is still to be read. */
        @Override
        public void close(ChannelHandlerContext at, ChannelPromise promise) throws Exception {
            if (lingering) {
                at.channel().closeFuture().addListener(closed -> promise.trySuccess());
            } else {
                super.close(at, promise);
            }
        }
    }

    /** Returns false for an interim response. */
    private boolean begins(HttpResponse answer) {
        if (answer.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            return false;
        }
        if (isDecoding() && inBody && !isBodyReadAnyway()) {
            answer.headers().set(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        lastAnswer = !keepAlive || answer.headers().containsValue(HttpHeaders.CONNECTION, HttpHeaders.CLOSE, true);
        return true;
    }

    private void ended(Channel channel) {
        answered = true;
        if (!lastAnswer) {
            proceed(false);
            return;
        }
        refused = true;
        boolean unread = inBody || (isDecoding() ? notReading || actualReadableBytes() > 0 : Upgrade.holds(channel));
        if (!lingering && (unread || (isDecoding() && keepAlive))) {
            lingering = true;
            LingeringClose.begin(channel);
            if (context != null && isDecoding()) {
                scheduleDecoding(context, false);
            }
        }
    }

    private boolean isDecoding() {
        return context != null && !context.isRemoved();
    }

    private boolean isBodyReadAnyway() {
        return waiting && bodyLength >= 0 && bodyLength <= Math.max(UNREAD_BYTES, actualReadableBytes());
    }

    /** Resumes decoding with the body, if there is one. */
    void readBody() {
        if (inBody) {
            proceed(true);
        }
    }

    private void proceed(boolean toBody) {
        if (!waiting || context == null) {
            return;
        }
        if (!notReading && actualReadableBytes() == 0) {
            waiting = false;
        } else {
            scheduleDecoding(context, toBody);
        }
    }

    /**
     * Schedules decoding in a later turn: not reentrantly from a handler of the messages, and fair to other
     * connections.
     */
    private void scheduleDecoding(ChannelHandlerContext own, boolean toBody) {
        if (!decodeScheduled) {
            decodeScheduled = true;
            heads.later(own.executor(), () -> decodeRest(own), toBody);
        }
    }

    private void decodeRest(ChannelHandlerContext own) {
        decodeScheduled = false;
        if (own.isRemoved()) {
            return;
        }
        waiting = false;
        if (notReading) {
            notReading = false;
            own.channel().config().setAutoRead(true);
        }
        try {
            channelRead(own, Unpooled.EMPTY_BUFFER);
            channelReadComplete(own);
        } catch (Exception e) {
            own.fireExceptionCaught(e);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) throws Exception {
        if (notReading) {
            context.fireChannelReadComplete(); // the decoder would read, since it produced nothing
        } else {
            super.channelReadComplete(context);
        }
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf buffer, List<Object> out) throws Exception {
        if (refused) {
            buffer.skipBytes(buffer.readableBytes());
            hold(0);
            return;
        }
        if (waiting) {
            holdUndecoded(context, buffer);
            return;
        }
        int from = buffer.readerIndex();
        int before = out.size();
        super.decode(context, buffer, out);
        if (inHead) {
            scan(buffer, from, buffer.readerIndex());
        } else if (out.size() == before) {
            scanTrailers(buffer, from, buffer.readerIndex()); // or the size line of a chunk
        } else if (out.get(before) instanceof LastHttpContent end
                && !end.content().isReadable()) {
            scanTrailers(buffer, from, buffer.readerIndex());
            if (folded && end.decoderResult().isSuccess()) {
                out.set(before, broken("a trailer must not be folded over several lines"));
            }
        }
        for (int i = before; i < out.size(); i++) {
            decoded(out.get(i));
        }
        if (out.size() > before) {
            taken = 0;
            hold(0); // the rest of the buffer is decoded at once, in another call
        } else {
            taken += begun ? buffer.readerIndex() - from : 0;
            // An incomplete line stays in the buffer, and a few bytes retain all of it.
            hold(taken + (buffer.isReadable() ? buffer.capacity() : 0));
        }
    }

    private void holdUndecoded(ChannelHandlerContext context, ByteBuf buffer) {
        hold(buffer.capacity());
        if (buffer.readableBytes() > UNREAD_BYTES && !notReading) {
            notReading = true;
            context.channel().config().setAutoRead(false);
        }
    }

    private void decoded(Object message) {
        if (message instanceof HttpRequest request) {
            String problem = request.decoderResult().isSuccess() ? problem(request) : null;
            if (problem != null) {
                request.setDecoderResult(DecoderResult.failure(new Malformed(problem)));
            }
            inHead = false;
            folded = false;
            inBody = true;
            bodyLength = HttpUtil.is100ContinueExpected(request) || HttpUtil.isTransferEncodingChunked(request)
                    ? -1
                    : HttpUtil.getContentLength(request, -1L);
            keepAlive = HttpUtil.isKeepAlive(request);
            answered = false;
            waiting = true;
        }
        if (message instanceof HttpObject object && object.decoderResult().isFailure()) {
            refused = true;
        }
        if (message instanceof LastHttpContent) {
            inHead = true;
            begun = false;
            atLineStart = false;
            folded = false;
            inBody = false;
            waiting = !answered;
        }
    }

    private static LastHttpContent broken(String problem) {
        LastHttpContent end = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
        end.setDecoderResult(DecoderResult.failure(new Malformed(problem)));
        return end;
    }

    private @Nullable String problem(HttpRequest request) {
        if (!VERSIONS.contains(request.protocolVersion())) {
            request.setProtocolVersion(HttpVersion.HTTP_1_1); // for the response
            return "HTTP/1.1 is needed, or HTTP/1.0";
        }
        if (folded) {
            return "a header must not be folded over several lines";
        }
        if (request.headers().contains("")) {
            return "A header without a name";
        }
        List<String> codings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
        if (codings.size() > 1
                || (codings.size() == 1 && !codings.get(0).strip().equalsIgnoreCase("chunked"))) {
            return "No Transfer-Encoding but chunked is known"; // RFC 9112 section 6.1
        }
        List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
        boolean optional = !request.protocolVersion().equals(HttpVersion.HTTP_1_1);
        boolean one = hosts.size() == 1 ? HostHeader.isValid(hosts.get(0)) : optional && hosts.isEmpty();
        return one ? null : "One Host header is required";
    }

    /** Detects lines of the head that begin with white space. */
    private void scan(ByteBuf buffer, int from, int to) {
        int at = from;
        while (!begun && at < to) {
            begun = buffer.getUnsignedByte(at) > ' ';
            at++;
        }
        atLineStart = scanLines(buffer, at, to, atLineStart);
    }

    /** Detects lines that begin with white space; the range consists of whole lines. */
    private void scanTrailers(ByteBuf buffer, int from, int to) {
        scanLines(buffer, from, to, true);
    }

    /**
     * Detects lines that begin with white space.
     *
     * @param lineStart whether a line begins where the range begins
     * @return whether one begins where the range ends
     */
    private boolean scanLines(ByteBuf buffer, int from, int to, boolean lineStart) {
        boolean starts = lineStart;
        int at = from;
        while (at < to) {
            byte first = buffer.getByte(at);
            folded |= starts && (first == ' ' || first == '\t');
            int end = buffer.indexOf(at, to, (byte) '\n');
            starts = end >= 0;
            at = end < 0 ? to : end + 1;
        }
        return starts;
    }

    private void hold(int bytes) {
        if (bytes != held) {
            held = bytes;
            heads.hold(this, bytes);
        }
    }

    @Override
    public void evict() {
        refused = true;
        held = 0;
        if (context != null) {
            Channels.close(context);
        }
    }

    /** Called after the last {@link #decode}, also when the connection has ended. */
    @Override
    protected void handlerRemoved0(ChannelHandlerContext context) throws Exception {
        hold(0);
        super.handlerRemoved0(context);
    }
}
