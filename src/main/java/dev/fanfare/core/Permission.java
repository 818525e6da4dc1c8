package dev.fanfare.core;

import org.jspecify.annotations.Nullable;

/** What a connection may do to a group. */
public enum Permission {
    JOIN_LEAVE_GROUP("joinLeaveGroup"),
    SEND_TO_GROUP("sendToGroup");

    private final String wireName;

    Permission(String wireName) {
        this.wireName = wireName;
    }

    /** The name on the REST API; in a role it follows {@code webpubsub.}. */
    public String wireName() {
        return wireName;
    }

    /** The permission of that name, compared exactly, or null. */
    public static @Nullable Permission of(String name) {
        for (Permission permission : values()) {
            if (permission.wireName.equals(name)) {
                return permission;
            }
        }
        return null;
    }
}
