package dev.fanfare.bench;

/** The wire formats that a driver supports. */
public enum LoadSubprotocol {
    /** None: messages without an envelope. */
    RAW(""),
    /** {@code json.webpubsub.azure.v1}. */
    JSON("json.webpubsub.azure.v1"),
    /** {@code json.reliable.webpubsub.azure.v1}, with acknowledgements. */
    RELIABLE("json.reliable.webpubsub.azure.v1");

    private final String wireName;

    LoadSubprotocol(String wireName) {
        this.wireName = wireName;
    }

    /** As in {@code Sec-WebSocket-Protocol}; empty for none. */
    String wireName() {
        return wireName;
    }

    boolean json() {
        return this != RAW;
    }
}
