package dev.fanfare.core.codec;

import java.io.IOException;

/** A message of another node that cannot be read. The only exception of all readers, whatever the bytes. */
public final class WireException extends IOException {
    private static final long serialVersionUID = 1;

    private final boolean unknownKind;

    private WireException(String text, boolean unknownKind) {
        super(text);
        this.unknownKind = unknownKind;
    }

    /** Bytes that no version writes, or that were cut short. */
    public static WireException malformed(String text) {
        return new WireException(text, false);
    }

    /** A kind of message that this version does not know. */
    public static WireException unknownKind(String kind) {
        return new WireException("unknown kind: " + kind, true);
    }

    /** Whether the message is intact, as far as one can see, but of a kind that this version does not know. */
    public boolean isUnknownKind() {
        return unknownKind;
    }
}
