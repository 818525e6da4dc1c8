package dev.fanfare.server;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ends HTTP connections that take too long: to send their first request, or to finish one. Without it a client could hold
 * a connection for ever by sending a byte now and then. One sweep looks after all. Times are milliseconds of a monotonic
 * clock. Belongs to the event loop.
 */
final class Deadlines {

    private final Map<HttpConnection, Pending> pending = new HashMap<>();
    private final long firstRequestMillis;
    private final long requestMillis;
    private final Consumer<HttpConnection> onLate;

    private static final class Pending {
        private @Nullable HttpServerRequest request;
        private long deadline;

        /** A request is not done before its body has come, however early the answer was. */
        boolean unfinished() {
            return request == null || !request.response().ended() || !request.isEnded();
        }
    }

    /**
     * @param firstRequestMillis from the connection to its first complete request head
     * @param requestMillis from a request's head to the end of its answer
     * @param onLate gets each connection that is over its time; it is forgotten
     */
    Deadlines(long firstRequestMillis, long requestMillis, Consumer<HttpConnection> onLate) {
        this.firstRequestMillis = firstRequestMillis;
        this.requestMillis = requestMillis;
        this.onLate = onLate;
    }

    void connected(HttpConnection connection, long now) {
        Pending entry = new Pending();
        entry.deadline = now + firstRequestMillis;
        pending.put(connection, entry);
        connection.closeHandler(closed -> pending.remove(connection));
    }

    /** Takes note of a request's head, and tells which request was before it on its connection, null for none. */
    @Nullable
    HttpServerRequest requested(HttpServerRequest request, long now) {
        Pending entry = pending.get(request.connection());
        if (entry == null) {
            return null;
        }
        HttpServerRequest before = entry.request;
        entry.request = request;
        entry.deadline = now + requestMillis;
        return before;
    }

    /** The connection is HTTP no longer: it is now looked after elsewhere. */
    void upgraded(HttpConnection connection) {
        pending.remove(connection);
    }

    void sweep(long now) {
        Iterator<Map.Entry<HttpConnection, Pending>> entries =
                pending.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<HttpConnection, Pending> entry = entries.next();
            if (entry.getValue().unfinished() && now >= entry.getValue().deadline) {
                entries.remove();
                onLate.accept(entry.getKey());
            }
        }
    }
}
