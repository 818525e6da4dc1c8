package dev.fanfare.core;

import java.util.Locale;

/** Who opened a connection. */
public enum ConnectionType {
    /** A client connected to this node. */
    INBOUND,
    /** This node connected to a remote server. */
    OUTBOUND;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Its name in filters, listings, events and metrics. */
    public String label() {
        return label;
    }
}
