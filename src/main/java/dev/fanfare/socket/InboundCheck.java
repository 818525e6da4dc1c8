package dev.fanfare.socket;

import java.nio.ByteBuffer;

/** Checks what the peer of one connection sends before anything reads it. Confined to the event loop of the connection. */
public interface InboundCheck {

    /**
     * Checks the next bytes, and may move their position. Returns whether they are in order; otherwise nothing reads them, and
     * the connection is closed.
     */
    boolean accepts(ByteBuffer bytes);

    /**
     * The connection is being closed, for bytes that were not in order.
     *
     * @param remote address and port of the peer
     */
    void refused(String remote);
}
