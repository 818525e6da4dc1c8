package dev.fanfare.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOutboundInvoker;
import io.netty.channel.ChannelPipeline;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Controls how requests are read on the connections of an event loop: heads (request line and headers) strictly, one
 * request at a time, bounded for each and for all incomplete ones together. A body is read when {@link #readBody}
 * requests it; the next request after the response. What arrives earlier is counted, and after the first
 * {@value RequestDecoder#UNREAD_BYTES} bytes it stays in the kernel. Confined to the event loop. See
 * {@code src/docs/decisions/0030-one-request-at-a-time.md}.
 */
public final class RequestHeads {

    private static final Logger LOG = LoggerFactory.getLogger(RequestHeads.class);

    /** Eviction stops once this fraction of the bound (1/16) is free. */
    private static final int FREED_PART = 16;

    /** Connections that resume decoding per turn of the event loop. */
    private static final int PER_TURN = 32;

    /** One in so many items of work in a turn is other work than a body, if there is any. */
    private static final int REST_EVERY = 8;

    /** Consecutive unauthenticated requests refused on a connection, the last of which closes it. */
    private static final int MAX_REFUSALS = 3;

    private static final String ENCODER = "httpEncoder";
    private static final String ANSWERS = "answers";

    private final Http1ServerConfig config;
    private final long unfinishedBytes;
    private final Runnable onOverload;

    /** Bytes by connection; the one that has held bytes longest comes first. */
    private final Map<HeadHolder, Integer> held = new LinkedHashMap<>();

    private long unfinished;

    /** Work for the next turns; requested bodies come first, except for one in {@value #REST_EVERY}. */
    private final Queue<Runnable> bodies = new ArrayDeque<>();

    private final Queue<Runnable> rest = new ArrayDeque<>();

    private boolean scheduled;

    /** A connection that holds bytes. */
    interface HeadHolder {
        /** Closes the connection. */
        void evict();
    }

    /**
     * Creates it.
     *
     * @param lineBytes of a request line
     * @param headerBytes of all headers of a request
     * @param unfinishedBytes bound of all incomplete heads, chunk headers and trailers, bodies not requested yet, and
     *     bytes received after unanswered requests, including the buffers they are in; above it the connections that
     *     hold most are closed, among equal ones the oldest holders
     * @param onOverload called for each connection that is closed because of the bound
     */
    public RequestHeads(int lineBytes, int headerBytes, long unfinishedBytes, Runnable onOverload) {
        this.config = new Http1ServerConfig().setMaxInitialLineLength(lineBytes).setMaxHeaderSize(headerBytes);
        this.unfinishedBytes = unfinishedBytes;
        this.onOverload = onOverload;
    }

    /** Installs the decoder on a connection. Call it from the server's connection handler. */
    public void read(HttpConnection connection) {
        RequestDecoder decoder = new RequestDecoder(config, this);
        ChannelPipeline pipeline = channel(connection).pipeline();
        pipeline.replace(Upgrade.DECODER, Upgrade.DECODER, decoder);
        pipeline.addAfter(ENCODER, ANSWERS, decoder.answers());
    }

    /**
     * Reads the body of a request whose handlers are set and which is not paused. Without this call the response closes
     * the connection and the body is dropped, unless the body is short or has arrived.
     */
    public static void readBody(HttpServerRequest request) {
        RequestDecoder decoder = decoder(request);
        if (decoder != null) {
            decoder.readBody();
        }
    }

    /**
     * Counts a request that is refused without authentication. After {@value #MAX_REFUSALS} consecutive ones the
     * response closes the connection. Call it before the response.
     */
    public static void countRefusal(HttpServerRequest request) {
        RequestDecoder decoder = decoder(request);
        if (decoder != null && decoder.refused() >= MAX_REFUSALS) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
    }

    /** Resets the count of refusals: the sender of this request is authenticated. */
    public static void forgetRefusals(HttpServerRequest request) {
        RequestDecoder decoder = decoder(request);
        if (decoder != null) {
            decoder.resetRefusals();
        }
    }

    private static @Nullable RequestDecoder decoder(HttpServerRequest request) {
        ChannelHandler decoder = channel(request.connection()).pipeline().get(Upgrade.DECODER);
        return decoder instanceof RequestDecoder strict ? strict : null;
    }

    /** Closes a connection at once, without waiting for its peer to read. */
    public static void abort(HttpConnection connection) {
        Channel channel = channel(connection);
        ChannelOutboundInvoker answers = channel.pipeline().context(ANSWERS); // the handler whose close may linger
        Channels.close(answers == null ? channel : answers);
    }

    /** Whether a connection is open, as far as is known; callable on any thread. */
    public static BooleanSupplier isOpen(HttpConnection connection) {
        return channel(connection)::isActive;
    }

    private static Channel channel(HttpConnection connection) {
        return ((HttpServerConnection) connection).channelHandlerContext().channel();
    }

    /**
     * Runs work in a later turn of the event loop, after its sockets had I/O; at most {@value #PER_TURN} pieces of work
     * per turn.
     *
     * @param body whether the work reads a request body, which is requested for authenticated clients only
     */
    void later(EventExecutor loop, Runnable work, boolean body) {
        (body ? bodies : rest).add(work);
        schedule(loop);
    }

    private void schedule(EventExecutor loop) {
        if (!scheduled) {
            scheduled = true;
            // Scheduled tasks are collected only at the start of a turn, unlike queued ones.
            loop.schedule(() -> turn(loop), 0, TimeUnit.NANOSECONDS).addListener(RequestHeads::logFault);
        }
    }

    private void turn(EventExecutor loop) {
        scheduled = false;
        try {
            for (int i = 1; i <= PER_TURN; i++) {
                boolean bodyFirst = rest.isEmpty() || i % REST_EVERY != 0;
                Runnable work = bodyFirst && !bodies.isEmpty() ? bodies.poll() : rest.poll();
                if (work == null) {
                    return;
                }
                work.run();
            }
        } finally {
            if (!bodies.isEmpty() || !rest.isEmpty()) {
                schedule(loop);
            }
        }
    }

    private static void logFault(Future<?> turn) {
        if (!turn.isSuccess() && !turn.isCancelled()) {
            LOG.error("failed to resume reading requests", turn.cause());
        }
    }

    /**
     * Sets what a connection holds. Evicts connections if all together hold too much; returns false if this one is
     * among them.
     */
    boolean hold(HeadHolder headHolder, int bytes) {
        Integer before = bytes == 0 ? held.remove(headHolder) : held.put(headHolder, bytes);
        unfinished += bytes - (before == null ? 0 : before);
        if (unfinished > unfinishedBytes) {
            evictLargest();
        }
        return bytes == 0 || held.containsKey(headHolder);
    }

    private void evictLargest() {
        List<Map.Entry<HeadHolder, Integer>> largest = new ArrayList<>(held.entrySet());
        largest.sort(Map.Entry.comparingByValue(Comparator.reverseOrder())); // stable
        for (Map.Entry<HeadHolder, Integer> entry : largest) {
            if (unfinished <= unfinishedBytes - unfinishedBytes / FREED_PART) {
                return;
            }
            Integer bytes = held.remove(entry.getKey());
            if (bytes != null) { // closing one may have ended another
                unfinished -= bytes;
                onOverload.run();
                entry.getKey().evict();
            }
        }
    }
}
