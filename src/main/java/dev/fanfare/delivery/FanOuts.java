package dev.fanfare.delivery;

import dev.fanfare.core.group.Members;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Brings runs of messages to their receivers on one shard. A large group takes several turns of the event loop, a slice
 * of its members in each, so that everybody else goes on meanwhile. Order holds all the same: who is reached by something
 * later is first given what he has not had yet. Belongs to the shard's thread.
 *
 * @param <R> the connections of the shard
 */
public final class FanOuts<R extends Receiver<R>> {

    /** Members of one turn: some milliseconds of system calls. */
    public static final int SLICE = 512;

    /** Connections whose memory is fetched at the same time. A power of two. */
    private static final int AHEAD = 8;

    private final Deliverer<R> deliverer;
    private final Consumer<Runnable> nextTurn;
    private final LongConsumer settled;
    private final Consumer<Broadcast> done;
    private final ArrayDeque<FanOut<R>> underway = new ArrayDeque<>(2);
    private long latest;

    @SuppressWarnings("UnusedVariable") // written, so that what it was made of is read
    private int warmth;

    /** Gives a connection the messages, if it is one of those who are meant; throws nothing. */
    public interface Deliverer<R> {
        void deliver(R connection, Broadcast broadcast);
    }

    /** A run on its way to the members of a large group; those from {@code left} on have been there before it. */
    private static final class FanOut<R> {
        private final long number;
        private final Members<R> members;
        private final Broadcast broadcast;
        private final long weight;
        private int left;

        FanOut(long number, Members<R> members, Broadcast broadcast, long weight) {
            this.number = number;
            this.members = members;
            this.broadcast = broadcast;
            this.weight = weight;
            this.left = members.size();
        }
    }

    /**
     * @param nextTurn runs something in the next turn of the event loop
     * @param settled hears of the weight of each run when its last receiver has it
     * @param done takes note of each broadcast when its last receiver has it
     */
    public FanOuts(
            Deliverer<R> deliverer, Consumer<Runnable> nextTurn, LongConsumer settled, Consumer<Broadcast> done) {
        this.deliverer = deliverer;
        this.nextTurn = nextTurn;
        this.settled = settled;
        this.done = done;
    }

    /** The number of the latest fan-out: who was there before is served by all up to it. */
    public long latest() {
        return latest;
    }

    /**
     * Begins to bring a run to these members, and ends where they are few.
     *
     * @return how many were reached so far
     */
    public int start(Members<R> members, Broadcast broadcast, long weight) {
        if (members.size() > SLICE) {
            underway.add(new FanOut<>(++latest, members, broadcast, weight));
            if (underway.size() == 1) {
                slice();
            }
            return SLICE;
        }
        int count = members.size();
        try {
            // Downwards, because a member that cannot go on leaves on the way.
            for (int i = count - 1; i >= 0; i--) {
                if ((i + 1) % AHEAD == 0) {
                    warm(members, i);
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

    /** Gives a connection everything that is underway to it, before something later or its departure. */
    public void catchUp(R connection) {
        if (underway.isEmpty()) {
            return;
        }
        for (FanOut<R> fanOut : underway) {
            if (connection.served() < fanOut.number) {
                connection.served(fanOut.number);
                if (connection.isMemberOf(fanOut.members)) {
                    deliverer.deliver(connection, fanOut.broadcast);
                }
            }
        }
    }

    private void slice() {
        FanOut<R> fanOut = underway.getFirst();
        try {
            bringSlice(fanOut);
        } finally {
            try {
                if (fanOut.left == 0) {
                    underway.removeFirst();
                    finish(fanOut.broadcast, fanOut.weight);
                }
            } finally {
                if (!underway.isEmpty()) {
                    nextTurn.accept(this::slice);
                }
            }
        }
    }

    private void bringSlice(FanOut<R> fanOut) {
        Members<R> members = fanOut.members;
        int next = Math.min(fanOut.left, members.size()) - 1;
        for (int count = SLICE; count > 0 && next >= 0; count--, next--) {
            if (count % AHEAD == 0) {
                warm(members, next);
            }
            // Those who left may have brought down others that were reached already.
            next = Math.min(next, members.size() - 1);
            if (next < 0) {
                break;
            }
            fanOut.left = next; // before the member, so that a fault does not meet the same one again
            R connection = members.get(next);
            if (connection.served() < fanOut.number) {
                connection.served(fanOut.number);
                deliverer.deliver(connection, fanOut.broadcast);
            }
        }
        fanOut.left = next + 1;
    }

    /**
     * Each system call pushes the next members out of the caches, and a delivery follows a chain of objects, one miss after
     * the other. Looking at several members first fetches their memory in parallel.
     */
    private void warm(Members<R> members, int from) {
        int sum = 0;
        int first = Math.min(from, members.size() - 1);
        for (int i = first; i >= 0 && i > first - AHEAD; i--) {
            sum += members.get(i).warm();
        }
        warmth = sum;
    }

    /** Whatever fails, the buffers are released and the bytes are no longer in flight. */
    private void finish(Broadcast broadcast, long weight) {
        try (broadcast) {
            done.accept(broadcast);
        } finally {
            settled.accept(weight);
        }
    }
}
