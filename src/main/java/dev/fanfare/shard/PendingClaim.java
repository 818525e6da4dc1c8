package dev.fanfare.shard;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Selector;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A session that was claimed and is not here yet. What its former shard forwards may come before it does and is kept,
 * bounded in bytes. Belongs to the shard's thread.
 */
final class PendingClaim {

    private final Claim claim;
    private final Promise<Void> over = Promise.promise();
    private final List<Delivery> forwarded = new ArrayList<>();
    private final long maxBytes;
    private long bytes;
    private @Nullable Link waiting;
    private @Nullable Claim waitingClaim;
    private boolean overflowed;

    PendingClaim(Claim claim, long maxBytes) {
        this.claim = claim;
        this.maxBytes = maxBytes;
    }

    /** Whether a selector may mean the session. Its user and its groups are not known before it is here. */
    boolean mayBeMeant(Selector target) {
        String id = target.connectionId();
        return target.hub().equals(claim.hub())
                && (id == null || id.equals(claim.connectionId()))
                && !target.excluded().contains(claim.connectionId());
    }

    void keep(Delivery delivery) {
        overflowed |= !forwarded.isEmpty() && bytes + delivery.weight() > maxBytes;
        if (overflowed) {
            delivery.release();
        } else {
            bytes += delivery.weight();
            forwarded.add(delivery);
        }
    }

    /** Whether more came than could be kept: the session has a gap. */
    boolean overflowed() {
        return overflowed;
    }

    List<Delivery> forwarded() {
        return forwarded;
    }

    /** Completes on the shard's thread when the session is here, or is known not to come. */
    Future<Void> over() {
        return over.future();
    }

    /** The client came back once more: its newest socket is next, and one that waited already is cut. */
    void next(Claim again, Link link) {
        if (waiting != null) {
            waiting.socket().abort();
        }
        waiting = link;
        waitingClaim = again;
    }

    /**
     * The session is here, and what was kept is in it; or it is not going to come.
     *
     * @param next gets the client that is next, if one waits
     */
    void end(BiConsumer<Claim, Link> next) {
        forwarded.forEach(Delivery::release);
        forwarded.clear();
        over.complete();
        if (waiting != null && waitingClaim != null) {
            next.accept(waitingClaim, waiting);
        }
    }
}
