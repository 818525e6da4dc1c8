package dev.fanfare.core.uri;

/** A path or a query that violates the encoding of RFC 3986. The message says how, and quotes none of it. */
public final class MalformedUri extends Exception {

    private static final long serialVersionUID = 1L;

    private final String part;

    MalformedUri(String part, String problem) {
        super("the " + part + " " + problem, null, false, false);
        this.part = part;
    }

    /** Which part of the URL it is: {@code path} or {@code query}. */
    public String part() {
        return part;
    }

    /** What is wrong. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
