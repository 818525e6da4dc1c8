package dev.fanfare.socket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.impl.http1.VertxHttpRequestDecoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes requests as strictly as RFC 9112 has it where Netty and Vert.x are lenient: exactly one valid Host header
 * (section 3.2), no folded headers (section 5.2), no header without a name. A proxy in front may read such requests
 * differently. The request is then handed on as one that could not be decoded, and nothing behind it is read.
 */
final class RequestDecoder extends VertxHttpRequestDecoder {

    private final RequestHeads heads;

    /** Between the first byte of a request and the end of its headers, or before that byte. */
    private boolean inHead = true;

    private boolean begun;
    private boolean atLineStart;
    private boolean folded;
    private boolean refused;

    /** Bytes taken from the buffer since the last message, of which Netty keeps the lines. */
    private int taken;

    /** What {@link #heads} counts for this connection. */
    private int held;

    /** Why a request is refused; carries no stack, since strangers cause it. */
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

    /** What counts the bytes that are held for this connection before it is known whose it is. */
    RequestHeads heads() {
        return heads;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf buffer, List<Object> out) throws Exception {
        if (refused) {
            buffer.skipBytes(buffer.readableBytes());
            return;
        }
        int from = buffer.readerIndex();
        int before = out.size();
        super.decode(context, buffer, out);
        if (inHead) {
            scan(buffer, from, buffer.readerIndex());
        }
        for (int i = before; i < out.size(); i++) {
            decoded(out.get(i));
        }
        if (out.size() > before) {
            release(); // what is left in the buffer is decoded at once, in another call
        } else {
            taken += begun ? buffer.readerIndex() - from : 0;
            // A line that is not complete stays in the buffer, of which a few bytes hold all.
            hold(context, taken + (buffer.isReadable() ? buffer.capacity() : 0));
        }
    }

    private void decoded(Object message) {
        if (message instanceof HttpRequest request) {
            String problem = request.decoderResult().isSuccess() ? problem(request) : null;
            if (problem != null) {
                request.setDecoderResult(DecoderResult.failure(new Malformed(problem)));
            }
            inHead = false;
        }
        if (message instanceof HttpObject object && object.decoderResult().isFailure()) {
            refused = true;
        }
        if (message instanceof LastHttpContent) {
            inHead = true;
            begun = false;
            atLineStart = false;
            folded = false;
        }
    }

    private @Nullable String problem(HttpRequest request) {
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

    /** Looks for lines of the head that begin with white space. */
    private void scan(ByteBuf buffer, int from, int to) {
        int at = from;
        while (!begun && at < to) {
            begun = buffer.getUnsignedByte(at) > ' ';
            at++;
        }
        while (at < to) {
            if (atLineStart) {
                byte first = buffer.getByte(at);
                folded |= first == ' ' || first == '\t';
            }
            int end = buffer.indexOf(at, to, (byte) '\n');
            atLineStart = end >= 0;
            at = end < 0 ? to : end + 1;
        }
    }

    private void hold(ChannelHandlerContext context, int bytes) {
        if (heads.hold(bytes - held)) {
            held = bytes;
        } else {
            refused = true;
            context.close();
        }
    }

    private void release() {
        heads.release(held);
        held = 0;
        taken = 0;
    }

    /** Comes after the last call of {@link #decode}, also where the connection has ended. */
    @Override
    protected void handlerRemoved0(ChannelHandlerContext context) throws Exception {
        release();
        super.handlerRemoved0(context);
    }
}
