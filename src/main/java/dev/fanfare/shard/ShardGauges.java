package dev.fanfare.shard;

import dev.fanfare.ops.Metrics;

/** The gauges of a shard, published to other threads by each sweep: at most about a second old. */
final class ShardGauges {

    private volatile ConnectionSums latest = new ConnectionSums();

    /** Sums over all connections; immutable once published. */
    static final class ConnectionSums {
        private int detached;
        private long queuedBytes;
        private long pendingBytes;
        private long unacknowledgedBytes;
        private long sessionBytes;
        private long inboundBytes;

        void add(Connection connection) {
            if (!connection.present()) {
                return;
            }
            sessionBytes += HeldMemory.session(connection);
            detached += connection.detached() ? 1 : 0;
            queuedBytes += connection.detached() ? 0 : connection.outbox().waitingBytes();
            pendingBytes += connection.pendingBytes();
            unacknowledgedBytes += connection.outbox().unacknowledgedBytes();
        }

        /** Estimated size of the sessions themselves. */
        long sessionBytes() {
            return sessionBytes;
        }

        void inbound(long bytes) {
            inboundBytes = bytes;
        }

        /** Bytes handed to sockets and not taken by the kernel. */
        long pendingBytes() {
            return pendingBytes;
        }
    }

    void publish(ConnectionSums connectionSums) {
        latest = connectionSums;
    }

    void register(Metrics metrics) {
        metrics.gauge(Metrics.Gauge.DETACHED_SESSIONS, () -> latest.detached);
        metrics.gauge(Metrics.Gauge.QUEUED_BYTES, () -> latest.queuedBytes);
        metrics.gauge(Metrics.Gauge.INBOUND_BYTES, () -> latest.inboundBytes);
        metrics.gauge(Metrics.Gauge.UNACKNOWLEDGED_BYTES, () -> latest.unacknowledgedBytes);
    }
}
