package dev.fanfare.core;

import java.util.Locale;

/** How a connection is at the moment. */
public enum ConnectionState {
    /** Its first socket is being opened. */
    CONNECTING,
    /** It has a socket. */
    OPEN,
    /** It lost its socket: inbound, its session waits for the client; outbound, it will be opened again. */
    WAITING,
    /** An outbound connection that is not opened again. */
    CLOSED;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Its name in listings. */
    public String label() {
        return label;
    }
}
