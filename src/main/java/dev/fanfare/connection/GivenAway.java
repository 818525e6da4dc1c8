package dev.fanfare.connection;

import dev.fanfare.broker.Publication;
import dev.fanfare.core.session.SessionState;
import java.util.ArrayList;
import java.util.List;

/**
 * A session that was given to another shard, and what has been forwarded to it since: all that is needed to go on with it
 * here if it was not taken. Bounded in bytes; kept until the claimant hears of everything itself. Belongs to the shard's
 * thread.
 */
final class GivenAway {

    private final SessionState state;
    private final long maxBytes;
    private final List<Publication> since = new ArrayList<>();
    private long bytes;

    GivenAway(SessionState state, long maxBytes) {
        this.state = state;
        this.maxBytes = maxBytes;
    }

    SessionState state() {
        return state;
    }

    void add(Publication publication) {
        bytes += publication.weight();
        if (!overflowed()) {
            since.add(publication);
        }
    }

    /** Whether more came than is kept: the session has a gap. */
    boolean overflowed() {
        return bytes > maxBytes;
    }

    List<Publication> since() {
        return since;
    }
}
