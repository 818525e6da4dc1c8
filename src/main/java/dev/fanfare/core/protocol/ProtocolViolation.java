package dev.fanfare.core.protocol;

/** A frame that does not follow its subprotocol; the connection ends with 1007. The message is safe to show. */
public final class ProtocolViolation extends Exception {

    private static final long serialVersionUID = 1L;

    /** @param message what was wrong, where, and what is allowed; at most 123 bytes reach the client */
    public ProtocolViolation(String message) {
        super(message, null, false, false);
    }
}
