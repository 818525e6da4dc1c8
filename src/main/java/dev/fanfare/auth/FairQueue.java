package dev.fanfare.auth;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Work of many sources in two lanes: that of sources which failed too often is taken last, and within a lane the sources
 * take turns, so that nobody waits longer for what one of the others sends. Bounded for each source and in all. Any thread
 * may use it.
 */
final class FairQueue<T> {

    /** One in so many turns goes to the last lane first, so that it never starves. */
    private static final int TURNS = 16;

    private final Bounds bounds;
    private final Lane<T> first = new Lane<>();
    private final Lane<T> last = new Lane<>();
    private int turn;

    /**
     * What may be in a lane, from {@link #enter} to {@link #leave}.
     *
     * @param lane work of all sources; a source has at most as much as is free for others, so that a few never fill it
     * @param source work of one source in the first lane
     * @param failingSource work of one source in the last lane, including what is done and held
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
    }

    /** Takes a place; after {@link Entry#ENTERED} comes {@link #leave} or {@link #hold} with the same lane. */
    synchronized Entry enter(SourceNetwork source, boolean failing) {
        Lane<T> lane = lane(failing);
        int of = lane.entered.getOrDefault(source, 0);
        if (of >= (failing ? bounds.failingSource : bounds.source)) {
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
    synchronized void leave(SourceNetwork source, boolean failing) {
        Lane<T> lane = lane(failing);
        lane.count--;
        lane.forget(source);
    }

    /** Gives the place back although the answer is held: until {@link #release} it counts as one of the source that fails. */
    synchronized void hold(SourceNetwork source, boolean failing) {
        leave(source, failing);
        last.entered.merge(source, 1, Integer::sum);
    }

    /** The answer was given. */
    synchronized void release(SourceNetwork source) {
        last.forget(source);
    }

    /** Queues work of a source that has a place. */
    synchronized void add(SourceNetwork source, boolean failing, T work) {
        lane(failing).waiting.computeIfAbsent(source, key -> new ArrayDeque<>()).add(work);
    }

    /** The work whose turn it is; null if there is none. */
    synchronized @Nullable T poll() {
        turn = (turn + 1) % TURNS;
        Lane<T> preferred = lane(turn == 0);
        T work = preferred.poll();
        return work == null ? lane(turn != 0).poll() : work;
    }

    private Lane<T> lane(boolean failing) {
        return failing ? last : first;
    }
}
