package dev.fanfare.auth;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Work of many sources in lanes: those of known and of new sources take turns, so that any number of strangers makes a known
 * source wait for one of them only; that of sources which failed too often is taken last. Within a lane the sources take turns,
 * so that nobody waits longer for what one of the others sends. Bounded for each source and in all. Any thread may use it.
 */
final class FairQueue<T> {

    /** One in so many turns goes to the last lane first, so that it never starves. */
    private static final int TURNS = 16;

    private final Bounds bounds;
    private final Map<Standing, Lane<T>> lanes = new EnumMap<>(Standing.class);
    private int turn;

    /** What is known of a source, which has a lane for each. */
    enum Standing {
        /** A token of it was good lately. */
        KNOWN,
        NEW,
        /** Too many tokens of it failed, whatever was good before. */
        FAILING
    }

    /**
     * What may be in a lane, from {@link #enter} to {@link #leave}.
     *
     * @param lane work of all sources; a source has at most as much as is free for others, so that a few never fill it
     * @param source work of one source that does not fail
     * @param failingSource work of one source that fails too often, including what is done and held
     */
    record Bounds(int lane, int source, int failingSource) {}

    /** Whether there was room. */
    enum Entry {
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
                waiting.put(next.getKey(), next.getValue()); // behind the others
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

    /** Takes a place; after {@link Entry#ENTERED} comes {@link #leave} or {@link #hold} with the same lane. */
    synchronized Entry enter(SourceNetwork source, Standing standing) {
        Lane<T> lane = lane(standing);
        int of = lane.entered.getOrDefault(source, 0);
        if (of >= (standing == Standing.FAILING ? bounds.failingSource : bounds.source)) {
            return Entry.SOURCE_FULL;
        }
        if (of >= bounds.lane - lane.count) {
            return Entry.LANE_FULL;
        }
        lane.count++;
        lane.entered.put(source, of + 1);
        return Entry.ENTERED;
    }

    /** Gives the place back. */
    synchronized void leave(SourceNetwork source, Standing standing) {
        Lane<T> lane = lane(standing);
        lane.count--;
        lane.forget(source);
    }

    /** Gives the place back although the answer is held: until {@link #release} it counts as one of the source that fails. */
    synchronized void hold(SourceNetwork source, Standing standing) {
        leave(source, standing);
        lane(Standing.FAILING).entered.merge(source, 1, Integer::sum);
    }

    /** The answer was given. */
    synchronized void release(SourceNetwork source) {
        lane(Standing.FAILING).forget(source);
    }

    /** Queues work of a source that has a place. */
    synchronized void add(SourceNetwork source, Standing standing, T work) {
        lane(standing)
                .waiting
                .computeIfAbsent(source, key -> new ArrayDeque<>())
                .add(work);
    }

    /** The work whose turn it is; null if there is none. */
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
