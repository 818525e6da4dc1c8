package dev.fanfare.shard;

import dev.fanfare.core.ErrorCode;

/** Rejection of an outbound connection. The message is safe to show to the caller. */
public final class OutboundException extends Exception {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public OutboundException(ErrorCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}
