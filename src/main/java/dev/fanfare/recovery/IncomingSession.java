package dev.fanfare.recovery;

import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Publication;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Deduplicates the publications of a session that came from another shard. For a while they may arrive twice: forwarded by
 * the former shard, and directly as the subscriptions of this shard become active. Each publisher's publications arrive in
 * order on either path, so the last sequence per publisher tells what is new. This shard may never receive directly what was
 * forwarded, and another node may still receive it later, so the sequences move with the session if it is soon handed over
 * again. Direct deliveries are kept until forwarding ends, bounded in bytes by the caller. Confined to the shard's thread.
 * See {@code src/docs/decisions/0005}.
 */
public final class IncomingSession {

    /** Far longer than a publication is in flight. */
    private static final long REMEMBERED_MILLIS = 60_000;

    private final Promise<Void> over = Promise.promise();
    private final Map<Long, Long> lastSequences;
    private final List<Delivery> direct = new ArrayList<>();
    private long directBytes;
    private long overAtMillis;

    /** @param lastSequences by publisher, the last sequence that the session already contains */
    public IncomingSession(Map<Long, Long> lastSequences) {
        this.lastSequences = new HashMap<>(lastSequences);
    }

    /** Whether the session does not contain this publication yet; if so, it is recorded. */
    public boolean isNew(Delivery delivery) {
        Publication publication = delivery.publication();
        if (publication.sequence() == Publication.UNNUMBERED) {
            return true;
        }
        Long last = lastSequences.get(publication.origin());
        if (last != null && publication.sequence() <= last) {
            return false;
        }
        lastSequences.put(publication.origin(), publication.sequence());
        return true;
    }

    /** Keeps a direct delivery until the former shard has forwarded its last. */
    public void keep(Delivery delivery) {
        direct.add(delivery);
        directBytes += delivery.weight();
    }

    /** Whether more bytes are kept; a single delivery is always allowed. */
    public boolean keepsMoreThan(long bytes) {
        return direct.size() > 1 && directBytes > bytes;
    }

    /** Completes on the shard's thread when forwarding has ended. */
    public Future<Void> over() {
        return over.future();
    }

    public void end(long now) {
        overAtMillis = now;
        over.complete();
    }

    public boolean isOver() {
        return over.future().isComplete();
    }

    /** Whether forwarding ended so long ago that the sequences are no longer needed. */
    public boolean isExpired(long now) {
        return isOver() && now - overAtMillis >= REMEMBERED_MILLIS;
    }

    /** Last sequences by publisher: those of the session, merged with those of its shard since. */
    public Map<Long, Long> merge(Map<Long, Long> since) {
        Map<Long, Long> all = new HashMap<>(lastSequences);
        since.forEach((origin, sequence) -> all.merge(origin, sequence, Math::max));
        return all;
    }

    /** Removes and returns all kept deliveries. */
    public List<Delivery> takeKept() {
        List<Delivery> kept = List.copyOf(direct);
        direct.clear();
        directBytes = 0;
        return kept;
    }
}
