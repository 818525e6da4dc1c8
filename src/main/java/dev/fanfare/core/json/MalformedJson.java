package dev.fanfare.core.json;

/** Text that is not JSON, or not the expected JSON. The message says where, and quotes none of it. */
public final class MalformedJson extends Exception {

    private static final long serialVersionUID = 1L;

    /** @param message at most 100 characters of ASCII */
    MalformedJson(String message) {
        super(message, null, false, false);
    }

    /** What is wrong. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
