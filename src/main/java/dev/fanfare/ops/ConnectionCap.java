package dev.fanfare.ops;

import io.vertx.core.http.HttpConnection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Keeps few connections open by closing the oldest for each new one, so that silent peers cannot keep others out. What is
 * closed may linger for as long as its peer does not read; while too many do, newcomers are turned away. For one event
 * loop, and a server without HTTP/2 in clear text: with it Vert.x reports a connection only once it has sent something.
 */
final class ConnectionCap {

    private final int served;
    private final int lingering;
    private final Set<HttpConnection> oldestFirst = new LinkedHashSet<>();
    private int open;

    /**
     * At most {@code served} connections are served.
     *
     * @param lingering how many more may be closing
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
