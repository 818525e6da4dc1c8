package dev.fanfare.socket;

/**
 * How a socket ended.
 *
 * @param endKind what ended it
 * @param code the close code of the side that closed first; 1005 for a close frame without a code, 1006 for no close
 *     frame
 * @param reason the text of that side, empty for none; the peer's is untrusted
 */
public record SocketEnd(EndKind endKind, int code, String reason) {

    /** What ended a socket. */
    public enum EndKind {
        /** The peer started the closing handshake. */
        PEER_CLOSED,
        /** We started it, with {@link Socket#close}; whether or not the peer answered. */
        WE_CLOSED,
        /** The peer violated RFC 6455: code 1002. */
        PROTOCOL_ERROR,
        /** The peer sent invalid UTF-8: code 1007. */
        INVALID_UTF8,
        /** The peer sent a compressed message that cannot be inflated: code 1007. */
        CORRUPT,
        /** A message over the limit, inflated or not: code 1009. */
        MESSAGE_TOO_BIG,
        /** A frame over the limit: code 1009. */
        FRAME_TOO_BIG,
        /** Too many fragments in a message: code 1009. */
        TOO_MANY_FRAMES,
        /** The transport ended without a closing handshake, or {@link Socket#abort} ended it. */
        LOST,
        /** The listener threw; the fault has been reported. */
        FAULT
    }
}
