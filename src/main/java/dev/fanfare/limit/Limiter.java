package dev.fanfare.limit;

import dev.fanfare.config.Config;
import dev.fanfare.config.Hubs;
import dev.fanfare.core.SourceNetwork;
import dev.fanfare.ops.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a node that connections and calls share: of a user, of an address, of a hub, and of a key. An IPv6 address counts
 * as its /64, and its /48 may use {@value #SITE_FACTOR} times as much as one /64. Users, networks and hubs without connections
 * are remembered as far as there is room. Thread-safe. See {@code src/docs/decisions/0057-shared-limits.md}.
 */
public final class Limiter {

    /** How many times the limits of a /64 its /48 has. */
    static final int SITE_FACTOR = 16;

    /** Users, networks and hubs without connections that are remembered, each, a few hundred bytes for one. */
    private static final int REMEMBERED = 16_384;

    /** Networks with failed handshakes that are remembered, about 150 bytes for one. */
    private static final int REMEMBERED_FAILURES = 65_536;

    private final LongSupplier nanoTime;
    private final BoundedTable<UserKey, LimitEntry> users = new BoundedTable<>(REMEMBERED, LimitEntry::inUse);
    private final BoundedTable<SourceNetwork, LimitEntry> networks = new BoundedTable<>(REMEMBERED, LimitEntry::inUse);
    private final BoundedTable<String, LimitEntry> hubEntries = new BoundedTable<>(REMEMBERED, LimitEntry::inUse);
    private final FailedHandshakes failures = new FailedHandshakes(REMEMBERED_FAILURES);

    /** By key; bounded by the keys of the configuration. */
    private final Map<String, RateBucket> calls = new ConcurrentHashMap<>();

    private volatile PresentLimits settings;

    /** A user of a hub. */
    private record UserKey(String hub, String user) {}

    private record PresentLimits(Config.Limits limits, Hubs hubs) {}

    /** @param nanoTime a monotonic clock */
    public Limiter(Config config, Hubs hubs, LongSupplier nanoTime) {
        this.settings = new PresentLimits(config.limits(), hubs);
        this.nanoTime = nanoTime;
    }

    /** Takes other limits. Connections that shared none until then share none until they reconnect. */
    public void configure(Config config, Hubs hubs) {
        settings = new PresentLimits(config.limits(), hubs);
    }

    /** The connections of one event loop. */
    public LoopLimits loop() {
        return new LoopLimits(this);
    }

    long now() {
        return nanoTime.getAsLong();
    }

    /** Whether {@link #handshake} has anything to count or to refuse. */
    public boolean limitsHandshakesOfAddresses() {
        Config.Limits limits = settings.limits;
        return limits.failedHandshakes() > 0 || limits.perAddress().handshakesPerSecond() > 0;
    }

    /**
     * Counts a handshake from an address, before anything else is known of the client.
     *
     * @param address 4 or 16 bytes
     * @throws OverLimitException if handshakes from there are refused at present; it is not counted then
     */
    public void handshake(byte[] address) throws OverLimitException {
        Config.Limits limits = settings.limits;
        long now = now();
        SourceNetwork network = SourceNetwork.of(address);
        long refused = limits.failedHandshakes() == 0 ? 0 : failures.refusedFor(network, now);
        if (refused > 0) {
            throw new OverLimitException(
                    Metrics.Limit.FAILED_HANDSHAKES,
                    "too many handshakes from this address failed",
                    "limits.failedHandshakes",
                    refused);
        }
        if (limits.perAddress().handshakesPerSecond() > 0) {
            List<LimitEntry> entries = new ArrayList<>(2);
            addressKeys(network)
                    .forEach((key, factor) ->
                            entries.add(networks.with(key, () -> addressEntry(factor), entry -> entry)));
            takeHandshake(entries, now);
        }
    }

    /** Counts a handshake that failed for a reason that its client can be blamed for. */
    public void handshakeFailed(byte[] address) {
        Config.Limits limits = settings.limits;
        if (limits.failedHandshakes() > 0) {
            failures.failed(SourceNetwork.of(address), now(), limits.failedHandshakes(), limits.blockSeconds());
        }
    }

    /**
     * Counts a call of the REST API.
     *
     * @param key the name of the key that signed its token
     * @throws OverLimitException if it is one too many; it is not counted then
     */
    public void call(String key) throws OverLimitException {
        int perSecond = settings.limits.apiCallsPerSecond();
        if (perSecond == 0) {
            return;
        }
        long now = now();
        RateBucket bucket = calls.computeIfAbsent(key, name -> new RateBucket(now));
        long wait = bucket.waitFor(now, perSecond);
        if (wait > 0) {
            throw new OverLimitException(
                    Metrics.Limit.API_CALLS,
                    "the key " + key + " is at its limit of " + perSecond + " calls a second",
                    "limits.apiCallsPerSecond",
                    wait);
        }
        bucket.take(now, 1, perSecond);
    }

    private LimitEntry addressEntry(int factor) {
        return new LimitEntry(LimitScope.ADDRESS, () -> settings.limits.perAddress(), factor, now());
    }

    private static Map<SourceNetwork, Integer> addressKeys(SourceNetwork network) {
        SourceNetwork site = network.site();
        return site == null ? Map.of(network, 1) : Map.of(network, 1, site, SITE_FACTOR);
    }

    /** Counts a handshake for all of these, or for none. */
    static void takeHandshake(List<LimitEntry> entries, long now) throws OverLimitException {
        for (LimitEntry entry : entries) {
            OverLimitException problem = entry.problem(LimitedActivity.HANDSHAKES, now);
            if (problem != null) {
                throw problem;
            }
        }
        entries.forEach(entry -> entry.take(LimitedActivity.HANDSHAKES, now, 1));
    }

    /** Passes each entry that a connection shares to a visitor, so that it cannot be forgotten meanwhile. */
    void visit(String hub, @Nullable String user, byte @Nullable [] address, EntryVisitor visitor)
            throws OverLimitException {
        PresentLimits present = settings;
        if (user != null && present.limits.perUser().any()) {
            visit(
                    users,
                    new UserKey(hub, user),
                    () -> new LimitEntry(LimitScope.USER, () -> settings.limits.perUser(), 1, now()),
                    visitor);
        }
        if (address != null && present.limits.perAddress().any()) {
            for (Map.Entry<SourceNetwork, Integer> key :
                    addressKeys(SourceNetwork.of(address)).entrySet()) {
                visit(networks, key.getKey(), () -> addressEntry(key.getValue()), visitor);
            }
        }
        if (present.hubs.of(hub).limits().any()) {
            visit(
                    hubEntries,
                    hub,
                    () -> new LimitEntry(
                            LimitScope.HUB, () -> settings.hubs.of(hub).limits(), 1, now()),
                    visitor);
        }
    }

    private static <K> void visit(
            BoundedTable<K, LimitEntry> table, K key, Supplier<LimitEntry> created, EntryVisitor visitor)
            throws OverLimitException {
        OverLimitException problem = table.with(key, created, visitor::problem);
        if (problem != null) {
            throw problem;
        }
    }

    /** Enters what a connection shares. */
    interface EntryVisitor {

        /** Enters one; returns why the connection is refused, null if it is not. */
        @Nullable
        OverLimitException problem(LimitEntry entry);
    }
}
