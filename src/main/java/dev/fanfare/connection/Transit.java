package dev.fanfare.connection;

import dev.fanfare.broker.Delivery;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;

/**
 * A session that was claimed and is not here yet. What its former shard forwards may come before it does and is kept,
 * bounded in bytes. Belongs to the shard's thread.
 */
final class Transit {

    private final Promise<Void> over = Promise.promise();
    private final List<Delivery> forwarded = new ArrayList<>();
    private final long maxBytes;
    private long bytes;

    Transit(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    void keep(Delivery delivery) {
        bytes += delivery.weight();
        if (overflowed()) {
            delivery.release();
        } else {
            forwarded.add(delivery);
        }
    }

    /** Whether more came than could be kept: the session has a gap. */
    boolean overflowed() {
        return bytes > maxBytes;
    }

    List<Delivery> forwarded() {
        return forwarded;
    }

    /** Completes on the shard's thread when the session is here, or is known not to come. */
    Future<Void> over() {
        return over.future();
    }

    void end() {
        over.complete();
    }
}
