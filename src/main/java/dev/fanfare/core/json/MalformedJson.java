package dev.fanfare.core.json;

/** A text that is not JSON, or not the JSON that was asked for. The message says where, and quotes nothing of it. */
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
