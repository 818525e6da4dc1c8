package dev.fanfare.cli;

/** A command that is not possible as given. The message is for the operator and holds no secret. */
final class UsageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message, null, false, false);
    }
}
