package dev.fanfare.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ServerChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.VertxBuilder;
import io.vertx.core.impl.transports.EpollTransport;
import io.vertx.core.impl.transports.NioTransport;
import io.vertx.core.impl.transports.TransportInternal;
import io.vertx.core.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntPredicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds what the listeners of a Vert.x instance accept. A dedicated thread accepts, faster than event loops can serve:
 * without a bound accepted sockets pile up, the event loops do nothing else for seconds, and file descriptors run out.
 * So a listener stops accepting while {@value #WAITING} of its sockets wait for their event loop; further connections
 * stay in the kernel's queue. At the limit of open sockets, a new socket replaces the one whose TLS handshake has been
 * unfinished for longest; if there is none, the new socket is closed at once. See
 * {@code src/docs/decisions/0037-bounded-accepts.md}.
 */
public final class Listeners {

    /** Event loops register this many within 0.1 to 0.2 s. */
    static final int WAITING = 256;

    /** Sockets of a listener for nodes or operators: enough for a large cluster, and they take no place of clients. */
    static final int OWN_LIMIT = 1024;

    private static final Logger log = LoggerFactory.getLogger(Listeners.class);
    private static final long RETRY_SECONDS = 1;

    private final IntPredicate shared;
    private final Places sharedPlaces;
    private final Runnable onFull;
    private final @Nullable Handshakes handshakes;

    /**
     * Takes part in the TLS handshakes of the listeners that do not share their limit, and in what their connections receive.
     * Called on event loops; must not block.
     */
    public interface Handshakes {

        /** Called for each handshake before anything of the peer is read, with the port of the listener. */
        void begin(int port, SSLEngine engine);

        /**
         * Called for each handshake that has succeeded, before the connection exists.
         *
         * @param port of the listener
         * @throws SSLException closes the socket: the handshake has failed
         */
        void complete(int port, SSLSession session) throws SSLException;

        /**
         * Called for each handshake that has failed.
         *
         * @param port of the listener
         * @param remote address and port of the peer
         */
        void fail(int port, Throwable cause, String remote);

        /** What checks the bytes of the peer of a new connection, without TLS; null for nothing. */
        @Nullable
        InboundCheck inbound(int port);
    }

    /** Those of a process whose listeners have {@value #OWN_LIMIT} sockets each. */
    public Listeners(Handshakes handshakes) {
        this(OWN_LIMIT, port -> false, () -> {}, handshakes);
    }

    /**
     * Creates those of a process.
     *
     * @param limit sockets that listeners on shared ports may have open together; others may have {@value #OWN_LIMIT} each
     * @param shared whether the listener on a port shares its limit; called on the accepting thread for each socket
     * @param onFull called on the accepting thread for each socket closed because of the limit
     * @param handshakes null if nothing else takes part in handshakes
     */
    public Listeners(int limit, IntPredicate shared, Runnable onFull, @Nullable Handshakes handshakes) {
        this.handshakes = handshakes;
        this.sharedPlaces = new Places(limit);
        this.shared = shared;
        this.onFull = onFull;
    }

    /** Bounds the listeners of the Vert.x that is built; uses the native transport where available. */
    public VertxBuilder bound(VertxBuilder builder) {
        return builder.withTransport(transport());
    }

    private Transport transport() {
        EpollTransport epoll = Transport.EPOLL == null
                ? null
                : new EpollTransport() {
                    @Override
                    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
                        return bounded(super.serverChannelFactory(domainSocket));
                    }
                };
        if (epoll != null && epoll.isAvailable()) {
            return new TransportInternal("epoll", true, null, epoll);
        }
        return new TransportInternal("nio", true, null, new NioTransport() {
            @Override
            public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
                return bounded(super.serverChannelFactory(domainSocket));
            }
        });
    }

    private ChannelFactory<ServerChannel> bounded(ChannelFactory<? extends ServerChannel> factory) {
        return () -> {
            ServerChannel channel = factory.newChannel();
            channel.pipeline().addFirst(new Accepting(channel));
            return channel;
        };
    }

    /** Unfinished TLS handshakes of the listeners that share their limit. */
    int handshaking() {
        return sharedPlaces.handshaking.size();
    }

    /** The open sockets of one listener or of several. Thread-safe. */
    private static final class Places {

        private final int limit;
        private final AtomicInteger open = new AtomicInteger();

        private final AtomicLong started = new AtomicLong();

        /** Sockets whose TLS handshake is not finished, oldest first. */
        private final ConcurrentSkipListMap<Long, Channel> handshaking = new ConcurrentSkipListMap<>();

        Places(int limit) {
            this.limit = limit;
        }

        void watch(Channel socket, SslHandler tls) {
            Long number = started.incrementAndGet();
            handshaking.put(number, socket);
            tls.handshakeFuture().addListener(ended -> {
                if (ended.isSuccess()) {
                    handshaking.remove(number);
                }
            });
            socket.closeFuture().addListener(closed -> handshaking.remove(number));
        }

        @Nullable
        Channel removeOldest() {
            Map.Entry<Long, Channel> oldest = handshaking.pollFirstEntry();
            return oldest == null ? null : oldest.getValue();
        }
    }

    /**
     * Precedes the handler that registers accepted sockets with event loops. Runs on the accepting thread unless noted.
     */
    private final class Accepting extends ChannelInboundHandlerAdapter {

        private final ServerChannel listener;
        private final Places ownPlaces = new Places(OWN_LIMIT);
        private final Runnable retry = this::retry;
        private final AtomicInteger waiting = new AtomicInteger();
        private volatile boolean paused;
        private boolean failing;

        Accepting(ServerChannel listener) {
            this.listener = listener;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            Channel socket = (Channel) message;
            Places places = places();
            if (places.open.get() >= places.limit) {
                onFull.run();
                Channel oldest = places.removeOldest();
                if (oldest == null) {
                    socket.unsafe().closeForcibly();
                    return;
                }
                // Not through the pipeline, where TLS would wait for its last record to be written.
                oldest.eventLoop().execute(() -> oldest.unsafe().close(oldest.voidPromise()));
            }
            AcceptedChannel acceptedChannel = new AcceptedChannel(places);
            places.open.incrementAndGet();
            if (waiting.incrementAndGet() >= WAITING) {
                pause();
            }
            socket.closeFuture().addListener(closed -> {
                places.open.decrementAndGet();
                acceptedChannel.registered();
            });
            socket.pipeline().addFirst(acceptedChannel);
            context.fireChannelRead(socket);
        }

        private Places places() {
            boolean share =
                    listener.localAddress() instanceof InetSocketAddress address && shared.test(address.getPort());
            return share ? sharedPlaces : ownPlaces;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (!(cause instanceof IOException)) {
                context.fireExceptionCaught(cause);
                return;
            }
            log.atWarn()
                    .addKeyValue("address", listener.localAddress())
                    .addKeyValue("error", cause.getMessage())
                    .log("cannot accept connections; if too many files are open, raise LimitNOFILE= or ulimit -n");
            if (!failing) {
                failing = true;
                listener.config().setAutoRead(false);
                Future<?> unused = listener.eventLoop().schedule(retry, RETRY_SECONDS, TimeUnit.SECONDS);
            }
        }

        private void retry() {
            failing = false;
            if (!paused) {
                listener.config().setAutoRead(true);
            }
        }

        private void pause() {
            paused = true;
            listener.config().setAutoRead(false);
            resume(); // if all were registered meanwhile
        }

        private void resume() {
            if (paused && waiting.get() <= WAITING / 2) {
                paused = false;
                if (!failing) {
                    listener.config().setAutoRead(true);
                }
            }
        }

        /** An accepted socket until its event loop registers it, or it is closed. Runs on that event loop. */
        private final class AcceptedChannel extends ChannelInitializer<Channel> {

            private final Places places;
            private boolean registered;

            AcceptedChannel(Places places) {
                this.places = places;
            }

            @Override
            protected void initChannel(Channel socket) {
                registered();
                HandshakeStart start = new HandshakeStart(places);
                socket.pipeline().addFirst(start);
                socket.eventLoop().execute(() -> start.watch(socket)); // once the server has added its handlers
            }

            void registered() {
                if (!registered) {
                    registered = true;
                    if (waiting.decrementAndGet() <= WAITING / 2 && paused) {
                        listener.eventLoop().execute(Accepting.this::resume);
                    }
                }
            }
        }

        /**
         * Watches the handshake, if there is one, once the server has added its handlers and before they read. Runs on the event
         * loop of the socket.
         */
        private final class HandshakeStart extends ChannelInboundHandlerAdapter {

            private final Places places;
            private boolean watched;

            HandshakeStart(Places places) {
                this.places = places;
            }

            void watch(Channel socket) {
                if (watched) {
                    return;
                }
                watched = true;
                ChannelPipeline pipeline = socket.pipeline();
                SslHandler tls = pipeline.get(SslHandler.class);
                if (tls != null) {
                    places.watch(socket, tls);
                }
                if (handshakes != null
                        && places == ownPlaces
                        && listener.localAddress() instanceof InetSocketAddress own) {
                    join(handshakes, own.getPort(), pipeline, tls);
                } else {
                    pipeline.remove(this);
                }
            }

            private void join(Handshakes joining, int port, ChannelPipeline pipeline, @Nullable SslHandler tls) {
                InboundCheck check = joining.inbound(port);
                ChannelHandler inbound = check == null ? null : new CheckedInbound(check);
                if (tls != null) {
                    joining.begin(port, tls.engine());
                    String name = pipeline.context(tls).name();
                    if (inbound != null) {
                        pipeline.addAfter(name, null, inbound);
                    }
                    pipeline.addAfter(name, null, new HandshakeEnd(joining, tls, port));
                    pipeline.remove(this);
                } else if (inbound != null) {
                    pipeline.replace(this, null, inbound); // which then receives what is being read
                } else {
                    pipeline.remove(this);
                }
            }

            @Override
            public void channelRead(ChannelHandlerContext context, Object bytes) {
                watch(context.channel());
                context.fireChannelRead(bytes);
            }
        }

        /** Follows TLS until the handshake has ended. Runs on the event loop of the socket. */
        private static final class HandshakeEnd extends ChannelInboundHandlerAdapter {

            private final Handshakes handshakes;
            private final SslHandler tls;
            private final int port;
            private boolean refused;

            HandshakeEnd(Handshakes handshakes, SslHandler tls, int port) {
                this.handshakes = handshakes;
                this.tls = tls;
                this.port = port;
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext context, Object event) {
                if (!refused && event instanceof SslHandshakeCompletionEvent end) {
                    try {
                        if (!end.isSuccess()) {
                            throw end.cause();
                        }
                        handshakes.complete(port, tls.engine().getSession());
                        context.pipeline().remove(this);
                    } catch (Throwable e) {
                        if (context.channel().remoteAddress() instanceof InetSocketAddress peer) {
                            handshakes.fail(port, e, NetUtil.toSocketAddressString(peer));
                        }
                        if (end.isSuccess()) {
                            refused = true;
                            context.channel().unsafe().close(context.channel().voidPromise());
                            return;
                        }
                    }
                }
                context.fireUserEventTriggered(event);
            }

            @Override
            public void channelRead(ChannelHandlerContext context, Object bytes) {
                if (refused) {
                    ReferenceCountUtil.release(bytes);
                } else {
                    context.fireChannelRead(bytes);
                }
            }
        }
    }
}
