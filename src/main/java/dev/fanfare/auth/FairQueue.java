package dev.fanfare.auth;

import dev.fanfare.core.SourceNetwork;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A fair queue of work from many sources, in lanes. The lanes of known and of new sources alternate, so that a known
 * source waits for one piece of work of new sources at most, however many there are; the lane of sources that failed
 * too often comes last. Within a lane sources take turns, so that none is delayed by the volume of another. Bounded per
 * source and per lane. Thread-safe. See {@code src/docs/decisions/0038-known-addresses-first.md}.
 */
final class FairQueue<T> {

    /** Every 16th turn serves the last lane first, so that it never starves. */
    private static final int TURNS = 16;

    private final Bounds bounds;
    private final Map<Standing, Lane<T>> lanes = new EnumMap<>(Standing.class);
    private int turn;

    /** The standing of a source; each has its lane. */
    enum Standing {
        /** It recently had a valid token. */
        KNOWN,
        NEW,
        /** Too many of its tokens failed, even if it had valid ones before. */
        FAILING
    }

    /**
     * Capacities of a lane, counted from {@link #enter} to {@link #leave}.
     *
     * @param lane work of all sources; a source may use at most as much as remains free for others, so that a few never
     *     fill the lane
     * @param source work of one source that does not fail
     * @param failingSource work of one source that fails too often, including answers that are delayed
     */
    record Bounds(int lane, int source, int failingSource) {}

    /** The result of {@link #enter}. */
    enum EntryResult {
        ENTERED,
        LANE_FULL,
        SOURCE_FULL
    }

    private static final class Lane<T> {
        final Map<SourceNetwork, Integer> entered = new HashMap<>();
        final Map<SourceNetwork, Queue<T>> waiting = new LinkedHashMap<>();
        int count;

        void forget(SourceNetwork source) {
            entered.computeIfPresent(source, (key, of) -> of == 1 ? null : of - 1);
        }

        @Nullable
        T poll() {
            var sources = waiting.entrySet().iterator();
            if (!sources.hasNext()) {
                return null;
            }
            Map.Entry<SourceNetwork, Queue<T>> next = sources.next();
            sources.remove();
            T work = next.getValue().poll();
            if (!next.getValue().isEmpty()) {
                waiting.put(next.getKey(), next.getValue()); // after the others
            }
            return work;
        }
    }

    FairQueue(Bounds bounds) {
        this.bounds = bounds;
        for (Standing standing : Standing.values()) {
            lanes.put(standing, new Lane<>());
        }
    }

    /** Reserves a place; after {@link Entry#ENTERED} call {@link #leave} or {@link #hold} with the same standing. */
    synchronized EntryResult enter(SourceNetwork source, Standing standing) {
        Lane<T> lane = lane(standing);
        int of = lane.entered.getOrDefault(source, 0);
        if (of >= (standing == Standing.FAILING ? bounds.failingSource : bounds.source)) {
            return EntryResult.SOURCE_FULL;
        }
        if (of >= bounds.lane - lane.count) {
            return EntryResult.LANE_FULL;
        }
        lane.count++;
        lane.entered.put(source, of + 1);
        return EntryResult.ENTERED;
    }

    /** Releases the place. */
    synchronized void leave(SourceNetwork source, Standing standing) {
        Lane<T> lane = lane(standing);
        lane.count--;
        lane.forget(source);
    }

    /**
     * Releases the place while the answer is delayed: until {@link #release} it counts against the source as a failing
     * one.
     */
    synchronized void hold(SourceNetwork source, Standing standing) {
        leave(source, standing);
        lane(Standing.FAILING).entered.merge(source, 1, Integer::sum);
    }

    /** The delayed answer was sent. */
    synchronized void release(SourceNetwork source) {
        lane(Standing.FAILING).forget(source);
    }

    /** Queues work of a source that reserved a place. */
    synchronized void add(SourceNetwork source, Standing standing, T work) {
        lane(standing)
                .waiting
                .computeIfAbsent(source, key -> new ArrayDeque<>())
                .add(work);
    }

    /** Takes the next work; null if there is none. */
    synchronized @Nullable T poll() {
        turn = (turn + 1) % TURNS;
        Standing preferred = turn == 0 ? Standing.FAILING : turn % 2 == 0 ? Standing.NEW : Standing.KNOWN;
        T work = lane(preferred).poll();
        for (Lane<T> lane : lanes.values()) { // in the order of their standings
            if (work == null) {
                work = lane.poll();
            }
        }
        return work;
    }

    private Lane<T> lane(Standing standing) {
        return Objects.requireNonNull(lanes.get(standing));
    }
}
