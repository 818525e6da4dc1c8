package dev.fanfare.bench;

import java.util.regex.Pattern;

/** Why something failed, in one line that is the same for all connections, so that they can be counted together. */
final class InvalidReason {

    /** With which messages of the native transport begin; what is behind it is for people. */
    private static final Pattern NATIVE_CALL = Pattern.compile("^\\w+\\(.*\\) failed with error\\(-?\\d+\\): ");

    private InvalidReason() {}

    static String of(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return message == null
                ? root.getClass().getSimpleName()
                : NATIVE_CALL.matcher(message.lines().findFirst().orElse("")).replaceFirst("");
    }
}
