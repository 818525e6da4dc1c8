package dev.fanfare.ops;

import io.vertx.core.http.HttpConnection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Limits open connections by closing the oldest for each new one, so that idle peers cannot lock others out. A closed
 * connection may linger while its peer does not read; while too many linger, new ones are refused. Confined to one
 * event loop, for a server without clear-text HTTP/2, with which Vert.x reports a connection only after its first
 * bytes.
 */
final class ConnectionCap {

    private final int served;
    private final int lingering;
    private final Set<HttpConnection> oldestFirst = new LinkedHashSet<>();
    private int open;

    /**
     * @param served connections that are served, at most
     * @param lingering connections that may be closing in addition
     */
    ConnectionCap(int served, int lingering) {
        this.served = served;
        this.lingering = lingering;
    }

    void admit(HttpConnection connection) {
        if (open >= served + lingering) {
            connection.close();
            return;
        }
        open++;
        oldestFirst.add(connection);
        connection.closeHandler(ignored -> {
            open--;
            oldestFirst.remove(connection);
        });
        if (oldestFirst.size() > served) {
            closeOldest();
        }
    }

    private void closeOldest() {
        Iterator<HttpConnection> connections = oldestFirst.iterator();
        HttpConnection oldest = connections.next();
        connections.remove();
        oldest.close();
    }
}
