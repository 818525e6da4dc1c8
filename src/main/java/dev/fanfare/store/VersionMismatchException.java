package dev.fanfare.store;

/** The condition of a write did not hold. The write had no effect. */
public final class VersionMismatchException extends StoreException {

    private static final long serialVersionUID = 1L;

    private final long current;

    /** @param current the version that the key has, 0 if it is not there */
    public VersionMismatchException(long current) {
        super(current == 0 ? "the key is not there" : "the key has version " + current, null);
        this.current = current;
    }

    /** The version that the key had when the write was tried; 0 if it was not there. */
    public long current() {
        return current;
    }
}
