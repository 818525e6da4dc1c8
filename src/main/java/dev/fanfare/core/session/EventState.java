package dev.fanfare.core.session;

import org.jspecify.annotations.Nullable;

/**
 * What event handlers know a connection by, and keep with it. It goes wherever the session goes.
 *
 * <p>The connection state is the one part of a session that another thread writes: an answer may come when the session has
 * moved to another shard. Everything else belongs to the shard's thread.
 */
public final class EventState {

    private final @Nullable String customSubprotocol;
    private volatile String connectionState;
    private int lastId;

    /** The state of a new connection of which no handler was asked. */
    public EventState() {
        this(null, "", 0);
    }

    /**
     * A state that goes on.
     *
     * @param customSubprotocol what a handler agreed on with the client and we do not speak, null for none
     * @param connectionState what a handler keeps with the connection; empty for nothing
     * @param lastId of the last event
     */
    public EventState(@Nullable String customSubprotocol, String connectionState, int lastId) {
        this.customSubprotocol = customSubprotocol;
        this.connectionState = connectionState;
        this.lastId = lastId;
    }

    /** A subprotocol that only the handler and the client speak; null for none. */
    public @Nullable String customSubprotocol() {
        return customSubprotocol;
    }

    /** What a handler keeps with the connection; empty for nothing. */
    public String connectionState() {
        return connectionState;
    }

    /** Replaces what a handler keeps. Thread-safe. */
    public void connectionState(String state) {
        connectionState = state;
    }

    /** The id of the next event; that of {@code connect} is 0. */
    public int nextId() {
        return ++lastId;
    }

    /** The id of the last event. */
    public int lastId() {
        return lastId;
    }
}
