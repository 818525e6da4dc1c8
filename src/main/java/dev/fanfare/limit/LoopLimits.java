package dev.fanfare.limit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop, as far as they share limits with others. Confined to that event loop. Bounded by its
 * connections.
 */
public final class LoopLimits {

    /** When to come back if there are too many connections: when one ends is not known. */
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Limiter limiter;
    private final Map<LimitEntry, HubShare> hubs = new HashMap<>();

    LoopLimits(Limiter limiter) {
        this.limiter = limiter;
    }

    /**
     * Counts a new connection, and its handshake for its user and its hub.
     *
     * @param user null for none
     * @param address the 4 or 16 bytes from which it comes; null if they are not known
     * @throws OverLimitException if it is one too many; nothing is counted then
     */
    public ConnectionLimits enter(String hub, @Nullable String user, byte @Nullable [] address)
            throws OverLimitException {
        return enter(hub, user, address, entry -> !entry.isOfAddress());
    }

    /** Counts a connection that has entered before, as another user: its hub has counted the handshake already. */
    public ConnectionLimits enterAs(String hub, @Nullable String user, byte @Nullable [] address)
            throws OverLimitException {
        return enter(hub, user, address, entry -> !entry.isOfAddress() && !entry.isOfHub());
    }

    /** @param counts whose handshakes are counted. Those of the address were when the handshake began */
    private ConnectionLimits enter(
            String hub, @Nullable String user, byte @Nullable [] address, Predicate<LimitEntry> counts)
            throws OverLimitException {
        List<LimitEntry> entered = new ArrayList<>(0);
        try {
            limiter.visit(hub, user, address, entry -> {
                if (!entry.enter()) {
                    return entry.refusal(LimitedActivity.CONNECTIONS, RETRY_NANOS);
                }
                entered.add(entry);
                return null;
            });
            if (!entered.isEmpty()) {
                Limiter.takeHandshake(entered.stream().filter(counts).toList(), limiter.now());
            }
        } catch (OverLimitException e) {
            entered.forEach(LimitEntry::leave);
            throw e;
        }
        return limits(entered);
    }

    /** Counts a connection that has been admitted before, here or on another node. */
    public ConnectionLimits enterAnyway(String hub, @Nullable String user, byte @Nullable [] address) {
        List<LimitEntry> entered = new ArrayList<>(0);
        try {
            limiter.visit(hub, user, address, entry -> {
                entry.enterAnyway();
                entered.add(entry);
                return null;
            });
        } catch (OverLimitException e) {
            throw new IllegalStateException("a connection that was admitted was refused", e);
        }
        return limits(entered);
    }

    private ConnectionLimits limits(List<LimitEntry> entered) {
        if (entered.isEmpty()) {
            return ConnectionLimits.NONE;
        }
        List<LimitEntry> others = new ArrayList<>(entered.size());
        HubShare hub = null;
        for (LimitEntry entry : entered) {
            if (entry.isOfHub()) {
                hub = hubs.computeIfAbsent(entry, HubShare::new);
                hub.enter();
            } else {
                others.add(entry);
            }
        }
        return new ConnectionLimits(List.copyOf(others), hub, this);
    }

    void leave(HubShare hub) {
        hub.hub().leave();
        if (hub.leave()) {
            hubs.remove(hub.hub());
        }
    }
}
