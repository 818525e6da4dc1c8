package dev.fanfare.store.state;

/** Bytes that are not what they should be: damaged, cut off, or written by a newer release. */
public final class StoreFormatException extends Exception {

    private static final long serialVersionUID = 1L;

    public StoreFormatException(String message) {
        super(message);
    }

    StoreFormatException(String message, Exception cause) {
        super(message, cause);
    }
}
