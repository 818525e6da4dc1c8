package dev.fanfare.shard;

import dev.fanfare.socket.Socket;

/**
 * A new connection that has its places in its groups and no socket yet: exactly one of {@link #attach} and
 * {@link #abandon} is to be called, soon, on the shard's thread.
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

    /** Gives the connection its socket. What it returns hears of everything that happens to that. */
    public Socket.Listener attach(Socket socket) {
        return shard.begin(connection, socket);
    }

    /** Ends the connection: its client has gone. */
    public void abandon() {
        connection.abandon();
    }
}
