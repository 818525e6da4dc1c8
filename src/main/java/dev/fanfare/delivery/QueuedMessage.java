package dev.fanfare.delivery;

import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.session.Retained;
import dev.fanfare.core.session.Retention;
import dev.fanfare.socket.SharedFrames;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message in the queues of slow consumers, which is framed once for all of them. Confined to the shard's thread. See {@code
 * src/docs/decisions/0011}.
 */
final class QueuedMessage extends Retained {

    /** The least bytes of a body for which a shared frame costs less than a copy for each receiver. */
    static final int SHARED_BODY = 1024;

    private @Nullable SharedFrames frame;

    QueuedMessage(Encoded message, long expiresAtMillis) {
        super(message, expiresAtMillis);
    }

    /** The frame for all holders, released with the last one; null if the message is small or has only one holder left. */
    @Nullable
    SharedFrames frame(Retention retention) {
        if (frame == null && shared() && message().body().length >= SHARED_BODY) {
            frame = SharedFrames.of(List.of(message()));
            retention.extend(this, frame.length());
        }
        return frame;
    }

    @Override
    protected void released() {
        if (frame != null) {
            frame.close();
            frame = null;
        }
    }
}
