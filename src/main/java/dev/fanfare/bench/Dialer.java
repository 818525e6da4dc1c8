package dev.fanfare.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Opens transports: TCP, then TLS. Used on one event loop. */
final class Dialer {

    private static final String TLS = "tls";

    private final Plan.Endpoints endpoints;
    private final Map<URI, SocketAddress> servers;
    private final @Nullable SslContext tls;
    private final Bootstrap bootstrap;
    private int opened;

    /**
     * @param servers of each URL of the target
     * @param tls null for none
     */
    Dialer(Plan.Endpoints endpoints, Map<URI, SocketAddress> servers, @Nullable SslContext tls, Bootstrap bootstrap) {
        this.endpoints = endpoints;
        this.servers = servers;
        this.tls = tls;
        this.bootstrap = bootstrap;
    }

    /** Connects, and then starts the connection, or fails it. */
    void dial(LoadConnection loadConnection) {
        Bootstrap dialling = bootstrap.clone().handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                if (tls != null) {
                    channel.pipeline().addLast(TLS, secure(tls, loadConnection.url()));
                }
                channel.pipeline().addLast(loadConnection);
            }
        });
        SocketAddress server = Objects.requireNonNull(servers.get(loadConnection.url()));
        SocketAddress local = localAddress();
        ChannelFuture dialled = local == null ? dialling.connect(server) : dialling.connect(server, local);
        dialled.addListener(connected -> {
            if (tls == null || !connected.isSuccess()) {
                begin(loadConnection, dialled.channel(), connected);
            } else {
                SslHandler handler = (SslHandler) dialled.channel().pipeline().get(TLS);
                handler.handshakeFuture().addListener(shaken -> begin(loadConnection, dialled.channel(), shaken));
            }
        });
    }

    private static void begin(LoadConnection loadConnection, Channel channel, Future<?> done) {
        if (done.isSuccess()) {
            loadConnection.begin(channel);
        } else {
            loadConnection.fail(InvalidReason.of(done.cause()));
        }
    }

    private SslHandler secure(SslContext context, URI url) {
        return context.newHandler(ByteBufAllocator.DEFAULT, url.getHost(), endpoints.port(url));
    }

    private @Nullable SocketAddress localAddress() {
        List<InetAddress> addresses = endpoints.localAddresses();
        return addresses.isEmpty() ? null : new InetSocketAddress(addresses.get(opened++ % addresses.size()), 0);
    }
}
