package dev.fanfare.recovery;

import dev.fanfare.broker.Publication;
import dev.fanfare.core.session.SessionState;
import java.util.ArrayList;
import java.util.List;

/**
 * A session that was given to another shard, and what has been forwarded to it since: all that is needed to go on with it
 * here if it was not taken. Bounded in bytes; kept until the claimant hears of everything itself. Belongs to the shard's
 * thread.
 */
public final class HandedOverSession {

    private final SessionState state;
    private final long maxBytes;
    private final List<Publication> since = new ArrayList<>();
    private long bytes;

    public HandedOverSession(SessionState state, long maxBytes) {
        this.state = state;
        this.maxBytes = maxBytes;
    }

    public SessionState state() {
        return state;
    }

    public void add(Publication publication) {
        bytes += publication.weight();
        if (!overflowed()) {
            since.add(publication);
        }
    }

    /** Whether more came than is kept: the session has a gap. */
    public boolean overflowed() {
        return bytes > maxBytes;
    }

    public List<Publication> since() {
        return since;
    }
}
