package dev.fanfare.broker;

import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/**
 * What became of a message for those it was meant for. Together they are as many as matched.
 *
 * @param written for how many the kernel took all of it
 * @param queued for how many it waited when the report was made: for a slow reader, or for a client who may come back
 * @param dropped how many will not get it
 * @param failures the first {@link #MAX_FAILURES} of those it was dropped for
 */
public record DeliveryReport(int written, int queued, int dropped, List<Failure> failures) {

    /** So many failures are told one by one, whatever the number of receivers. */
    public static final int MAX_FAILURES = 100;

    /** Of nobody. */
    public static final DeliveryReport NONE = new DeliveryReport(0, 0, 0, List.of());

    /** Why a message was dropped for one receiver. */
    public record Failure(String connectionId, ConnectionType type, ErrorCode error) {}

    /** Both reports as one. */
    DeliveryReport and(DeliveryReport other) {
        if (equals(NONE)) {
            return other;
        }
        List<Failure> all = new ArrayList<>(failures);
        other.failures.stream().limit(MAX_FAILURES - all.size()).forEach(all::add);
        return new DeliveryReport(
                written + other.written, queued + other.queued, dropped + other.dropped, List.copyOf(all));
    }
}
