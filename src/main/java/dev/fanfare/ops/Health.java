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
 * Whether this node should get traffic (ready), and whether it should be restarted (no longer live). A node is ready
 * while nothing {@link Hindrance hinders} it; it is live while all its event loops turn. The state of other nodes never
 * makes a node dead: a restart would not help. The end of its own part of what makes it one of a cluster does.
 *
 * <p>Thread-safe.
 */
public final class Health {

    /** Why a node should get no traffic. */
    public enum Hindrance {
        /** It does not serve yet; in force from the beginning. */
        STARTING,
        /** It closes its connections and ends. */
        STOPPING,
        /** Too few of the other nodes are in touch with it: it may be cut off. */
        CLUSTER;

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

    /** With another time than 10 s after which an event loop without a sign of life counts as stalled. */
    public Health(Duration loopTimeout) {
        this.loopTimeoutNanos = loopTimeout.toNanos();
    }

    /** From now on the node is not ready, for this reason at least. */
    public void raise(Hindrance hindrance) {
        synchronized (hindrances) {
            hindrances.add(hindrance);
        }
    }

    /** This is no longer a reason not to be ready. */
    public void clear(Hindrance hindrance) {
        synchronized (hindrances) {
            hindrances.remove(hindrance);
        }
    }

    /** From now on this is a reason not to be ready whenever the condition holds; it must not wait. */
    public void watch(Hindrance hindrance, BooleanSupplier condition) {
        conditions.put(hindrance, condition);
    }

    /** From now on the node is not live whenever the condition holds: only a restart helps. It must not wait. */
    public void watchEnd(String name, BooleanSupplier condition) {
        ends.put(name, condition);
    }

    /** Makes this loop one of those that must turn, until its probe is closed. */
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

    /** Why the node is not live: the event loops that do not turn, and what has ended; empty if it is live. */
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
