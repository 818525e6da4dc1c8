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
 * A session that came from another shard and hears of publications twice for a while: forwarded by the former shard, and
 * by itself as its own subscriptions take hold. Every publisher's publications come in order on either way, so the last
 * sequence dealt with tells for each publisher what is new. What was forwarded this shard may never hear of itself, and
 * another node may still hear of it later: so all this goes along if the session soon moves on. Belongs to the shard's
 * thread.
 */
public final class IncomingSession {

    /** Far longer than anything published is on its way. */
    private static final long REMEMBERED_MILLIS = 60_000;

    private final Promise<Void> over = Promise.promise();
    private final Map<Long, Long> heard;
    private final List<Delivery> early = new ArrayList<>();
    private long earlyBytes;
    private long overAtMillis;

    /** @param heard for each publisher, the last sequence that is in the session already */
    public IncomingSession(Map<Long, Long> heard) {
        this.heard = new HashMap<>(heard);
    }

    /** Whether this publication is not in the session yet; if so, it is from now on. */
    public boolean isNew(Delivery delivery) {
        Publication publication = delivery.publication();
        if (publication.sequence() == Publication.UNNUMBERED) {
            return true;
        }
        Long last = heard.get(publication.origin());
        if (last != null && publication.sequence() <= last) {
            return false;
        }
        heard.put(publication.origin(), publication.sequence());
        return true;
    }

    /** Keeps what came on the direct way until the former shard has forwarded its last. */
    public void keep(Delivery delivery) {
        early.add(delivery);
        earlyBytes += delivery.weight();
    }

    /** Whether more is kept than so many bytes; one publication alone never is. */
    public boolean keepsMoreThan(long bytes) {
        return early.size() > 1 && earlyBytes > bytes;
    }

    /** Completes on the shard's thread when nothing comes twice any more. */
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

    /** Whether it is over for so long that nobody has to know of it any more. */
    public boolean isPast(long now) {
        return isOver() && now - overAtMillis >= REMEMBERED_MILLIS;
    }

    /** Last sequences by publisher that are in the session, with what its shard has dealt with since. */
    public Map<Long, Long> and(Map<Long, Long> since) {
        Map<Long, Long> all = new HashMap<>(heard);
        since.forEach((origin, sequence) -> all.merge(origin, sequence, Math::max));
        return all;
    }

    /** Takes out all that was kept. */
    public List<Delivery> takeKept() {
        List<Delivery> kept = List.copyOf(early);
        early.clear();
        earlyBytes = 0;
        return kept;
    }
}
