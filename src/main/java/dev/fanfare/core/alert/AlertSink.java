package dev.fanfare.core.alert;

/** Takes what people are alerted of. Thread-safe; never blocks or throws. */
@FunctionalInterface
public interface AlertSink {

    /** Ignores everything. */
    AlertSink NONE = (cause, example) -> {};

    /**
     * Reports one occurrence. Occurrences of one cause become one notice, with their number and a few examples.
     *
     * @param example what it was about, for people, such as {@code hub chat, handler https://app.example.com}. It leaves the
     *     node: no token, secret or content of a message may be in it. Control characters are replaced, and what is beyond
     *     {@value AlertGroups#EXAMPLE_LENGTH} characters is cut off
     */
    void raise(AlertCause cause, String example);

    /** Reports an internal error, without its message, which may quote what a client sent. */
    default void raiseFault(Throwable fault) {
        StackTraceElement[] stack = fault.getStackTrace();
        raise(AlertCause.INTERNAL_ERROR, fault.getClass().getName() + (stack.length == 0 ? "" : " at " + stack[0]));
    }
}
