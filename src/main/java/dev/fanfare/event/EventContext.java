package dev.fanfare.event;

import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;

/**
 * The connection that an event is about.
 *
 * @param identity of the connection; for {@code connect} its subprotocol is raw, since none has been negotiated yet
 * @param state what handlers keep with the connection
 * @param id the id of the event, unique within the connection
 */
public record EventContext(Identity identity, EventState state, int id) {

    /** The context of the next event of a connection. Called on the thread of its shard. */
    public static EventContext next(Identity identity, EventState state) {
        return new EventContext(identity, state, state.nextId());
    }

    /** The context of the first event of a connection that is not open yet. */
    public static EventContext first(Identity identity, EventState state) {
        return new EventContext(identity, state, 0);
    }
}
