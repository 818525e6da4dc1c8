package dev.fanfare.socket;

import org.jspecify.annotations.Nullable;

/** What a server made of a {@link DialRequest}. Texts of ours hold nothing the server could have chosen. */
public sealed interface DialAnswer {

    /**
     * The connection is a WebSocket now: {@link Dial#open} or {@link Dial#abandon} is to be called at once.
     *
     * @param subprotocol one of those offered, null for none
     */
    record Accepted(@Nullable String subprotocol) implements DialAnswer {}

    /**
     * It is somewhere else.
     *
     * @param location absolute or relative; untrusted
     */
    record Redirected(String location) implements DialAnswer {}

    /**
     * The server does not want to.
     *
     * @param status of its answer
     */
    record Refused(int status) implements DialAnswer {}

    /**
     * The answer is none that RFC 6455 section 4.1 allows.
     *
     * @param text what is wrong with it
     */
    record Invalid(String text) implements DialAnswer {}

    /** The transport ended before there was an answer. */
    record Lost() implements DialAnswer {}
}
