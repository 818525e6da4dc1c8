package dev.fanfare.delivery;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.socket.Socket;
import org.jspecify.annotations.Nullable;

/**
 * What is on its way to one client: the single place that writes messages. Bounded in bytes. Belongs to the shard's
 * thread.
 */
public interface Outbox {

    /** See {@link Receiver#warm}. */
    int warm();

    /** A new socket is there and has seen nothing yet. */
    void attached();

    /**
     * Writes messages, or keeps them while there is no socket or it is slow.
     *
     * @param receipt of the one message, where somebody wants to know what becomes of it
     * @return null, or why the connection cannot go on
     */
    @Nullable
    CloseReason offer(Broadcast broadcast, @Nullable Socket socket, @Nullable Receipt receipt);

    /** Writes what was kept, as far as the socket takes it. */
    void pump(Socket socket);

    /** The client has everything up to this sequence id. */
    void acknowledged(long sequenceId);

    /** Messages that would be lost if the session ended now. */
    int waiting();

    /** Bytes that wait for the socket. */
    long waitingBytes();

    /** Bytes kept until the client acknowledges them. */
    long unacknowledgedBytes();

    /** Drops what waits, and returns true, if policies allow to drop all of it. */
    boolean shed();

    /** The socket is gone, and the session waits for another one. */
    void detached();

    /**
     * Nothing will be written any more: forgets everything.
     *
     * @param why what waits is lost
     */
    void close(ErrorCode why);
}
