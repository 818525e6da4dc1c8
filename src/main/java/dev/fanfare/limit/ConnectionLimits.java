package dev.fanfare.limit;

import dev.fanfare.ops.Metrics;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The limits that one connection shares with others: those of its user, its address and its hub. Confined to the event loop of
 * the connection; {@link #NONE} where no limit is configured, and costs nothing then.
 */
public final class ConnectionLimits {

    /** Nothing is limited. */
    public static final ConnectionLimits NONE = new ConnectionLimits(List.of(), null, null);

    /** Of the user and of the address. */
    private final List<LimitEntry> entries;

    private final @Nullable HubShare hub;
    private final @Nullable LoopLimits loop;
    private Metrics.Limit reached = Metrics.Limit.MESSAGE_RATE;
    private boolean left;

    ConnectionLimits(List<LimitEntry> entries, @Nullable HubShare hub, @Nullable LoopLimits loop) {
        this.entries = entries;
        this.hub = hub;
        this.loop = loop;
    }

    /**
     * Counts a message that was read.
     *
     * @param now nanoseconds of a monotonic clock
     * @return nanoseconds for which no more is to be read; then {@link #reached} says why
     */
    public long message(long now) {
        return take(LimitedActivity.MESSAGES, now, 1);
    }

    /** The same for bytes that were read. */
    public long bytes(long now, int count) {
        return take(LimitedActivity.BYTES, now, count);
    }

    private long take(LimitedActivity activity, long now, int permits) {
        long wait = 0;
        for (int i = 0; i < entries.size(); i++) {
            wait = longer(wait, entries.get(i).take(activity, now, permits), entries.get(i), activity);
        }
        return hub == null ? wait : longer(wait, hub.take(activity, now, permits), hub.hub(), activity);
    }

    private long longer(long wait, long other, LimitEntry entry, LimitedActivity activity) {
        if (other <= wait) {
            return wait;
        }
        reached = entry.label(activity);
        return other;
    }

    /** The limit because of which the last call was told to wait. */
    public Metrics.Limit reached() {
        return reached;
    }

    /**
     * Counts a join of a group, unless it is one too many.
     *
     * @param now nanoseconds of a monotonic clock
     * @return why it is refused; null if it is not
     */
    public @Nullable OverLimitException join(long now) {
        for (LimitEntry entry : entries) {
            OverLimitException problem = entry.problem(LimitedActivity.JOINS, now);
            if (problem != null) {
                return problem;
            }
        }
        OverLimitException problem = hub == null ? null : hub.hub().problem(LimitedActivity.JOINS, now);
        if (problem == null) {
            entries.forEach(entry -> entry.take(LimitedActivity.JOINS, now, 1));
            if (hub != null) {
                hub.hub().take(LimitedActivity.JOINS, now, 1);
            }
        }
        return problem;
    }

    /** The connection has ended, is served elsewhere, or did not come about. Idempotent. */
    public void leave() {
        if (!left && loop != null) {
            left = true;
            entries.forEach(LimitEntry::leave);
            if (hub != null) {
                loop.leave(hub);
            }
        }
    }
}
