package dev.fanfare.socket;

import org.jspecify.annotations.Nullable;

/** The outcome of a {@link DialRequest}. Our own texts contain nothing that the server could have chosen. */
public sealed interface DialAnswer {

    /** Calls the method of the handler for this outcome. */
    void accept(DialAnswerHandler handler);

    /**
     * The server accepted the upgrade: call {@link Dial#open} or {@link Dial#abandon} at once.
     *
     * @param subprotocol one of those offered, null for none
     */
    record Accepted(@Nullable String subprotocol) implements DialAnswer {
        @Override
        public void accept(DialAnswerHandler handler) {
            handler.on(this);
        }
    }

    /**
     * The server redirects to another URL.
     *
     * @param location absolute or relative; untrusted
     */
    record Redirected(String location) implements DialAnswer {
        @Override
        public void accept(DialAnswerHandler handler) {
            handler.on(this);
        }
    }

    /**
     * The server refused the upgrade.
     *
     * @param status of its response
     */
    record Refused(int status) implements DialAnswer {
        @Override
        public void accept(DialAnswerHandler handler) {
            handler.on(this);
        }
    }

    /**
     * The response violates RFC 6455 section 4.1.
     *
     * @param text what is wrong with it
     */
    record Invalid(String text) implements DialAnswer {
        @Override
        public void accept(DialAnswerHandler handler) {
            handler.on(this);
        }
    }

    /** The transport ended before a response arrived. */
    record Lost() implements DialAnswer {
        @Override
        public void accept(DialAnswerHandler handler) {
            handler.on(this);
        }
    }
}
