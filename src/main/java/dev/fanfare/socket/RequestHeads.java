package dev.fanfare.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOutboundInvoker;
import io.netty.channel.ChannelPipeline;
import io.netty.util.concurrent.EventExecutor;
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

/**
 * How requests are read on the connections of an event loop: their heads (request line and headers) strictly, one request at a
 * time, and within bounds for each and for all that are unfinished together. A body is read when {@link #readBody} asks for
 * it; the next request once this one is answered. What comes earlier is counted, and after
 * the first {@value RequestDecoder#UNREAD_BYTES} bytes it stays in the kernel. Belongs to the event loop.
 */
public final class RequestHeads {

    /** Connections are closed until this part of the bound is free. */
    private static final int FREED_PART = 16;

    /** Connections that go on with their requests in one turn of the event loop, before sockets have theirs. */
    private static final int PER_TURN = 32;

    /** Requests refused to nobody known, one behind the other on a connection, of which the last closes it. */
    private static final int MAX_REFUSALS = 3;

    private static final String ENCODER = "httpEncoder";
    private static final String ANSWERS = "answers";

    private final Http1ServerConfig config;
    private final long unfinishedBytes;
    private final Runnable onOverload;

    /** Bytes by connection, the one that holds some for longest first. */
    private final Map<Holder, Integer> held = new LinkedHashMap<>();

    private long unfinished;

    /** What goes on in one of the next turns; bodies that were asked for come first. */
    private final Queue<Runnable> bodies = new ArrayDeque<>();

    private final Queue<Runnable> rest = new ArrayDeque<>();

    private boolean scheduled;

    /** A connection that holds bytes. */
    interface Holder {
        /** Closes the connection. */
        void giveWay();
    }

    /**
     * Creates it.
     *
     * @param lineBytes of a request line
     * @param headerBytes of all headers of a request
     * @param unfinishedBytes of all heads, chunk headers and trailers that are not complete yet, of bodies nobody asked for
     *     yet, and of what came behind requests that are not answered yet, with the buffers they are in; above it the
     *     connections that hold most are closed, of equal ones those that have held it for longest
     * @param onOverload told of each connection that is closed for that reason
     */
    public RequestHeads(int lineBytes, int headerBytes, long unfinishedBytes, Runnable onOverload) {
        this.config = new Http1ServerConfig().setMaxInitialLineLength(lineBytes).setMaxHeaderSize(headerBytes);
        this.unfinishedBytes = unfinishedBytes;
        this.onOverload = onOverload;
    }

    /** Reads requests of a connection this way. Call it from the server's connection handler. */
    public void read(HttpConnection connection) {
        RequestDecoder decoder = new RequestDecoder(config, this);
        ChannelPipeline pipeline = channel(connection).pipeline();
        pipeline.replace(Upgrade.DECODER, Upgrade.DECODER, decoder);
        pipeline.addAfter(ENCODER, ANSWERS, decoder.answers());
    }

    /**
     * Reads the body of a request, whose handlers are set and which is not paused. Without it, the answer closes the connection
     * and the body is dropped, unless it is short or here.
     */
    public static void readBody(HttpServerRequest request) {
        RequestDecoder decoder = decoder(request);
        if (decoder != null) {
            decoder.readBody();
        }
    }

    /**
     * Takes note that a request is refused of which nobody knows who sent it. After {@value #MAX_REFUSALS}, one behind the
     * other, its answer closes the connection. Call it before the answer.
     */
    public static void countRefusal(HttpServerRequest request) {
        RequestDecoder decoder = decoder(request);
        if (decoder != null && decoder.refused() >= MAX_REFUSALS) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
    }

    /** Takes note that it is known who sent a request. */
    public static void forgetRefusals(HttpServerRequest request) {
        RequestDecoder decoder = decoder(request);
        if (decoder != null) {
            decoder.known();
        }
    }

    private static @Nullable RequestDecoder decoder(HttpServerRequest request) {
        ChannelHandler decoder = channel(request.connection()).pipeline().get(Upgrade.DECODER);
        return decoder instanceof RequestDecoder strict ? strict : null;
    }

    /** Ends a connection at once, whatever its peer has not read yet. */
    public static void abort(HttpConnection connection) {
        Channel channel = channel(connection);
        ChannelOutboundInvoker answers = channel.pipeline().context(ANSWERS); // whose close may linger
        (answers == null ? channel : answers).close();
    }

    /** Whether a connection is open, as far as is known; may be asked on any thread. */
    public static BooleanSupplier isOpen(HttpConnection connection) {
        return channel(connection)::isActive;
    }

    private static Channel channel(HttpConnection connection) {
        return ((HttpServerConnection) connection).channelHandlerContext().channel();
    }

    /**
     * Runs work in one of the next turns of the event loop, after sockets were looked at, with no more of the same kind than a
     * turn should take.
     *
     * @param body whether it is the body of a request, which is asked for of those who are known
     */
    void later(EventExecutor loop, Runnable work, boolean body) {
        (body ? bodies : rest).add(work);
        schedule(loop);
    }

    private void schedule(EventExecutor loop) {
        if (!scheduled) {
            scheduled = true;
            // What is due at once is looked for only when a turn begins, unlike what is queued.
            loop.schedule(() -> turn(loop), 0, TimeUnit.NANOSECONDS);
        }
    }

    private void turn(EventExecutor loop) {
        scheduled = false;
        for (int i = 0; i < PER_TURN; i++) {
            Runnable work = bodies.isEmpty() ? rest.poll() : bodies.poll();
            if (work == null) {
                return;
            }
            work.run();
        }
        if (!bodies.isEmpty() || !rest.isEmpty()) {
            schedule(loop);
        }
    }

    /**
     * Sets what a connection holds. Closes connections where all hold too much, and returns false if this one is among
     * them.
     */
    boolean hold(Holder holder, int bytes) {
        Integer before = bytes == 0 ? held.remove(holder) : held.put(holder, bytes);
        unfinished += bytes - (before == null ? 0 : before);
        if (unfinished > unfinishedBytes) {
            relieve();
        }
        return bytes == 0 || held.containsKey(holder);
    }

    private void relieve() {
        List<Map.Entry<Holder, Integer>> most = new ArrayList<>(held.entrySet());
        most.sort(Map.Entry.comparingByValue(Comparator.reverseOrder())); // stable
        for (Map.Entry<Holder, Integer> entry : most) {
            if (unfinished <= unfinishedBytes - unfinishedBytes / FREED_PART) {
                return;
            }
            Integer bytes = held.remove(entry.getKey());
            if (bytes != null) { // closing one may have ended another
                unfinished -= bytes;
                onOverload.run();
                entry.getKey().giveWay();
            }
        }
    }
}
