package dev.fanfare.bench;

import java.util.regex.Pattern;

/** Why something failed, in one line that is the same for all connections, so that failures can be counted by it. */
final class InvalidReason {

    /** The prefix of messages of the native transport; what follows is for people. */
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
