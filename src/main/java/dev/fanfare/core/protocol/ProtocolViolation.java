package dev.fanfare.core.protocol;

/** A frame that does not follow its subprotocol; the connection ends with 1007. The message is safe to show. */
public final class ProtocolViolation extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean ofName;

    /** @param message what was wrong, where, and what is allowed; at most 123 bytes reach the client */
    public ProtocolViolation(String message) {
        this(message, false);
    }

    private ProtocolViolation(String message, boolean ofName) {
        super(message, null, false, false);
        this.ofName = ofName;
    }

    /** A name that is not allowed. */
    static ProtocolViolation ofName(String message) {
        return new ProtocolViolation(message, true);
    }

    /** Whether a name was too long or otherwise not allowed. */
    public boolean isOfName() {
        return ofName;
    }
}
