package dev.fanfare.core.filter;

/** An invalid filter. The message says where, what was found and what was expected; it is safe to show. */
public final class FilterException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int position;

    FilterException(int position, String message) {
        super("position " + position + ": " + message, null, false, false);
        this.position = position;
    }

    /** The character the problem begins at, counted from 1. */
    public int position() {
        return position;
    }
}
