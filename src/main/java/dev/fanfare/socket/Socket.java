package dev.fanfare.socket;

import dev.fanfare.core.protocol.Encoded;
import java.net.SocketAddress;

/**
 * One open WebSocket, inbound or outbound. Every method is called on its event loop and none blocks. Writes after the
 * end of the socket, or after {@link #close}, are ignored.
 */
public interface Socket {

    /**
     * Writes one message for this socket alone: a response, a system frame. It is flushed at the end of this event-loop
     * turn.
     */
    void send(Encoded message);

    /**
     * Writes one message whose body is shared and whose last bytes belong to this receiver.
     *
     * @param tail what follows the body, its first {@code tailLength} bytes; not kept
     */
    void send(Encoded message, byte[] tail, int tailLength);

    /**
     * Writes messages that were framed once for many receivers. Takes its own reference: the caller keeps its
     * reference.
     */
    void send(SharedFrames frames);

    /**
     * As {@link #send(SharedFrames)}, for a caller that has nothing more for this socket in this turn: written at once
     * if nothing is queued before it.
     */
    void sendNow(SharedFrames frames);

    /** Prefetches what {@link #sendNow} reads into the processor's caches; the result has no meaning. */
    int warm();

    /** Whether the peer accepts compressed messages. Constant. */
    boolean deflates();

    /**
     * Whether the socket accepts more now. While false the caller must wait for {@link Listener#writable}; what it
     * sends nevertheless is queued without a bound.
     */
    boolean writable();

    /** Bytes written and not yet accepted by the kernel. */
    long pendingBytes();

    /**
     * Bytes of memory retained until the kernel has accepted everything; of shared buffers, the share of this socket.
     * Visits each pending write: not for the hot path.
     */
    long heldBytes();

    /**
     * Calls back once with whether the kernel accepted everything sent before this call; synchronously if that is
     * already known.
     */
    void whenTaken(Taken asker);

    /** Writes a ping. */
    void ping();

    /** Whether any bytes arrived since the last call. */
    boolean heard();

    /**
     * Identifies the incomplete message or frame: 0 if there is none, else a number that differs for each message and
     * is not changed by control frames within it.
     */
    long unfinished();

    /** Stops reading, also after our close frame; what was read already is still delivered. */
    void pause();

    /** Resumes reading. */
    void resume();

    /**
     * Starts the closing handshake: a close frame after everything written, then the peer's close frame or a timeout,
     * then the end of the transport. Resumes reading, but discards all messages. Repeated calls do nothing.
     *
     * @param code as RFC 6455 section 7.4 allows an endpoint to send
     * @param reason cut to 123 bytes of UTF-8
     */
    void close(int code, String reason);

    /** Ends the transport at once. */
    void abort();

    /** The peer's address. */
    SocketAddress remoteAddress();

    /** Called back when earlier writes are done. On the event loop. */
    interface Taken {

        /** @param all whether the kernel accepted everything; if not, the transport ended first */
        void taken(boolean all);
    }

    /** Receives the events of a socket, on its event loop. */
    interface Listener {

        /** A complete message; a text message is valid UTF-8. The array belongs to the listener. */
        void message(boolean text, byte[] payload);

        /** A ping or a pong arrived. */
        default void control() {}

        /**
         * Bytes were read; called after the messages and control frames among them.
         *
         * @param bytes how many were consumed
         * @param fragments frames among them that completed no delivered message
         * @param held bytes of memory now held for an incomplete message, or unread because of a pause
         */
        default void read(int bytes, int fragments, long held) {}

        /** {@link Socket#writable} became true again. */
        void writable();

        /**
         * The peer ended the conversation, by a close frame or a violation, and nothing sent from now on reaches it.
         * The transport still has to end: {@link #closed} follows with the same end. Not called if we closed first, or
         * if the transport ends without a closing handshake.
         */
        void ending(SocketEnd socketEnd);

        /** The socket ended. Called exactly once, and nothing is called after it. */
        void closed(SocketEnd socketEnd);
    }
}
