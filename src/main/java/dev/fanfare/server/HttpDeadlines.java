package dev.fanfare.server;

import dev.fanfare.shard.Admission;
import dev.fanfare.socket.RequestHeads;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks after the HTTP connections of an event loop, until they are WebSockets. It ends those that take too long to send
 * their first request, or to finish one: without it a client could hold a connection for ever by sending a byte now and
 * then. And it bounds how many there are: at the limit the one that has been idle for longest gives way to a new one, and
 * where none is idle the new one is closed. One sweep looks after all. Times are milliseconds of a
 * monotonic clock. Belongs to the event loop.
 */
final class HttpDeadlines {

    /** So many are looked at to find one that is idle; busy ones leave the front of the queue with their next request. */
    private static final int LOOKED_AT = 64;

    /** The one whose last request is longest ago comes first. */
    private final Map<HttpConnection, Pending> pending = new LinkedHashMap<>();

    private final long firstRequestMillis;
    private final long requestMillis;
    private final Admission places;
    private final Listener listener;

    /** Learns what ended, and why. */
    interface Listener {
        /** A connection is over its time and is going to be closed. */
        void late(HttpConnection connection);

        /** The node has as many HTTP connections as it may, and one of them was closed. */
        void full();
    }

    private static final class Pending {
        private @Nullable HttpServerRequest request;
        private long deadline;

        /** A request is not done before its body has come, however early the answer was. */
        boolean unfinished() {
            return request == null || !request.response().ended() || !request.isEnded();
        }

        /** Whether nobody waits for an answer. */
        boolean idle() {
            return request == null || request.response().ended();
        }
    }

    /**
     * @param firstRequestMillis from the connection to its first complete request head
     * @param requestMillis from a request's head to the end of its answer
     * @param places of the HTTP connections of all event loops
     */
    HttpDeadlines(long firstRequestMillis, long requestMillis, Admission places, Listener listener) {
        this.firstRequestMillis = firstRequestMillis;
        this.requestMillis = requestMillis;
        this.places = places;
        this.listener = listener;
    }

    void connected(HttpConnection connection, long now) {
        if (!places.enter()) {
            listener.full();
            HttpConnection idle = idlest();
            if (idle == null) {
                RequestHeads.abort(connection);
                return;
            }
            end(idle);
            places.enterAnyway();
        }
        Pending entry = new Pending();
        entry.deadline = now + firstRequestMillis;
        pending.put(connection, entry);
        connection.closeHandler(closed -> forget(connection));
    }

    private @Nullable HttpConnection idlest() {
        Iterator<Map.Entry<HttpConnection, Pending>> entries =
                pending.entrySet().iterator();
        for (int i = 0; i < LOOKED_AT && entries.hasNext(); i++) {
            Map.Entry<HttpConnection, Pending> entry = entries.next();
            if (entry.getValue().idle()) {
                return entry.getKey();
            }
        }
        return null;
    }

    private void end(HttpConnection connection) {
        forget(connection);
        RequestHeads.abort(connection);
    }

    private void forget(HttpConnection connection) {
        if (pending.remove(connection) != null) {
            places.leave();
        }
    }

    /** Takes note of a request's head, and tells which request was before it on its connection, null for none. */
    @Nullable
    HttpServerRequest requested(HttpServerRequest request, long now) {
        Pending entry = pending.remove(request.connection());
        if (entry == null) {
            return null;
        }
        pending.put(request.connection(), entry);
        HttpServerRequest before = entry.request;
        entry.request = request;
        entry.deadline = now + requestMillis;
        return before;
    }

    /** The connection is HTTP no longer: it is now looked after elsewhere. */
    void upgraded(HttpConnection connection) {
        forget(connection);
    }

    void sweep(long now) {
        Iterator<Map.Entry<HttpConnection, Pending>> entries =
                pending.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<HttpConnection, Pending> entry = entries.next();
            if (entry.getValue().unfinished() && now >= entry.getValue().deadline) {
                entries.remove();
                places.leave();
                listener.late(entry.getKey());
                RequestHeads.abort(entry.getKey());
            }
        }
    }
}
