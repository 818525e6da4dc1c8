package dev.fanfare.limit;

import dev.fanfare.config.Config;
import dev.fanfare.ops.Metrics;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the connections of one user, network or hub have used. Thread-safe. */
final class LimitEntry {

    private final LimitScope scope;
    private final Supplier<Config.SharedLimits> limits;
    private final int factor;
    private final AtomicInteger connections = new AtomicInteger();
    private final Map<LimitedActivity, RateBucket> buckets = new EnumMap<>(LimitedActivity.class);

    /**
     * @param limits those of the scope at present
     * @param factor how many times the limits apply
     * @param now nanoseconds of a monotonic clock
     */
    LimitEntry(LimitScope scope, Supplier<Config.SharedLimits> limits, int factor, long now) {
        this.scope = scope;
        this.limits = limits;
        this.factor = factor;
        for (LimitedActivity activity : LimitedActivity.values()) {
            if (activity != LimitedActivity.CONNECTIONS) {
                buckets.put(activity, new RateBucket(now));
            }
        }
    }

    /** The limit at present; 0 = none. */
    long limit(LimitedActivity activity) {
        return (long) factor * activity.of(limits.get());
    }

    /** Takes permits, unconditionally; returns nanoseconds to wait before the next ones. */
    long take(LimitedActivity activity, long now, long permits) {
        long perSecond = limit(activity);
        return perSecond == 0 ? 0 : bucket(activity).take(now, permits, perSecond);
    }

    /** Why one more is refused; null if it is allowed. Takes nothing. */
    @Nullable
    OverLimitException problem(LimitedActivity activity, long now) {
        long perSecond = limit(activity);
        long wait = perSecond == 0 ? 0 : bucket(activity).waitFor(now, perSecond);
        return wait == 0 ? null : refusal(activity, wait);
    }

    private RateBucket bucket(LimitedActivity activity) {
        return Objects.requireNonNull(buckets.get(activity));
    }

    /** Counts a connection, unless it is one too many. Called for one connection at a time. */
    boolean enter() {
        long most = limit(LimitedActivity.CONNECTIONS);
        if (most > 0 && connections.get() >= most) {
            return false;
        }
        connections.incrementAndGet();
        return true;
    }

    /** Counts a connection that has been admitted before. */
    void enterAnyway() {
        connections.incrementAndGet();
    }

    void leave() {
        connections.decrementAndGet();
    }

    boolean inUse() {
        return connections.get() > 0;
    }

    boolean isOfAddress() {
        return scope == LimitScope.ADDRESS;
    }

    boolean isOfHub() {
        return scope == LimitScope.HUB;
    }

    Metrics.Limit label(LimitedActivity activity) {
        return scope.label(activity);
    }

    /** Why something more is refused. */
    OverLimitException refusal(LimitedActivity activity, long waitNanos) {
        String unit = activity == LimitedActivity.CONNECTIONS ? " on this node" : " a second";
        return new OverLimitException(
                label(activity),
                scope.text() + " is at its limit of " + limit(activity) + " " + activity.text() + unit,
                scope.section() + "." + activity.key(),
                waitNanos);
    }
}
