package dev.fanfare.client;

import dev.fanfare.client.DurableMessage.Entry;
import dev.fanfare.client.DurableMessage.Status;
import java.util.HashMap;
import java.util.Map;

/** Another node, as {@link OutboundOwnership} sees it. */
final class NodeStatus {

    /** When it last said something, or when it was first heard of. */
    long heardAt;

    private boolean spoke;
    private boolean answers;
    private boolean draining;
    private Map<DurableKey, Entry> entries = Map.of();

    NodeStatus(long now) {
        heardAt = now;
    }

    void said(Status status, long now) {
        Map<DurableKey, Entry> told = new HashMap<>();
        status.entries().forEach(entry -> told.put(entry.key(), entry));
        entries = told;
        spoke = true;
        answers = status.answers();
        draining = status.draining();
        heardAt = now;
    }

    /** What it said is out of date: it has to speak again. */
    void forget(long now) {
        answers = false;
        heardAt = now;
    }

    /** Whether it ever spoke. */
    boolean spoke() {
        return spoke;
    }

    /** Whether it has nothing, and takes nothing any more. */
    boolean isOut() {
        return draining && entries.values().stream().noneMatch(Entry::owned);
    }

    /** Whether what it says is complete, and not old. */
    boolean isKnown(long now) {
        return answers && now - heardAt < OutboundOwnership.FRESH_MILLIS;
    }

    /** Whether it has been silent for so long that it owns nothing. */
    boolean isDead(long now) {
        return now - heardAt >= OutboundOwnership.TAKE_OVER_MILLIS;
    }

    boolean owns(DurableKey key, long now) {
        Entry entry = entries.get(key);
        return entry != null && entry.owned() && !isDead(now);
    }

    boolean mayTake(DurableKey key, long now) {
        Entry entry = entries.get(key);
        return entry != null && entry.candidate() && !draining && isKnown(now);
    }

    /** The version it has; less than any if it has none. */
    long version(DurableKey key) {
        Entry entry = entries.get(key);
        return entry == null ? Long.MIN_VALUE : entry.version();
    }
}
