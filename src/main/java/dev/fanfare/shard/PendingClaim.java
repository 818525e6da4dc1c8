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
 * A session that was claimed and has not arrived. Deliveries that its former shard forwards may arrive first and are kept,
 * bounded in bytes; of several sockets for it the newest waits. Confined to the shard's thread. See {@code
 * src/docs/decisions/0005}.
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

    /** Whether a selector may match the session, whose user and groups are not known before it arrives. */
    boolean mayMatch(Selector target) {
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

    /** Whether more was forwarded than could be kept: the session has a gap. */
    boolean overflowed() {
        return overflowed;
    }

    List<Delivery> forwarded() {
        return forwarded;
    }

    /** Completes on the shard's thread when the session has arrived or the claim has failed. */
    Future<Void> over() {
        return over.future();
    }

    /** The client reconnected again: its newest socket waits, and the previous one is aborted. */
    void next(Claim again, Link link) {
        if (waiting != null) {
            waiting.socket().abort();
        }
        waiting = link;
        waitingClaim = again;
    }

    /**
     * The session has arrived with what was kept, or the claim has failed.
     *
     * @param next called with the waiting socket, if there is one
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
