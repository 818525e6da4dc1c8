package dev.fanfare.shard;

import dev.fanfare.core.CloseReason;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.Socket;
import org.jspecify.annotations.Nullable;

/**
 * The socket of an attached connection, watched for silence, age, idleness and messages that do not complete. Times are of
 * the monotonic clock. Confined to the shard's thread.
 */
final class AttachedSocket implements Lifecycle {

    private final ShardContext context;
    private final Link link;
    private final long maxAgeAtMillis;
    private long silentSinceMillis;
    private long pingedAtMillis;
    private long incompleteMessage;
    private long incompleteSinceMillis;

    /** @param maxAgeAtMillis when to close it in any case */
    AttachedSocket(ShardContext context, Link link, long maxAgeAtMillis) {
        this.context = context;
        this.link = link;
        this.maxAgeAtMillis = maxAgeAtMillis;
        this.silentSinceMillis = context.monotonicMillis();
        this.pingedAtMillis = silentSinceMillis;
    }

    @Override
    public State state() {
        return State.ATTACHED;
    }

    @Override
    public boolean present() {
        return true;
    }

    @Override
    public Link link() {
        return link;
    }

    Socket socket() {
        return link.socket();
    }

    /**
     * Pings the peer if it is silent. Called about once a second.
     *
     * @param frames pauses of reading, during which silence says nothing about the peer
     * @param remote null for inbound connections
     * @return why to close the socket; null to keep it
     */
    @Nullable
    CloseReason check(long now, FrameFlow frames, @Nullable Remote remote) {
        if (now >= maxAgeAtMillis) {
            return CloseReason.MAX_AGE;
        }
        if (messageIsLate(socket().unfinished(), now, frames.delaysClient())) {
            context.metrics().limitReached(Metrics.Limit.MESSAGE_TIME);
            return CloseReason.MESSAGE_TIMEOUT;
        }
        boolean paused = frames.pausedByNode();
        if (remote != null && !paused && remote.idle(now)) {
            return CloseReason.IDLE;
        }
        if (socket().heard() || paused) {
            silentSinceMillis = now;
        } else if (now - silentSinceMillis >= context.silentMillis()) {
            context.metrics().limitReached(Metrics.Limit.SILENCE);
            return CloseReason.SILENT;
        } else if (now - silentSinceMillis >= context.pingMillis() && now - pingedAtMillis >= context.pingMillis()) {
            pingedAtMillis = now;
            socket().ping();
        }
        return null;
    }

    /** Whether a message has been incomplete for too long, not counting the time in which the node did not read. */
    private boolean messageIsLate(long number, long now, boolean delayed) {
        if (number == 0 || number != incompleteMessage || delayed) {
            incompleteMessage = number;
            incompleteSinceMillis = now;
            return false;
        }
        return now - incompleteSinceMillis >= context.messageMillis();
    }
}
