package dev.fanfare.shard;

import dev.fanfare.broker.Delivery;
import dev.fanfare.delivery.Broadcast;
import dev.fanfare.recovery.IncomingSession;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/**
 * The arrival of a session from another shard: which of its publications are new, and those that arrived directly before the
 * former shard had forwarded its last. Bounded in bytes like the unacknowledged messages of a session. Confined to the
 * shard's thread. See {@code src/docs/decisions/0005}.
 */
final class Arrival {

    private final Connection connection;
    private final ConnectionHost host;
    private final IncomingSession incoming;

    /** @param lastSequences up to which the former shard has processed publications, by publisher */
    Arrival(Connection connection, ConnectionHost host, Map<Long, Long> lastSequences) {
        this.connection = connection;
        this.host = host;
        this.incoming = new IncomingSession(lastSequences);
    }

    /** Whether the former shard has forwarded its last publication. */
    boolean complete() {
        return incoming.isOver();
    }

    /** Completes on the shard's thread when it is {@link #complete}. */
    Future<Void> completion() {
        return incoming.over();
    }

    /** Whether publications can no longer arrive twice. */
    boolean expired(long now) {
        return incoming.isExpired(now);
    }

    /** See {@link IncomingSession#merge}. */
    Map<Long, Long> merge(Map<Long, Long> since) {
        return incoming.merge(since);
    }

    /** Keeps what arrived directly until the arrival is complete. */
    void keep(Broadcast broadcast) {
        for (Delivery delivery : broadcast.run()) {
            delivery.hold();
            incoming.keep(delivery);
            if (incoming.keepsMoreThan(host.context().limits().unacknowledgedBytesPerSession())) {
                connection.overflowed();
            }
        }
    }

    /** Whether a forwarded publication is new; if so, it is recorded. Call only before the arrival is complete. */
    boolean isNew(Delivery delivery) {
        return incoming.isNew(delivery);
    }

    /** The former shard has forwarded its last publication: delivers those kept meanwhile. */
    void end() {
        List<Delivery> kept = incoming.takeKept();
        try {
            for (Delivery delivery : kept) {
                if (connection.present() && incoming.isNew(delivery)) {
                    host.offer(connection, delivery);
                }
            }
        } finally {
            kept.forEach(Delivery::release);
            incoming.end(host.context().monotonicMillis());
        }
    }
}
