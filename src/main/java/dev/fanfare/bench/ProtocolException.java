package dev.fanfare.bench;

import java.io.IOException;

/** The server does what a driver does not understand, or refuses. The message is for the user. */
final class ProtocolException extends IOException {

    private static final long serialVersionUID = 1L;

    ProtocolException(String message) {
        super(message);
    }
}
