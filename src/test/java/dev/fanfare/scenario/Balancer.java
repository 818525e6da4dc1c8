package dev.fanfare.scenario;

import dev.fanfare.testkit.ProcessNode;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Spreads connections over the nodes that are ready, in turn, as load balancers do. A node that does not answer its checks
 * loses its connections; one that says that it is not ready gets no new ones. Belongs to one event loop.
 */
final class Balancer {

    private static final int CHECK_MILLIS = 250;
    private static final int ANSWER_MILLIS = 1000;

    /** So many bad answers in a row are believed. */
    private static final int BAD_ANSWERS = 2;

    /** With checks that are later than this, it is the event loop of the balancer that does not keep up, and not a node. */
    private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(2 * CHECK_MILLIS);

    private final Vertx vertx;
    private final NetServer server;
    private final NetClient client;
    private final HttpClient checks;
    private final Map<Integer, Backend> backends = new TreeMap<>();
    private final Map<Integer, Integer> nodes = new HashMap<>();
    private int turn;
    private long checking;
    private long checkedAt;

    Balancer(Vertx vertx) {
        this.vertx = vertx;
        this.server = vertx.createNetServer(
                        new NetServerOptions().setHost("127.0.0.1").setPort(0).setAcceptBacklog(4096))
                .connectHandler(this::accept);
        this.client = vertx.createNetClient();
        this.checks = vertx.createHttpClient(new HttpClientOptions().setKeepAlive(false));
    }

    Future<NetServer> listen() {
        checkedAt = System.nanoTime();
        checking = vertx.setPeriodic(CHECK_MILLIS, timer -> check());
        return server.listen();
    }

    private void check() {
        long now = System.nanoTime();
        boolean late = now - checkedAt > LATE_NANOS;
        checkedAt = now;
        for (Backend backend : backends.values()) {
            if (late) {
                backend.bad = 0;
            }
            backend.check();
        }
    }

    void close() {
        vertx.cancelTimer(checking);
    }

    int port() {
        return server.actualPort();
    }

    /** Sends connections to this node once it is ready, instead of the former one of this index. */
    void put(int index, ProcessNode node) {
        Backend former = backends.put(index, new Backend(index, node.host(), node.port(), node.managementPort()));
        if (former != null) {
            former.cutAll();
        }
    }

    /** Whether all nodes are ready. */
    boolean isComplete() {
        return backends.values().stream().allMatch(backend -> backend.ready);
    }

    /** To which node the connection goes that comes from this local port. */
    int nodeOf(int localPort) {
        return nodes.getOrDefault(localPort, -1);
    }

    /** Cuts some connections, each with a probability, in one of the ways in which networks do. Returns how many. */
    int cutSome(Random random, double probability) {
        int cut = 0;
        for (Backend backend : backends.values()) {
            for (Link link : List.copyOf(backend.links)) {
                if (random.nextDouble() < probability) {
                    link.cut(random.nextInt(3));
                    cut++;
                }
            }
        }
        return cut;
    }

    private void accept(NetSocket socket) {
        socket.pause();
        Backend backend = next();
        if (backend == null) {
            socket.close();
            return;
        }
        nodes.put(socket.remoteAddress().port(), backend.index);
        client.connect(backend.port, backend.host)
                .onSuccess(there -> new Link(socket, there, backend).open())
                .onFailure(refused -> socket.close());
    }

    private @Nullable Backend next() {
        List<Backend> ready = new ArrayList<>(backends.values());
        ready.removeIf(backend -> !backend.ready);
        return ready.isEmpty() ? null : ready.get(turn++ % ready.size());
    }

    /** A node, as its checks tell. */
    private final class Backend {

        private final int index;
        private final String host;
        private final int port;
        private final RequestOptions check;
        private final Set<Link> links = new LinkedHashSet<>();
        private boolean ready;
        private boolean checking;
        private int bad;

        Backend(int index, String host, int port, int managementPort) {
            this.index = index;
            this.host = host;
            this.port = port;
            this.check = new RequestOptions()
                    .setMethod(HttpMethod.GET)
                    .setHost(host)
                    .setPort(managementPort)
                    .setURI("/readyz")
                    .setTimeout(ANSWER_MILLIS);
        }

        void check() {
            if (!checking) {
                checking = true;
                checks.request(check)
                        .compose(request -> request.send())
                        .map(response -> response.statusCode() == 200)
                        .onComplete(answer -> {
                            checking = false;
                            checked(answer.succeeded() && answer.result(), answer.succeeded());
                        });
            }
        }

        private void checked(boolean good, boolean answered) {
            bad = good ? 0 : bad + 1;
            if (bad == 0) {
                ready = true;
            } else if (bad >= BAD_ANSWERS) {
                ready = false;
                if (!answered) {
                    cutAll();
                }
            }
        }

        void cutAll() {
            List.copyOf(links).forEach(Link::reset);
        }
    }

    /** A client's connection and the one to the node that belongs to it. */
    private static final class Link {

        private final NetSocket here;
        private final NetSocket there;
        private final Backend backend;

        Link(NetSocket here, NetSocket there, Backend backend) {
            this.here = here;
            this.there = there;
            this.backend = backend;
        }

        void open() {
            backend.links.add(this);
            pump(here, there);
            pump(there, here);
            here.resume();
        }

        private void pump(NetSocket from, NetSocket to) {
            from.handler((Buffer bytes) -> {
                to.write(bytes);
                if (to.writeQueueFull()) {
                    from.pause();
                    to.drainHandler(v -> from.resume());
                }
            });
            from.exceptionHandler(broken -> {});
            from.closeHandler(v -> {
                backend.links.remove(this);
                to.close();
            });
        }

        /** @param way 0: both ends learn of it; 1: in order; 2: the node does not learn of it, and hears nothing */
        void cut(int way) {
            if (way == 0) {
                reset();
            } else if (way == 1) {
                here.close();
            } else {
                backend.links.remove(this);
                here.closeHandler(v -> {});
                there.handler(bytes -> {});
                reset(here);
            }
        }

        void reset() {
            reset(here);
            reset(there);
        }

        private static void reset(NetSocket socket) {
            Channel channel =
                    ((NetSocketInternal) socket).channelHandlerContext().channel();
            try {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
            } catch (ChannelException closed) {
                // The transport ended a moment ago, and there is nothing left to reset.
            }
            socket.close();
        }
    }
}
