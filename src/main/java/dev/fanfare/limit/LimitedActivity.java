package dev.fanfare.limit;

import dev.fanfare.config.Config;

/** What is limited for users, addresses and hubs. */
enum LimitedActivity {
    CONNECTIONS("connections", "connections"),
    HANDSHAKES("handshakesPerSecond", "handshakes"),
    MESSAGES("messagesPerSecond", "messages"),
    BYTES("bytesPerSecond", "bytes"),
    JOINS("joinsPerSecond", "joins of groups");

    private final String key;
    private final String text;

    LimitedActivity(String key, String text) {
        this.key = key;
        this.text = text;
    }

    /** The name of the key in its section of the configuration. */
    String key() {
        return key;
    }

    /** For people. */
    String text() {
        return text;
    }

    /** The limit; 0 = none. */
    int of(Config.SharedLimits limits) {
        return switch (this) {
            case CONNECTIONS -> limits.connections();
            case HANDSHAKES -> limits.handshakesPerSecond();
            case MESSAGES -> limits.messagesPerSecond();
            case BYTES -> limits.bytesPerSecond();
            case JOINS -> limits.joinsPerSecond();
        };
    }
}
