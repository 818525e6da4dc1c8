package dev.fanfare.store;

/** A watch that is open. */
@FunctionalInterface
public interface Watch extends AutoCloseable {

    /**
     * Ends it. If this is called on the context of the listener, nothing is delivered afterwards; otherwise what is being
     * delivered may still arrive. Closing it again has no effect.
     */
    @Override
    void close();
}
