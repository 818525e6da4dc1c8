package dev.fanfare.socket;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** Resolves host names as Vert.x does for its own connections, in one look-up whose result can be checked. */
public final class Resolver {

    private final VertxInternal vertx;

    public Resolver(Vertx vertx) {
        this.vertx = (VertxInternal) vertx;
    }

    /**
     * All addresses of a host, which may be an address itself; at least one, or the future fails. Completes on any
     * thread.
     */
    public Future<List<InetAddress>> resolve(String host) {
        return vertx.nameResolver()
                .resolveAll(host)
                .map(all -> all.stream().map(InetSocketAddress::getAddress).toList());
    }
}
