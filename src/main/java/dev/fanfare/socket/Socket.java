package dev.fanfare.socket;

import dev.fanfare.core.protocol.Encoded;
import java.net.SocketAddress;

/**
 * One open WebSocket, whoever opened it. Every method is called on its event loop and none blocks. Writing after the end
 * of the socket, or after {@link #close}, does nothing.
 */
public interface Socket {

    /** Writes one message of its own: an answer, a system frame. It leaves at the end of this event-loop turn. */
    void send(Encoded message);

    /**
     * Writes one message whose body is shared and whose last bytes belong to this receiver.
     *
     * @param tail what follows the body, its first {@code tailLength} bytes; not kept
     */
    void send(Encoded message, byte[] tail, int tailLength);

    /** Writes messages that were framed once for many receivers. Takes a reference of its own: the caller keeps his. */
    void send(SharedFrames frames);

    /**
     * As {@link #send(SharedFrames)}, for a caller who has nothing more for this socket in this turn: leaves at once where
     * nothing waits before it.
     */
    void sendNow(SharedFrames frames);

    /**
     * Reads what {@link #sendNow} needs, so that it is in the processor's caches when it is called; the number says nothing.
     */
    int warm();

    /** Whether the peer takes compressed messages. Always the same. */
    boolean deflates();

    /**
     * Whether the socket takes more now. When false the caller keeps what he has until {@link Listener#writable}; what
     * he sends all the same is queued without a bound.
     */
    boolean writable();

    /** Bytes written and not yet taken by the kernel. */
    long pendingBytes();

    /**
     * Bytes of memory that are kept until the kernel has taken everything; of what several sockets share, the part of this
     * one. Asks for each write that waits: not for the hot path.
     */
    long heldBytes();

    /**
     * Tells once whether the kernel has taken everything that was sent before this call; at once, in this call, where that
     * is known.
     */
    void whenTaken(Taken asker);

    /** Writes a ping. */
    void ping();

    /** Whether anything arrived since the last call, of whatever kind. */
    boolean heard();

    /**
     * What of a message or frame has arrived while the rest is missing: 0 for nothing, else a number that is another one for
     * each message, whatever control frames arrive within it.
     */
    long unfinished();

    /** Stops reading, also behind our close frame; what was read already is still delivered. */
    void pause();

    /** Reads again. */
    void resume();

    /**
     * Ends the socket in order: a close frame behind all that was written, then the peer's close frame or a time-out,
     * then the transport. Reads again, but forgets all messages. Repeated calls do nothing.
     *
     * @param code as RFC 6455 section 7.4 allows an endpoint to send
     * @param reason cut to 123 bytes of UTF-8
     */
    void close(int code, String reason);

    /** Ends the transport at once. */
    void abort();

    /** The peer's address. */
    SocketAddress remoteAddress();

    /** Who wants to know when something has been written. Called on the event loop. */
    interface Taken {

        /** @param all whether the kernel took everything; if not, the transport ended before */
        void taken(boolean all);
    }

    /** Who uses the socket. Called on its event loop. */
    interface Listener {

        /** A complete message; a text message is valid UTF-8. The array belongs to the listener. */
        void message(boolean text, byte[] payload);

        /** A ping or a pong arrived. */
        default void control() {}

        /**
         * Something was read; called behind whatever it brought.
         *
         * @param bytes of it
         * @param fragments frames among it that ended no message which was told of
         * @param held bytes of memory that are kept by now for what is not complete, or was not looked at while paused
         */
        default void read(int bytes, int fragments, long held) {}

        /** {@link Socket#writable} became true again. */
        void writable();

        /**
         * The peer has said its last, with a close frame or a violation, and nothing sent from now on reaches it. The
         * transport still has to end: {@link #closed} follows with the same ending. Not called where we closed first, or
         * where the transport just ends.
         */
        void ending(SocketEnd socketEnd);

        /** The socket ended. Called exactly once, and nothing is called after it. */
        void closed(SocketEnd socketEnd);
    }
}
