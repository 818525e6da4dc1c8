package dev.fanfare.delivery;

import dev.fanfare.core.group.Members;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Delivers runs of messages to their receivers on one shard. A large group is served in slices of {@link #SLICE} members, one
 * per turn of the event loop, so that other connections are served meanwhile. Order is kept: before a member receives
 * something later, it catches up with the fan-outs in progress. Confined to the shard's thread. See {@code
 * src/docs/decisions/0010}.
 *
 * @param <R> the connections of the shard
 */
public final class FanOuts<R extends Receiver<R>> {

    /** Members served per turn: a few milliseconds of system calls. */
    public static final int SLICE = 512;

    /** Connections whose memory is prefetched together. A power of two. */
    private static final int AHEAD = 8;

    private final Deliverer<R> deliverer;
    private final Consumer<Runnable> nextTurn;
    private final LongConsumer settled;
    private final Consumer<Broadcast> done;
    private final ArrayDeque<RunningFanOut<R>> inProgress = new ArrayDeque<>(2);
    private long latest;

    @SuppressWarnings("UnusedVariable") // written so that the reads are not eliminated
    private int prefetched;

    /** Delivers the messages to a connection if the target includes it; must not throw. */
    public interface Deliverer<R> {
        void deliver(R connection, Broadcast broadcast);
    }

    /** A fan-out in progress to a large group; members below index {@code left} are still to be served. */
    private static final class RunningFanOut<R> {
        private final long number;
        private final Members<R> members;
        private final Broadcast broadcast;
        private final long weight;
        private int left;

        RunningFanOut(long number, Members<R> members, Broadcast broadcast, long weight) {
            this.number = number;
            this.members = members;
            this.broadcast = broadcast;
            this.weight = weight;
            this.left = members.size();
        }
    }

    /**
     * @param nextTurn runs a task in the next turn of the event loop
     * @param settled called with the weight of each run after its last receiver
     * @param done called with each broadcast after its last receiver
     */
    public FanOuts(
            Deliverer<R> deliverer, Consumer<Runnable> nextTurn, LongConsumer settled, Consumer<Broadcast> done) {
        this.deliverer = deliverer;
        this.nextTurn = nextTurn;
        this.settled = settled;
        this.done = done;
    }

    /** The number of the latest fan-out, with which a new connection starts as already served. */
    public long latest() {
        return latest;
    }

    /**
     * Starts a fan-out, and completes it unless there are more members than {@link #SLICE}.
     *
     * @return the number of members served in this turn
     */
    public int start(Members<R> members, Broadcast broadcast, long weight) {
        if (members.size() > SLICE) {
            inProgress.add(new RunningFanOut<>(++latest, members, broadcast, weight));
            if (inProgress.size() == 1) {
                slice();
            }
            return SLICE;
        }
        int count = members.size();
        try {
            // Downwards, because a member that fails is removed on the way.
            for (int i = count - 1; i >= 0; i--) {
                if ((i + 1) % AHEAD == 0) {
                    prefetch(members, i);
                }
                R connection = members.get(i);
                catchUp(connection);
                deliverer.deliver(connection, broadcast);
            }
        } finally {
            finish(broadcast, weight);
        }
        return count;
    }

    /** Delivers the fan-outs in progress to a connection, before something later or its handover. */
    public void catchUp(R connection) {
        if (inProgress.isEmpty()) {
            return;
        }
        for (RunningFanOut<R> runningFanOut : inProgress) {
            if (connection.served() < runningFanOut.number) {
                connection.served(runningFanOut.number);
                if (connection.isMemberOf(runningFanOut.members)) {
                    deliverer.deliver(connection, runningFanOut.broadcast);
                }
            }
        }
    }

    private void slice() {
        RunningFanOut<R> runningFanOut = inProgress.getFirst();
        try {
            deliverSlice(runningFanOut);
        } finally {
            try {
                if (runningFanOut.left == 0) {
                    inProgress.removeFirst();
                    finish(runningFanOut.broadcast, runningFanOut.weight);
                }
            } finally {
                if (!inProgress.isEmpty()) {
                    nextTurn.accept(this::slice);
                }
            }
        }
    }

    private void deliverSlice(RunningFanOut<R> runningFanOut) {
        Members<R> members = runningFanOut.members;
        int next = Math.min(runningFanOut.left, members.size()) - 1;
        for (int count = SLICE; count > 0 && next >= 0; count--, next--) {
            if (count % AHEAD == 0) {
                prefetch(members, next);
            }
            // Removals may have moved members that were already served to lower indices.
            next = Math.min(next, members.size() - 1);
            if (next < 0) {
                break;
            }
            runningFanOut.left = next; // before delivery, so that a failure does not repeat the same member
            R connection = members.get(next);
            if (connection.served() < runningFanOut.number) {
                connection.served(runningFanOut.number);
                deliverer.deliver(connection, runningFanOut.broadcast);
            }
        }
        runningFanOut.left = next + 1;
    }

    /**
     * Reads several members ahead, so that their cache misses overlap: each system call evicts the next members from the
     * caches, and a delivery follows a chain of objects, one miss after the other.
     */
    private void prefetch(Members<R> members, int from) {
        int sum = 0;
        int first = Math.min(from, members.size() - 1);
        for (int i = first; i >= 0 && i > first - AHEAD; i--) {
            sum += members.get(i).warm();
        }
        prefetched = sum;
    }

    /** Releases the buffers and the bytes in flight, whatever fails. */
    private void finish(Broadcast broadcast, long weight) {
        try (broadcast) {
            done.accept(broadcast);
        } finally {
            settled.accept(weight);
        }
    }
}
