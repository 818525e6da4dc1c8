package dev.fanfare.recovery;

import dev.fanfare.broker.Publication;
import dev.fanfare.core.session.SessionState;
import java.util.ArrayList;
import java.util.List;

/**
 * The state of a session that was handed over, with the publications forwarded since: what is needed to reinstate it if the
 * new owner does not take it. Bounded in bytes; kept until the subscriptions of the new owner are active. Confined to the
 * shard's thread. See {@code src/docs/decisions/0023}.
 */
public final class HandedOverSession {

    private final SessionState state;
    private final long maxBytes;
    private final List<Publication> forwarded = new ArrayList<>();
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
            forwarded.add(publication);
        }
    }

    /** Whether more was forwarded than could be kept: the session has a gap. */
    public boolean overflowed() {
        return bytes > maxBytes;
    }

    public List<Publication> forwarded() {
        return forwarded;
    }
}
