package dev.fanfare.socket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.VertxWrapper;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The Vert.x for a client library that neither bounds what it keeps of a server's answer nor closes a connection on which
 * it waits: sockets receive a number of bytes at most, and all of them can be closed. Used on one event loop, that of the
 * context in which it was created.
 */
public final class BoundedSockets extends VertxWrapper {

    private final ContextInternal context;
    private final int maxBytes;
    private final Consumer<String> onEnd;
    private final List<NetClient> clients = new ArrayList<>();
    private final List<NetSocket> sockets = new ArrayList<>();
    private boolean closed;

    private BoundedSockets(VertxInternal vertx, int maxBytes, Consumer<String> onEnd) {
        super(vertx);
        this.context = vertx.getOrCreateContext();
        this.maxBytes = maxBytes;
        this.onEnd = onEnd;
    }

    /**
     * Creates it without sockets.
     *
     * @param maxBytes that one socket may receive, 1 and up
     * @param onEnd called when the peer ends a socket or sends more, with a text for operators; the library then learns
     *     nothing of the end
     */
    public static BoundedSockets of(Vertx vertx, int maxBytes, Consumer<String> onEnd) {
        return new BoundedSockets((VertxInternal) vertx, maxBytes, onEnd);
    }

    /** Closes all sockets, also those that are being connected. The library does not learn it. */
    public void closeSockets() {
        closed = true;
        sockets.forEach(BoundedSockets::detach);
        clients.forEach(NetClient::close);
    }

    /** Libraries may throw when a socket ends while they wait for an answer. */
    private static void detach(NetSocket socket) {
        socket.closeHandler(null).exceptionHandler(null);
    }

    @Override
    public ContextInternal getOrCreateContext() {
        return context;
    }

    @Override
    public NetClient createNetClient(NetClientOptions options) {
        NetClient client = super.createNetClient(options);
        clients.add(client);
        return new BoundedClient(client);
    }

    /** Connects sockets that are bounded. */
    private final class BoundedClient implements NetClient {

        private final NetClient client;

        BoundedClient(NetClient client) {
            this.client = client;
        }

        private Future<NetSocket> bounded(Future<NetSocket> connecting) {
            return connecting.compose(socket -> {
                if (closed) {
                    socket.close();
                    return Future.failedFuture("closed while it was connected");
                }
                sockets.add(socket);
                ((NetSocketInternal) socket).channelHandlerContext().pipeline().addFirst(new SocketGuard(socket));
                return Future.succeededFuture(socket);
            });
        }

        @Override
        public Future<NetSocket> connect(int port, String host) {
            return bounded(client.connect(port, host));
        }

        @Override
        public Future<NetSocket> connect(int port, String host, String serverName) {
            return bounded(client.connect(port, host, serverName));
        }

        @Override
        public Future<NetSocket> connect(SocketAddress address) {
            return bounded(client.connect(address));
        }

        @Override
        public Future<NetSocket> connect(SocketAddress address, String serverName) {
            return bounded(client.connect(address, serverName));
        }

        @Override
        public Future<NetSocket> connect(ConnectOptions options) {
            return bounded(client.connect(options));
        }

        @Override
        public Future<Void> shutdown(Duration timeout) {
            return client.shutdown(timeout);
        }

        @Override
        public Future<Boolean> updateSSLOptions(ClientSSLOptions options, boolean force) {
            return client.updateSSLOptions(options, force);
        }

        @Override
        public boolean isMetricsEnabled() {
            return client.isMetricsEnabled();
        }
    }

    private final class SocketGuard extends ChannelInboundHandlerAdapter {

        private final NetSocket socket;
        private long received;

        SocketGuard(NetSocket socket) {
            this.socket = socket;
        }

        @Override
        public void channelRead(ChannelHandlerContext channel, Object message) {
            if (message instanceof ByteBuf bytes) {
                received += bytes.readableBytes();
            }
            if (received <= maxBytes) {
                channel.fireChannelRead(message);
                return;
            }
            ReferenceCountUtil.release(message);
            onEnd.accept("it sent more than " + maxBytes + " bytes");
            channel.channel().unsafe().close(channel.voidPromise());
        }

        @Override
        public void channelInactive(ChannelHandlerContext channel) {
            detach(socket);
            onEnd.accept("it ended the connection");
            channel.fireChannelInactive();
        }
    }
}
