package dev.fanfare.core;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

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

    /** The state with this name; null if there is none. */
    public static @Nullable ConnectionState of(String label) {
        for (ConnectionState state : values()) {
            if (state.label.equals(label)) {
                return state;
            }
        }
        return null;
    }
}
