package dev.fanfare.core.protocol;

/**
 * A frame that violates its subprotocol; the connection ends with 1007, unless the frame can be answered. The message
 * is safe to show.
 */
public final class ProtocolViolation extends Exception {

    private static final long serialVersionUID = 1L;

    private enum Kind {
        FORM,
        NAME,
        METADATA
    }

    private final Kind kind;

    /** @param message what was wrong, where, and what is allowed; at most 123 bytes reach the client */
    public ProtocolViolation(String message) {
        this(message, Kind.FORM);
    }

    private ProtocolViolation(String message, Kind kind) {
        super(message, null, false, false);
        this.kind = kind;
    }

    /** An invalid name of a group or an event. */
    static ProtocolViolation ofName(String message) {
        return new ProtocolViolation(message, Kind.NAME);
    }

    /** Invalid metadata. */
    static ProtocolViolation ofMetadata(String message) {
        return new ProtocolViolation(message, Kind.METADATA);
    }

    /** Whether a name was too long or otherwise invalid. */
    public boolean isOfName() {
        return kind == Kind.NAME;
    }

    /** Whether the frame is well-formed, and only its content is not allowed. */
    boolean isOfContent() {
        return kind != Kind.FORM;
    }
}
