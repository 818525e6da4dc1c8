package dev.fanfare.core.session;

import org.jspecify.annotations.Nullable;

/**
 * What event handlers know a connection by, and keep with it. It moves with the session. See {@code
 * src/docs/decisions/0022}.
 *
 * <p>The connection state is the only part of a session that other threads write: an answer may arrive when the session
 * has moved to another shard. Everything else belongs to the shard's thread.
 */
public final class EventState {

    private final @Nullable String customSubprotocol;
    private volatile String connectionState;
    private int lastId;

    /** The state of a new connection for which no handler was asked. */
    public EventState() {
        this(null, "", 0);
    }

    /**
     * Continues a state.
     *
     * @param customSubprotocol negotiated by a handler and not implemented by the node, null for none
     * @param connectionState what handlers keep with the connection; empty for nothing
     * @param lastId the id of the last event
     */
    public EventState(@Nullable String customSubprotocol, String connectionState, int lastId) {
        this.customSubprotocol = customSubprotocol;
        this.connectionState = connectionState;
        this.lastId = lastId;
    }

    /** A subprotocol that only the handler and the client implement; null for none. */
    public @Nullable String customSubprotocol() {
        return customSubprotocol;
    }

    /** What handlers keep with the connection; empty for nothing. */
    public String connectionState() {
        return connectionState;
    }

    /** Replaces what handlers keep. Thread-safe. */
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
