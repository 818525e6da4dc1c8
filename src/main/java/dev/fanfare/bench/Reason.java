package dev.fanfare.bench;

/** Why something failed, in one line that is the same for all connections, so that they can be counted together. */
final class Reason {

    private Reason() {}

    static String of(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return message == null
                ? root.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}
