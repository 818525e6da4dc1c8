package dev.fanfare.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ServerChannel;
import io.vertx.core.VertxBuilder;
import io.vertx.core.impl.transports.EpollTransport;
import io.vertx.core.impl.transports.NioTransport;
import io.vertx.core.impl.transports.TransportInternal;
import io.vertx.core.transport.Transport;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bounds what the listeners of a Vert.x instance accept. A dedicated thread accepts, faster than event loops can serve:
 * without a bound accepted sockets pile up, the event loops do nothing else for seconds, and file descriptors run out.
 * So a listener stops accepting while {@value #WAITING} of its sockets wait for their event loop; further connections
 * stay in the kernel's queue. A socket above the limit of open ones, TLS handshakes included, is closed at once. See
 * {@code src/docs/decisions/0037-bounded-accepts.md}.
 */
public final class Listeners {

    /** Event loops register this many within 0.1 to 0.2 s. */
    static final int WAITING = 256;

    private final int limit;
    private final Runnable onFull;

    /**
     * Creates it.
     *
     * @param limit sockets that a listener may have open
     * @param onFull called on the accepting thread for each socket closed because of the limit
     */
    public Listeners(int limit, Runnable onFull) {
        this.limit = limit;
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

    /**
     * Precedes the handler that registers accepted sockets with event loops. Runs on the accepting thread unless noted.
     */
    private final class Accepting extends ChannelInboundHandlerAdapter {

        private final ServerChannel listener;
        private final AtomicInteger open = new AtomicInteger();
        private final AtomicInteger waiting = new AtomicInteger();
        private volatile boolean paused;

        Accepting(ServerChannel listener) {
            this.listener = listener;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            Channel socket = (Channel) message;
            if (open.get() >= limit) {
                socket.unsafe().closeForcibly();
                onFull.run();
                return;
            }
            Accepted accepted = new Accepted();
            open.incrementAndGet();
            if (waiting.incrementAndGet() >= WAITING) {
                pause();
            }
            socket.closeFuture().addListener(closed -> {
                open.decrementAndGet();
                accepted.registered();
            });
            socket.pipeline().addFirst(accepted);
            context.fireChannelRead(socket);
        }

        private void pause() {
            paused = true;
            listener.config().setAutoRead(false);
            resume(); // if all were registered meanwhile
        }

        private void resume() {
            if (paused && waiting.get() <= WAITING / 2) {
                paused = false;
                listener.config().setAutoRead(true);
            }
        }

        /** An accepted socket until its event loop registers it, or it is closed. Runs on that event loop. */
        private final class Accepted extends ChannelInitializer<Channel> {

            private boolean registered;

            @Override
            protected void initChannel(Channel socket) {
                registered();
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
    }
}
