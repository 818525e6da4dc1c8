package dev.fanfare.event;

import dev.fanfare.core.ErrorCode;

/** An event that nobody handled. The message is safe to show to the client. */
public final class EventException extends Exception {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public EventException(ErrorCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}
