package dev.fanfare.connection;

import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.socket.Ending;
import dev.fanfare.socket.Socket;
import org.jspecify.annotations.Nullable;

/**
 * Between a socket and the connection it serves. A connection may get a new socket, and a socket may wait for its
 * connection; what an outdated socket says reaches nobody. Belongs to the shard's thread.
 */
final class Link implements Socket.Listener {

    private final Socket socket;
    private final Inbound inbound;
    private final Runnable onClosed;
    private long held;
    private @Nullable Connection connection;
    private @Nullable Runnable onServed;
    private boolean closed;

    /** @param onClosed called once, when the transport of the socket has ended */
    Link(Socket socket, Inbound inbound, Runnable onClosed) {
        this.socket = socket;
        this.inbound = inbound;
        this.onClosed = onClosed;
    }

    Socket socket() {
        return socket;
    }

    /** Whether the socket has ended, or is about to by the doing of its peer. */
    boolean closed() {
        return closed;
    }

    void bind(Connection target) {
        connection = target;
        served();
    }

    /** Has something done once, when the socket has got its connection or has ended. */
    void whenServed(Runnable action) {
        onServed = action;
    }

    private void served() {
        Runnable action = onServed;
        onServed = null;
        if (action != null) {
            action.run();
        }
    }

    /** The connection has done with the socket, which keeps nothing of messages any more. */
    void unbind() {
        connection = null;
        hold(0);
    }

    /** What the socket keeps of what is not complete or not looked at. */
    long held() {
        return held;
    }

    private void hold(long bytes) {
        if (bytes != held) {
            inbound.add(bytes - held);
            held = bytes;
        }
    }

    /** Sends a farewell, if there is one and the client reads. */
    void sendLast(@Nullable Encoded farewell) {
        if (farewell != null && socket.writable()) {
            socket.send(farewell);
        }
    }

    @Override
    public void message(boolean text, byte[] payload) {
        if (connection != null) {
            connection.received(text, payload);
        }
    }

    @Override
    public void control() {
        if (connection != null) {
            connection.control();
        }
    }

    @Override
    public void read(int bytes, int fragments, long nowHeld) {
        hold(nowHeld);
        inbound.check();
        if (connection != null) {
            connection.read(bytes, fragments);
        }
    }

    @Override
    public void writable() {
        if (connection != null) {
            connection.writable();
        }
    }

    @Override
    public void ending(Ending ending) {
        closed = true;
        if (connection != null) {
            connection.disconnected(ending);
        }
    }

    @Override
    public void closed(Ending ending) {
        hold(0);
        served();
        onClosed.run();
        ending(ending);
    }
}
