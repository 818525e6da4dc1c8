package dev.fanfare.shard;

import dev.fanfare.socket.Socket;

/**
 * A new connection that is registered and has no socket yet. Exactly one of {@link #attach} and {@link #abandon} must be
 * called soon, on the shard's thread.
 */
public final class InboundEntry {

    private final Shard shard;
    private final Connection connection;

    InboundEntry(Shard shard, Connection connection) {
        this.shard = shard;
        this.connection = connection;
    }

    Connection connection() {
        return connection;
    }

    /** Attaches the socket; returns the listener for its events. */
    public Socket.Listener attach(Socket socket) {
        return shard.begin(connection, socket);
    }

    /** Ends the connection: its client has disconnected. */
    public void abandon() {
        assert shard.onThread();
        connection.abandon();
    }
}
