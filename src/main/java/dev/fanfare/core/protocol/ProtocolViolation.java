package dev.fanfare.core.protocol;

/**
 * A frame that violates its subprotocol; the connection ends with 1007, unless the frame can be answered. The message
 * is safe to show.
 */
public final class ProtocolViolation extends Exception {

    private static final long serialVersionUID = 1L;

    private enum ViolationKind {
        FORM,
        NAME,
        METADATA
    }

    private final ViolationKind violationKind;

    /** @param message what was wrong, where, and what is allowed; at most 123 bytes reach the client */
    public ProtocolViolation(String message) {
        this(message, ViolationKind.FORM);
    }

    private ProtocolViolation(String message, ViolationKind violationKind) {
        super(message, null, false, false);
        this.violationKind = violationKind;
    }

    /** An invalid name of a group or an event. */
    static ProtocolViolation ofName(String message) {
        return new ProtocolViolation(message, ViolationKind.NAME);
    }

    /** Invalid metadata. */
    static ProtocolViolation ofMetadata(String message) {
        return new ProtocolViolation(message, ViolationKind.METADATA);
    }

    /** Whether a name was too long or otherwise invalid. */
    public boolean isOfName() {
        return violationKind == ViolationKind.NAME;
    }

    /** Whether the frame is well-formed, and only its content is not allowed. */
    boolean isOfContent() {
        return violationKind != ViolationKind.FORM;
    }
}
