package dev.fanfare.shard;

import dev.fanfare.core.ErrorCode;

/** An outbound connection that is not taken up. The message is safe to show to the caller. */
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
