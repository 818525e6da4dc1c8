package dev.fanfare.store;

/** The store has no room for a write. The write had no effect. Removing, and expiry, make room. */
public final class StoreFullException extends StoreException {

    private static final long serialVersionUID = 1L;

    private final long used;
    private final long limit;

    /**
     * @param name of the key or of the log
     * @param used bytes in use
     * @param limit bytes that may be in use
     */
    public StoreFullException(String name, long used, long limit) {
        super("no room for " + name + ": " + used + " of " + limit + " bytes are in use", null);
        this.used = used;
        this.limit = limit;
    }

    /** Bytes in use, as the store counts them. */
    public long used() {
        return used;
    }

    /** Bytes that may be in use. */
    public long limit() {
        return limit;
    }
}
