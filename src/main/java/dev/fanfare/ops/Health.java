package dev.fanfare.ops;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Readiness (whether this node should get traffic) and liveness (whether it should be restarted). A node is ready while
 * there is no {@link Hindrance}; it is live while all its event loops run. The state of other nodes never makes a node
 * dead, since a restart would not help; the end of its own part of the cluster does.
 *
 * <p>Thread-safe.
 */
public final class Health {

    /** Why a node should get no traffic. */
    public enum Hindrance {
        /** It does not serve yet; in force from the start. */
        STARTING,
        /** It is shutting down. */
        STOPPING,
        /** It reaches too few of the other nodes: it may be partitioned. */
        CLUSTER,
        /** The same, and some of them have no version of the protocol between nodes in common with it. */
        VERSION,
        /** It does not know yet which tokens are revoked. */
        REVOCATIONS;

        private final String label = name().toLowerCase(Locale.ROOT);

        /** The name that operators see. */
        public String label() {
            return label;
        }
    }

    private static final Duration LOOP_TIMEOUT = Duration.ofSeconds(10);

    private final long loopTimeoutNanos;
    private final EnumSet<Hindrance> hindrances = EnumSet.of(Hindrance.STARTING);
    private final Map<Hindrance, BooleanSupplier> conditions = new ConcurrentHashMap<>();
    private final Map<String, BooleanSupplier> ends = new ConcurrentHashMap<>();
    private final List<EventLoopProbe> loops = new CopyOnWriteArrayList<>();

    public Health() {
        this(LOOP_TIMEOUT);
    }

    /** @param loopTimeout after which an event loop without a beat counts as stalled, 10 s by default */
    public Health(Duration loopTimeout) {
        this.loopTimeoutNanos = loopTimeout.toNanos();
    }

    /** Makes the node not ready for this reason, until {@link #clear}. */
    public void raise(Hindrance hindrance) {
        synchronized (hindrances) {
            hindrances.add(hindrance);
        }
    }

    /** Removes this reason. */
    public void clear(Hindrance hindrance) {
        synchronized (hindrances) {
            hindrances.remove(hindrance);
        }
    }

    /** Makes the node not ready for this reason whenever the condition holds; the condition must not block. */
    public void watch(Hindrance hindrance, BooleanSupplier condition) {
        conditions.put(hindrance, condition);
    }

    /**
     * Makes the node not live whenever the condition holds, for what only a restart cures. The condition must not
     * block.
     */
    public void watchEnd(String name, BooleanSupplier condition) {
        ends.put(name, condition);
    }

    /** Makes the node not live while this loop is stalled, until its probe is closed. */
    public void watch(EventLoopProbe loop) {
        loops.add(loop);
    }

    /** Why the node is not ready; empty if it is. */
    public List<String> hindrances() {
        Set<Hindrance> all;
        synchronized (hindrances) {
            all = EnumSet.copyOf(hindrances);
        }
        conditions.forEach((hindrance, condition) -> {
            if (condition.getAsBoolean()) {
                all.add(hindrance);
            }
        });
        return all.stream().map(Hindrance::label).toList();
    }

    /** Why the node is not live: the stalled event loops, and what has ended; empty if it is live. */
    public List<String> failures() {
        loops.removeIf(EventLoopProbe::isClosed);
        Stream<String> stalled = loops.stream()
                .filter(loop -> loop.silentNanos() > loopTimeoutNanos)
                .map(EventLoopProbe::name);
        Stream<String> ended = ends.entrySet().stream()
                .filter(end -> end.getValue().getAsBoolean())
                .map(Map.Entry::getKey);
        return Stream.concat(stalled, ended).toList();
    }
}
