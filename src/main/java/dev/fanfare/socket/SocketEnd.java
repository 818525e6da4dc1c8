package dev.fanfare.socket;

/**
 * How a socket ended.
 *
 * @param kind who or what ended it
 * @param code the close code of the side that began; 1005 for a close frame without one, 1006 for none
 * @param reason the text of that side, empty for none; the peer's is untrusted
 */
public record SocketEnd(Kind kind, int code, String reason) {

    /** Who or what ended a socket. */
    public enum Kind {
        /** The peer began the closing handshake. */
        PEER_CLOSED,
        /** We did, with {@link Socket#close}; whether or not the peer answered. */
        WE_CLOSED,
        /** The peer violated RFC 6455: code 1002. */
        PROTOCOL_ERROR,
        /** The peer sent invalid UTF-8: code 1007. */
        INVALID_UTF8,
        /** The peer sent a compressed message that is none: code 1007. */
        CORRUPT,
        /** A message over the limit, inflated or not: code 1009. */
        MESSAGE_TOO_BIG,
        /** A frame over the limit: code 1009. */
        FRAME_TOO_BIG,
        /** Too many fragments in a message: code 1009. */
        TOO_MANY_FRAMES,
        /** The transport ended without a closing handshake, or {@link Socket#abort} ended it. */
        LOST,
        /** A fault of ours in the listener; it has been logged. */
        FAULT
    }
}
