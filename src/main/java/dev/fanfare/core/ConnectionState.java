package dev.fanfare.core;

import java.util.Locale;

/** The current state of a connection. */
public enum ConnectionState {
    /** Its first socket is being opened. */
    CONNECTING,
    /** It has a socket. */
    OPEN,
    /** It lost its socket: an inbound session waits for its client, an outbound one for the next attempt. */
    WAITING,
    /** An outbound connection that will not be opened again. */
    CLOSED;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Its name in listings. */
    public String label() {
        return label;
    }
}
