package dev.fanfare.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.concurrent.ThreadFactory;

/** The socket implementation: epoll where available, otherwise that of the JDK. */
final class LoadTransport {

    private static final boolean EPOLL = Epoll.isAvailable();

    private LoadTransport() {}

    static EventLoopGroup singleLoop(ThreadFactory threads) {
        return new MultiThreadIoEventLoopGroup(
                1, threads, EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    }

    static Bootstrap bootstrap(EventLoopGroup loop) {
        Bootstrap bootstrap = new Bootstrap().group(loop).option(ChannelOption.TCP_NODELAY, true);
        if (EPOLL) {
            // Ports are then chosen at connect, so that one source port serves many destinations.
            bootstrap.channel(EpollSocketChannel.class).option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
        } else {
            bootstrap.channel(NioSocketChannel.class);
        }
        return bootstrap;
    }
}
