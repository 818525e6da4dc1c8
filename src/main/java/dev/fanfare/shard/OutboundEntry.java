package dev.fanfare.shard;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.socket.Socket;
import org.jspecify.annotations.Nullable;

/** An outbound connection as seen by the code that dials its sockets. Confined to the shard's thread. */
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
        assert shard.onThread();
        return connection.present();
    }

    public String connectionId() {
        return connection.connectionId();
    }

    /** Why the last attempt failed or the last socket ended; null before the first failure. */
    public @Nullable String lastError() {
        assert shard.onThread();
        return remote.lastError();
    }

    /** A dial attempt starts. {@code attempts} counts it too. */
    public void dialling(int attempts) {
        assert shard.onThread();
        remote.dialling(attempts);
    }

    /** Attaches a socket; returns the listener for its events. */
    public Socket.Listener attach(Socket socket) {
        return shard.begin(connection, socket);
    }

    /** The attempt failed; another one will follow. */
    public void failed(ErrorCode code, String text) {
        assert shard.onThread();
        remote.failed(code, text);
    }

    /** Ends the connection: no more attempts will be made. */
    public void giveUp() {
        assert shard.onThread();
        connection.end(CloseReason.REMOTE_UNREACHABLE, CloseReason.REMOTE_UNREACHABLE.text());
    }

    /** Ends the connection here because another node takes it over. Any thread. */
    public void release() {
        shard.execute(() -> connection.end(CloseReason.SHUTDOWN, CloseReason.SHUTDOWN.text()));
    }
}
