package dev.fanfare.socket;

import io.netty.channel.Channel;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;

/**
 * How the heads of requests (request line and headers) are read on the connections of an event loop: strictly, and within
 * bounds for each and for all that are unfinished together. Belongs to the event loop.
 */
public final class RequestHeads {

    private final Http1ServerConfig config;
    private final long unfinishedBytes;
    private final Runnable onOverload;
    private long unfinished;

    /**
     * Creates it.
     *
     * @param lineBytes of a request line
     * @param headerBytes of all headers of a request
     * @param unfinishedBytes of all heads, chunk headers and trailers that are not complete yet, and of what came behind
     *     requests to upgrade that are not answered yet, with the buffers they are in; a connection that needs more is closed
     * @param onOverload told of each connection that is closed for that reason
     */
    public RequestHeads(int lineBytes, int headerBytes, long unfinishedBytes, Runnable onOverload) {
        this.config = new Http1ServerConfig().setMaxInitialLineLength(lineBytes).setMaxHeaderSize(headerBytes);
        this.unfinishedBytes = unfinishedBytes;
        this.onOverload = onOverload;
    }

    /** Reads requests of a connection this way. Call it from the server's connection handler. */
    public void read(HttpConnection connection) {
        channel(connection).pipeline().replace(Upgrade.DECODER, Upgrade.DECODER, new RequestDecoder(config, this));
    }

    /** Ends a connection at once, whatever its peer has not read yet. */
    public static void abort(HttpConnection connection) {
        channel(connection).close();
    }

    private static Channel channel(HttpConnection connection) {
        return ((HttpServerConnection) connection).channelHandlerContext().channel();
    }

    /** Counts more bytes, or fewer; returns false, and counts nothing, if it were more than is allowed. */
    boolean hold(int bytes) {
        if (unfinished + bytes > unfinishedBytes) {
            onOverload.run();
            return false;
        }
        unfinished += bytes;
        return true;
    }

    void release(int bytes) {
        unfinished -= bytes;
    }
}
