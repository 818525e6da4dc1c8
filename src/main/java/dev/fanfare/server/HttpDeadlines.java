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
 * Bounds the HTTP connections of an event loop, in time and in number, until they become WebSockets. Closes those that
 * take too long to send their first request or to finish one: otherwise a client could hold a connection forever by
 * sending a byte now and then. At the limit of connections the longest idle one is evicted for a new one; if none is
 * idle, the new one is closed. One sweep checks all deadlines. Times are milliseconds of a monotonic clock. Confined to
 * the event loop.
 */
final class HttpDeadlines {

    /** How many connections are searched for an idle one; busy ones move to the end with their next request. */
    private static final int SEARCHED = 64;

    /** In the order of their last request, oldest first. */
    private final Map<HttpConnection, OpenRequest> pending = new LinkedHashMap<>();

    private final long firstRequestMillis;
    private final long requestMillis;
    private final Admission admission;
    private final DeadlineListener deadlineListener;

    /** Notified of connections that are closed. */
    interface DeadlineListener {
        /** A connection has exceeded its deadline and will be closed. */
        void late(HttpConnection connection);

        /** The node is at its limit of HTTP connections, and one of them is closed. */
        void full();
    }

    private static final class OpenRequest {
        private @Nullable HttpServerRequest request;
        private long deadline;

        /** A request is unfinished until its body has arrived, even if the response was sent earlier. */
        boolean unfinished() {
            return request == null || !request.response().ended() || !request.isEnded();
        }

        /** Whether no response is outstanding. */
        boolean idle() {
            return request == null || request.response().ended();
        }
    }

    /**
     * @param firstRequestMillis from the connection to its first complete request head
     * @param requestMillis from a request's head to the end of its response
     * @param admission limits the HTTP connections of all event loops
     */
    HttpDeadlines(long firstRequestMillis, long requestMillis, Admission admission, DeadlineListener deadlineListener) {
        this.firstRequestMillis = firstRequestMillis;
        this.requestMillis = requestMillis;
        this.admission = admission;
        this.deadlineListener = deadlineListener;
    }

    void connected(HttpConnection connection, long now) {
        if (!admission.enter()) {
            deadlineListener.full();
            HttpConnection idle = longestIdle();
            if (idle == null) {
                RequestHeads.abort(connection);
                return;
            }
            evict(idle);
            admission.enterAnyway();
        }
        OpenRequest entry = new OpenRequest();
        entry.deadline = now + firstRequestMillis;
        pending.put(connection, entry);
        connection.closeHandler(closed -> forget(connection));
    }

    private @Nullable HttpConnection longestIdle() {
        Iterator<Map.Entry<HttpConnection, OpenRequest>> entries =
                pending.entrySet().iterator();
        for (int i = 0; i < SEARCHED && entries.hasNext(); i++) {
            Map.Entry<HttpConnection, OpenRequest> entry = entries.next();
            if (entry.getValue().idle()) {
                return entry.getKey();
            }
        }
        return null;
    }

    private void evict(HttpConnection connection) {
        forget(connection);
        RequestHeads.abort(connection);
    }

    private void forget(HttpConnection connection) {
        if (pending.remove(connection) != null) {
            admission.leave();
        }
    }

    /** Records a request head; returns the previous request on its connection, null for none. */
    @Nullable
    HttpServerRequest requested(HttpServerRequest request, long now) {
        OpenRequest entry = pending.remove(request.connection());
        if (entry == null) {
            return null;
        }
        pending.put(request.connection(), entry);
        HttpServerRequest before = entry.request;
        entry.request = request;
        entry.deadline = now + requestMillis;
        return before;
    }

    /** The connection no longer speaks HTTP, and is no longer tracked here. */
    void upgraded(HttpConnection connection) {
        forget(connection);
    }

    void sweep(long now) {
        Iterator<Map.Entry<HttpConnection, OpenRequest>> entries =
                pending.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<HttpConnection, OpenRequest> entry = entries.next();
            if (entry.getValue().unfinished() && now >= entry.getValue().deadline) {
                entries.remove();
                admission.leave();
                deadlineListener.late(entry.getKey());
                RequestHeads.abort(entry.getKey());
            }
        }
    }
}
