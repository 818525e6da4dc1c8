package dev.fanfare.core;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a key may be used for: each operation of the REST API belongs to one of these classes. */
public enum OperationClass {
    /** Sending messages. */
    PUBLISH,
    /** Listing and showing, without changing anything. */
    READ,
    /** Changing something: connections, group members, permissions, and settings of the node. */
    MANAGE,
    /** Admitting clients: signing tokens for them, or having the node sign them. */
    CONNECT;

    /** As written in the configuration. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The class of that name, in lower case; null if there is none. */
    public static @Nullable OperationClass named(String text) {
        for (OperationClass operationClass : values()) {
            if (operationClass.text().equals(text)) {
                return operationClass;
            }
        }
        return null;
    }
}
