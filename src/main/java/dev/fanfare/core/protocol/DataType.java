package dev.fanfare.core.protocol;

/** What the bytes of a {@link Payload} mean. */
public enum DataType {
    /** UTF-8 text. */
    TEXT("text"),
    /** One JSON value, forwarded byte for byte as it was published. */
    JSON("json"),
    /** Bytes that are opaque to the broker; base64 inside JSON. */
    BINARY("binary"),
    /** A serialised {@code google.protobuf.Any}; base64 inside JSON. */
    PROTOBUF("protobuf");

    private final String wireName;

    DataType(String wireName) {
        this.wireName = wireName;
    }

    /** The value of {@code dataType} on the wire. */
    public String wireName() {
        return wireName;
    }
}
