package dev.fanfare.shard;

import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.session.RateLimiter;
import dev.fanfare.limit.ConnectionLimits;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.Socket;
import dev.fanfare.socket.SocketEnd;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * Connects a socket to the connection that it serves. A connection may get a new socket, and a socket may wait for its
 * connection; events of a replaced socket are ignored. Applies rate limits to reading until the transport has ended, also
 * to data behind our close frame. Confined to the shard's thread.
 */
final class Link implements Socket.Listener {

    /** Why reading is paused. */
    enum Pause {
        /** The client has not been sent {@code connected} yet. */
        BEGINNING,
        /** The backlog of the connection is full. */
        BACKLOG,
        /** The client sends faster than the limits allow. */
        RATE
    }

    /** The connection that a socket serves. */
    interface User {

        /** What it shares with other connections. */
        ConnectionLimits limits();

        /** It is read more slowly because of what it shares with others. */
        void slowed(Metrics.Limit limit);

        /** A message arrived. */
        void received(boolean text, byte[] payload);

        /** The socket is writable again. */
        void writable();

        /** The socket was ended by the peer or a failure. */
        void disconnected(SocketEnd socketEnd);
    }

    private final ShardContext context;
    private final Socket socket;
    private final Runnable onClosed;
    private final RateLimiter rate;
    private final RateLimiter byteRate;
    private final EnumSet<Pause> pauses = EnumSet.noneOf(Pause.class);
    private long held;
    private @Nullable User connection;
    private ConnectionLimits shared = ConnectionLimits.NONE;
    private @Nullable Runnable onBoundOrClosed;
    private boolean closed;

    /** @param onClosed called once, when the transport of the socket has ended */
    Link(ShardContext context, Socket socket, Runnable onClosed) {
        this.context = context;
        this.socket = socket;
        this.onClosed = onClosed;
        this.rate = new RateLimiter(context.limits().messagesPerSecond());
        this.byteRate = new RateLimiter(context.limits().bytesPerSecond());
    }

    Socket socket() {
        return socket;
    }

    /** Whether the socket has ended, or its peer has begun to close it. */
    boolean closed() {
        return closed;
    }

    void bind(User target) {
        connection = target;
        shared = target.limits();
        notifyBoundOrClosed();
    }

    /** Runs an action once, when the socket is bound to a connection or has ended. */
    void whenBoundOrClosed(Runnable action) {
        onBoundOrClosed = action;
    }

    private void notifyBoundOrClosed() {
        Runnable action = onBoundOrClosed;
        onBoundOrClosed = null;
        if (action != null) {
            action.run();
        }
    }

    /** Detaches the connection; the socket holds no message bytes any more. */
    void unbind() {
        connection = null;
        hold(0);
    }

    /** Bytes that the socket holds of incomplete or unread messages. */
    long held() {
        return held;
    }

    private void hold(long bytes) {
        if (bytes != held) {
            context.inboundMemory().add(bytes - held);
            held = bytes;
        }
    }

    // ---- reading

    /** Pauses reading; returns whether it was not yet paused for this reason. */
    boolean pause(Pause reason) {
        boolean fresh = pauses.add(reason);
        if (fresh) {
            socket.pause();
        }
        return fresh;
    }

    /** Removes a reason; resumes reading if it was the last one. */
    void resume(Pause reason) {
        if (pauses.remove(reason) && pauses.isEmpty()) {
            socket.resume();
        }
    }

    boolean paused() {
        return !pauses.isEmpty();
    }

    boolean paused(Pause reason) {
        return pauses.contains(reason);
    }

    /** Pauses reading until the client is within its rate again; returns whether it was not yet paused for that. */
    private boolean throttle(long waitNanos, Metrics.Limit limit) {
        if (waitNanos > 0 && pause(Pause.RATE)) {
            context.metrics().limitReached(limit);
            context.after(waitNanos, () -> resume(Pause.RATE));
            return true;
        }
        return false;
    }

    private void throttleShared(long waitNanos) {
        if (throttle(waitNanos, shared.reached()) && connection != null) {
            connection.slowed(shared.reached());
        }
    }

    // ---- closing

    /** Sends a last frame, if there is one and the client reads. */
    void sendLast(@Nullable Encoded farewell) {
        if (farewell != null && socket.writable()) {
            socket.send(farewell);
        }
    }

    /** Closes the socket. Only the rate limits may delay reading the peer's close frame then. */
    void close(int code, String reason) {
        pauses.clear();
        socket.close(code, reason);
    }

    @Override
    public void message(boolean text, byte[] payload) {
        assert context.onThread();
        takeMessage();
        if (connection != null) {
            connection.received(text, payload);
        }
    }

    @Override
    public void control() {
        assert context.onThread();
        takeMessage();
    }

    private void takeMessage() {
        long now = context.monotonicNanos();
        throttle(rate.take(now), Metrics.Limit.MESSAGE_RATE);
        if (shared != ConnectionLimits.NONE) {
            throttleShared(shared.message(now));
        }
    }

    @Override
    public void read(int bytes, int fragments, long nowHeld) {
        assert context.onThread();
        hold(nowHeld);
        context.inboundMemory().check();
        long now = context.monotonicNanos();
        if (fragments > 0) {
            throttle(rate.take(now, fragments), Metrics.Limit.MESSAGE_RATE);
        }
        if (bytes > 0) {
            throttle(byteRate.take(now, bytes), Metrics.Limit.BYTE_RATE);
            if (shared != ConnectionLimits.NONE) {
                throttleShared(shared.bytes(now, bytes));
            }
        }
    }

    @Override
    public void writable() {
        assert context.onThread();
        if (connection != null) {
            connection.writable();
        }
    }

    @Override
    public void ending(SocketEnd socketEnd) {
        assert context.onThread();
        closed = true;
        if (connection != null) {
            connection.disconnected(socketEnd);
        }
    }

    @Override
    public void closed(SocketEnd socketEnd) {
        assert context.onThread();
        hold(0);
        notifyBoundOrClosed();
        onClosed.run();
        ending(socketEnd);
    }
}
