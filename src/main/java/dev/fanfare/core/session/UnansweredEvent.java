package dev.fanfare.core.session;

import org.jspecify.annotations.Nullable;

/**
 * An event of a client that a handler has not answered yet.
 *
 * @param id unique for the connection
 * @param ackId null if the client wants no answer
 */
public record UnansweredEvent(int id, @Nullable Long ackId) {}
