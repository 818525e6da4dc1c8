package dev.fanfare.delivery;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.socket.Socket;
import org.jspecify.annotations.Nullable;

/**
 * Writes or queues the messages for one client; nothing else writes messages. Bounded in bytes. Confined to the shard's
 * thread.
 */
public interface Outbox {

    /** See {@link Receiver#warm}. */
    int warm();

    /** A new socket was attached; nothing has been written to it. */
    void attached();

    /**
     * Writes messages, or queues them while there is no socket or it is not writable.
     *
     * @param receipt of the only message; null without a report
     * @return null, or the reason to close the connection
     */
    @Nullable
    CloseReason offer(Broadcast broadcast, @Nullable Socket socket, @Nullable Receipt receipt);

    /** Writes queued messages while the socket is writable. */
    void pump(Socket socket);

    /** The client has acknowledged everything up to this sequence id. */
    void acknowledged(long sequenceId);

    /** The number of messages that would be lost if the session ended now. */
    int waiting();

    /** Bytes that wait for the socket. */
    long waitingBytes();

    /** Bytes kept until the client acknowledges them. */
    long unacknowledgedBytes();

    /** Drops all queued messages and returns true, if the policies allow it. */
    boolean shed();

    /** The socket is gone, and the session continues without it. */
    void detached();

    /**
     * Drops everything; nothing will be written any more.
     *
     * @param why the error for receipts of queued messages
     */
    void close(ErrorCode why);
}
