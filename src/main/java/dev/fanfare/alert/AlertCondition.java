package dev.fanfare.alert;

import dev.fanfare.core.alert.AlertCause;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that is looked at every few seconds: a state that people are alerted of while it lasts, or a count of which
 * they are alerted when it grows. Used on one event loop.
 */
public abstract class AlertCondition {

    private static final long REPEAT_MILLIS = TimeUnit.HOURS.toMillis(1);

    private final AlertCause cause;

    private AlertCondition(AlertCause cause) {
        this.cause = cause;
    }

    /**
     * What to raise.
     *
     * @param times how often it occurred, 1 and up
     */
    record Occurrence(String example, long times) {}

    AlertCause cause() {
        return cause;
    }

    /** What to raise now; null for nothing. */
    abstract @Nullable Occurrence check(long nowMillis);

    /**
     * A state: it is raised when it has lasted for some time, and then once an hour.
     *
     * @param afterMillis how long it lasts before it is raised, 0 and up
     * @param problem an example for people while the state lasts, otherwise null; called on the event loop of the alerts
     */
    public static AlertCondition lasting(AlertCause cause, long afterMillis, Supplier<@Nullable String> problem) {
        return new AlertCondition(cause) {
            private boolean lasting;
            private long dueMillis;

            @Override
            @Nullable
            Occurrence check(long nowMillis) {
                String found = problem.get();
                if (found != null && !lasting) {
                    dueMillis = nowMillis + afterMillis;
                }
                lasting = found != null;
                if (found == null || nowMillis < dueMillis) {
                    return null;
                }
                dueMillis = nowMillis + REPEAT_MILLIS;
                return new Occurrence(found, 1);
            }
        };
    }

    /**
     * A count that should not grow.
     *
     * @param count which only grows; called on the event loop of the alerts
     * @param what is counted, for people
     */
    public static AlertCondition growing(AlertCause cause, LongSupplier count, String what) {
        return new AlertCondition(cause) {
            private long known;

            @Override
            @Nullable
            Occurrence check(long nowMillis) {
                long before = known;
                known = count.getAsLong();
                return known > before ? new Occurrence(what, known - before) : null;
            }
        };
    }
}
