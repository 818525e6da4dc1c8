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
 * Bounds what the listeners of a Vert.x accept. A thread of its own accepts, faster than event loops can serve: without a
 * bound the sockets that wait for them pile up, the loops do nothing else for seconds, and file descriptors run out. So no
 * listener accepts while {@value #WAITING} of its sockets wait; others stay in the kernel's queue. And a socket above the number that
 * may be open, TLS handshakes included, is closed at once.
 */
public final class Listeners {

    /** Event loops take as many in a tenth of a second or two. */
    static final int WAITING = 256;

    private final int limit;
    private final Runnable onFull;

    /**
     * Creates it.
     *
     * @param limit sockets that a listener may have open
     * @param onFull called for each socket that is closed for that reason, on the thread that accepts
     */
    public Listeners(int limit, Runnable onFull) {
        this.limit = limit;
        this.onFull = onFull;
    }

    /** Makes the listeners of a Vert.x bounded, with the native transport where there is one. */
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

    /** Stands before what gives accepted sockets to event loops; runs on the thread that accepts but where it says otherwise. */
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
                accepted.taken();
            });
            socket.pipeline().addFirst(accepted);
            context.fireChannelRead(socket);
        }

        private void pause() {
            paused = true;
            listener.config().setAutoRead(false);
            resume(); // if all were taken meanwhile
        }

        private void resume() {
            if (paused && waiting.get() <= WAITING / 2) {
                paused = false;
                listener.config().setAutoRead(true);
            }
        }

        /** A socket until its event loop takes it, or it is closed before. On the event loop, then. */
        private final class Accepted extends ChannelInitializer<Channel> {

            private boolean taken;

            @Override
            protected void initChannel(Channel socket) {
                taken();
            }

            void taken() {
                if (!taken) {
                    taken = true;
                    if (waiting.decrementAndGet() <= WAITING / 2 && paused) {
                        listener.eventLoop().execute(Accepting.this::resume);
                    }
                }
            }
        }
    }
}
