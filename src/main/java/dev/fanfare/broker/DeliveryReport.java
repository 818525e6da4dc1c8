package dev.fanfare.broker;

import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/**
 * The outcome of a message for its receivers. The three counts add up to the receivers that matched.
 *
 * @param written receivers for which the kernel accepted all of it
 * @param queued receivers for which it was queued when the report was made: for a slow reader, or for a client that may
 *     reconnect
 * @param dropped receivers that will not get it
 * @param failures the first {@link #MAX_FAILURES} receivers it was dropped for
 */
public record DeliveryReport(int written, int queued, int dropped, List<FailedDelivery> failures) {

    /** Failures that are listed one by one, whatever the number of receivers. */
    public static final int MAX_FAILURES = 100;

    /** No receivers. */
    public static final DeliveryReport NONE = new DeliveryReport(0, 0, 0, List.of());

    /** Why a message was dropped for one receiver. */
    public record FailedDelivery(String connectionId, ConnectionType type, ErrorCode error) {}

    /** Merges both reports. */
    DeliveryReport and(DeliveryReport other) {
        if (equals(NONE)) {
            return other;
        }
        List<FailedDelivery> all = new ArrayList<>(failures);
        other.failures.stream().limit(MAX_FAILURES - all.size()).forEach(all::add);
        return new DeliveryReport(
                written + other.written, queued + other.queued, dropped + other.dropped, List.copyOf(all));
    }
}
