package dev.fanfare.shard;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.socket.Socket;

/** An outbound connection, for whoever opens its sockets. Belongs to the shard's thread. */
public final class OutboundEntry {

    private final Shard shard;
    private final Connection connection;
    private final Remote remote;

    OutboundEntry(Shard shard, Connection connection, Remote remote) {
        this.shard = shard;
        this.connection = connection;
        this.remote = remote;
    }

    /** Whether it has not ended. */
    public boolean present() {
        return connection.present();
    }

    public String connectionId() {
        return connection.connectionId();
    }

    /** What is known of it. */
    public OutboundStatus status() {
        return remote;
    }

    /** An attempt to open a socket begins; so many were made with this one. */
    public void dialling(int attempts) {
        remote.dialling(attempts);
    }

    /** Gives the connection a socket. What it returns hears of everything that happens to that. */
    public Socket.Listener attach(Socket socket) {
        return shard.begin(connection, socket);
    }

    /** The attempt failed; another one follows. */
    public void failed(ErrorCode code, String text) {
        remote.failed(code, text);
    }

    /** Ends the connection: it gets no socket any more. */
    public void giveUp() {
        connection.end(CloseReason.REMOTE_UNREACHABLE, CloseReason.REMOTE_UNREACHABLE.text());
    }

    /** Ends the connection here, since it is to be another node's. May be called from anywhere. */
    public void release() {
        shard.execute(() -> connection.end(CloseReason.SHUTDOWN, CloseReason.SHUTDOWN.text()));
    }
}
