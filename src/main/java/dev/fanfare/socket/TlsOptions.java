package dev.fanfare.socket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.DelegatingSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.NetUtil;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.spi.tls.DefaultSslContextFactory;
import io.vertx.core.spi.tls.SslContextFactory;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of the JDK that closes connections whose peer sends many records without data. TLS 1.3 allows a peer any number
 * of key updates, and both versions allow empty records and warnings; these are expensive, and no handler after TLS
 * sees them. A connection may receive {@value #BURST} of them and one more per second; real peers send one in hours.
 * Handshakes, which have a time limit, may take {@value #HANDSHAKE_RECORDS}. See
 * {@code src/docs/decisions/0036-tls-records-without-data.md}.
 *
 * <p>Costs a comparison per record, and reads the clock for empty ones only. Immutable.
 */
public final class TlsOptions extends JdkSSLEngineOptions {

    private static final Logger log = LoggerFactory.getLogger(TlsOptions.class);
    private static final int BURST = 32;

    /** The largest handshake that the JDK reads, in fragments of the smallest size that peers can negotiate. */
    private static final int HANDSHAKE_RECORDS = 128;

    private final Runnable onExcess;

    /**
     * Creates it.
     *
     * @param onExcess called for each connection that is closed because of this limit, on its event loop
     */
    public TlsOptions(Runnable onExcess) {
        this.onExcess = onExcess;
    }

    @Override
    public SslContextFactory sslContextFactory() {
        return new DefaultSslContextFactory(SslProvider.JDK, false) {
            @Override
            public SslContext create() throws SSLException {
                return new Context(super.create());
            }
        };
    }

    private final class Context extends DelegatingSslContext {

        Context(SslContext context) {
            super(context);
        }

        @Override
        protected SslHandler newHandler(ByteBufAllocator alloc, boolean startTls, Executor executor) {
            return new Handler(newEngine(alloc), startTls, executor);
        }

        @Override
        protected SslHandler newHandler(
                ByteBufAllocator alloc, String peerHost, int peerPort, boolean startTls, Executor executor) {
            return new Handler(newEngine(alloc, peerHost, peerPort), startTls, executor);
        }

        @Override
        protected void initEngine(SSLEngine engine) {
            // already initialised by the context
        }
    }

    /** With the engine of the JDK each call of {@link #decode} consumes one record or nothing. */
    private final class Handler extends SslHandler {

        private int allowed = HANDSHAKE_RECORDS;
        private long lastSecond = seconds();
        private boolean data;
        private boolean closed;

        Handler(SSLEngine engine, boolean startTls, Executor executor) {
            super(engine, startTls, executor);
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) throws Exception {
            context.pipeline().addAfter(context.name(), null, new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext behind, Object message) {
                    data = true;
                    behind.fireChannelRead(message);
                }
            });
            super.handlerAdded(context);
        }

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws SSLException {
            if (closed) {
                in.skipBytes(in.readableBytes());
                return;
            }
            int before = in.readerIndex();
            data = false;
            super.decode(context, in, out);
            if (in.readerIndex() != before && !data && !take()) {
                closed = true;
                onExcess.run();
                log(context);
                Channels.close(context);
            }
        }

        private void log(ChannelHandlerContext context) {
            log.atInfo()
                    .addKeyValue("reason", "tls_records")
                    .addKeyValue(
                            "remote",
                            context.channel().remoteAddress() instanceof InetSocketAddress peer
                                    ? NetUtil.toSocketAddressString(peer)
                                    : "none")
                    .log("TLS connection closed: its peer sent too many records without data");
        }

        private boolean take() {
            if (handshakeFuture().isDone()) {
                long now = seconds();
                allowed = (int) Math.min(BURST, allowed + now - lastSecond);
                lastSecond = now;
            }
            return --allowed >= 0;
        }

        private static long seconds() {
            return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
        }
    }
}
