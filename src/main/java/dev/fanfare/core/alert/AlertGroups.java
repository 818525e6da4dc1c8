package dev.fanfare.core.alert;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Groups occurrences by cause. The first one after a quiet time becomes a notice soon, together with those that follow it
 * at once; later ones wait until the interval since the last notice of their cause is over. Holds one group for each cause.
 * Not thread-safe; times are milliseconds of a monotonic clock.
 */
public final class AlertGroups {

    /** The most examples of a notice. */
    public static final int EXAMPLES = 5;

    /** The most characters of an example. */
    public static final int EXAMPLE_LENGTH = 300;

    private final long gatherMillis;
    private final Supplier<UUID> ids;
    private final Map<AlertCause, Group> groups = new EnumMap<>(AlertCause.class);
    private long intervalMillis;

    /**
     * Creates it without occurrences.
     *
     * @param gatherMillis from a first occurrence to its notice, 0 and up
     * @param intervalMillis between two notices of one cause, 0 and up
     * @param ids of notices, each once
     */
    public AlertGroups(long gatherMillis, long intervalMillis, Supplier<UUID> ids) {
        this.gatherMillis = gatherMillis;
        this.intervalMillis = intervalMillis;
        this.ids = ids;
    }

    /** Sets the time between two notices of one cause, for what follows the next notice of each. */
    public void interval(long millis) {
        intervalMillis = millis;
    }

    /**
     * Adds occurrences.
     *
     * @param times how many, 1 and up
     * @param time when, for people
     */
    public void add(AlertCause cause, String example, long times, long nowMillis, Instant time) {
        groups.computeIfAbsent(cause, unseen -> new Group(nowMillis)).add(example, times, nowMillis, time);
    }

    /** The notices that are due, each once. */
    public List<AlertNotice> due(long nowMillis) {
        List<AlertNotice> due = new ArrayList<>();
        groups.forEach((cause, group) -> {
            if (group.count > 0 && nowMillis >= group.dueMillis) {
                due.add(group.take(cause, nowMillis));
            }
        });
        return due;
    }

    private final class Group {
        private final Set<String> examples = new LinkedHashSet<>();
        private long count;
        private long dueMillis;
        private long quietUntilMillis;
        private Instant first = Instant.EPOCH;
        private Instant last = Instant.EPOCH;

        Group(long nowMillis) {
            quietUntilMillis = nowMillis;
        }

        void add(String example, long times, long nowMillis, Instant time) {
            if (count == 0) {
                first = time;
                dueMillis = Math.max(nowMillis + gatherMillis, quietUntilMillis);
            }
            count += times;
            last = time;
            if (examples.size() < EXAMPLES) {
                examples.add(AlertText.cut(example, EXAMPLE_LENGTH));
            }
        }

        AlertNotice take(AlertCause cause, long nowMillis) {
            List<String> shown = examples.stream().map(AlertText::line).toList();
            AlertNotice notice = new AlertNotice(ids.get(), cause, count, first, last, shown);
            count = 0;
            examples.clear();
            quietUntilMillis = nowMillis + intervalMillis;
            return notice;
        }
    }
}
