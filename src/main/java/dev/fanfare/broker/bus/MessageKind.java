package dev.fanfare.broker.bus;

import java.util.Locale;

/** The kinds of messages between nodes, one for each codec of the bus; a label of metrics. */
public enum MessageKind {
    PUBLICATION,
    OPERATION,
    RESULT,
    ROUTING,
    HELLO,
    HANDOVER,
    NOTE;

    /** The value of the label. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
