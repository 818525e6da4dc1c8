package dev.fanfare.limit;

import dev.fanfare.ops.Metrics;
import java.util.Locale;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Whether a limit was reached since the last question. Used on one event loop. */
public final class LimitGrowth implements Supplier<@Nullable String> {

    private final String example;
    private final LongSupplier count;
    private long known;

    /** @param count how often the limit has been reached; it only grows */
    public LimitGrowth(Metrics.Limit limit, LongSupplier count) {
        this.example = "limit " + limit.name().toLowerCase(Locale.ROOT);
        this.count = count;
    }

    /** The name of the limit if it was reached, otherwise null. */
    @Override
    public @Nullable String get() {
        long before = known;
        known = count.getAsLong();
        return known > before ? example : null;
    }
}
