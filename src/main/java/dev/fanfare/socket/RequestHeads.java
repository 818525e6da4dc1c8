package dev.fanfare.socket;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * How requests are read on the connections of an event loop: their heads (request line and headers) strictly, one request at a
 * time, and within bounds for each and for all that are unfinished together. A body is read when {@link #readBody} asks for
 * it, or once the request is answered; the next request once this one is answered. What comes earlier is counted, and after
 * the first {@value RequestDecoder#UNREAD_BYTES} bytes it stays in the kernel. Belongs to the event loop.
 */
public final class RequestHeads {

    /** Connections are closed until this part of the bound is free. */
    private static final int FREED_PART = 16;

    private static final String ENCODER = "httpEncoder";

    private final Http1ServerConfig config;
    private final long unfinishedBytes;
    private final Runnable onOverload;

    /** Bytes by connection, the one that holds some for longest first. */
    private final Map<Holder, Integer> held = new LinkedHashMap<>();

    private long unfinished;

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
        pipeline.addAfter(ENCODER, "answers", decoder.answers());
    }

    /** Reads the body of a request, whose handlers are set and which is not paused. Without it, its answer is awaited. */
    public static void readBody(HttpServerRequest request) {
        if (channel(request.connection()).pipeline().get(Upgrade.DECODER) instanceof RequestDecoder decoder) {
            decoder.readBody();
        }
    }

    /** Ends a connection at once, whatever its peer has not read yet. */
    public static void abort(HttpConnection connection) {
        channel(connection).close();
    }

    /** Whether a connection is open, as far as is known; may be asked on any thread. */
    public static BooleanSupplier isOpen(HttpConnection connection) {
        return channel(connection)::isActive;
    }

    private static Channel channel(HttpConnection connection) {
        return ((HttpServerConnection) connection).channelHandlerContext().channel();
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
