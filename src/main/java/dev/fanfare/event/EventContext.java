package dev.fanfare.event;

import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;

/**
 * Who an event is about.
 *
 * @param identity of the connection; of {@code connect} with the subprotocol raw, since none is agreed on yet
 * @param state what handlers keep with the connection
 * @param id of the event, unique for the connection
 */
public record EventContext(Identity identity, EventState state, int id) {

    /** The next event of a connection. Call it on the thread of its shard. */
    public static EventContext next(Identity identity, EventState state) {
        return new EventContext(identity, state, state.nextId());
    }

    /** The first event of a connection that is about to be. */
    public static EventContext first(Identity identity, EventState state) {
        return new EventContext(identity, state, 0);
    }
}
