package dev.fanfare.client;

import dev.fanfare.client.DurableMessage.Status;
import dev.fanfare.client.DurableMessage.StatusEntry;
import java.util.HashMap;
import java.util.Map;

/** Another node, as {@link OutboundOwnership} sees it. */
final class NodeStatus {

    /** When its last status arrived, or when it was first seen. */
    long seenAt;

    private boolean sentStatus;
    private boolean answers;
    private boolean draining;
    private Map<DurableKey, StatusEntry> entries = Map.of();

    NodeStatus(long now) {
        seenAt = now;
    }

    void update(Status status, long now) {
        Map<DurableKey, StatusEntry> received = new HashMap<>();
        status.entries().forEach(statusEntry -> received.put(statusEntry.key(), statusEntry));
        entries = received;
        sentStatus = true;
        answers = status.answers();
        draining = status.draining();
        seenAt = now;
    }

    /** Its status is out of date until it sends another. */
    void invalidate(long now) {
        answers = false;
        seenAt = now;
    }

    /** Whether it has ever sent a status. */
    boolean hasSentStatus() {
        return sentStatus;
    }

    /** Whether it is draining and owns nothing. */
    boolean isDrained() {
        return draining && entries.values().stream().noneMatch(StatusEntry::owned);
    }

    /** Whether its status is complete and fresh. */
    boolean isCurrent(long now) {
        return answers && now - seenAt < OutboundOwnership.FRESH_MILLIS;
    }

    /** Whether it has been silent for so long that it owns nothing any more. */
    boolean isDead(long now) {
        return now - seenAt >= OutboundOwnership.TAKE_OVER_MILLIS;
    }

    boolean owns(DurableKey key, long now) {
        StatusEntry statusEntry = entries.get(key);
        return statusEntry != null && statusEntry.owned() && !isDead(now);
    }

    boolean mayTake(DurableKey key, long now) {
        StatusEntry statusEntry = entries.get(key);
        return statusEntry != null && statusEntry.candidate() && !draining && isCurrent(now);
    }

    /** The version it knows; lower than any if it knows none. */
    long version(DurableKey key) {
        StatusEntry statusEntry = entries.get(key);
        return statusEntry == null ? Long.MIN_VALUE : statusEntry.version();
    }
}
