package dev.fanfare.bench;

import java.io.IOException;

/** The server refuses, or its answer is not understood. The message is for the user. */
final class ProtocolException extends IOException {

    private static final long serialVersionUID = 1L;

    ProtocolException(String message) {
        super(message);
    }
}
