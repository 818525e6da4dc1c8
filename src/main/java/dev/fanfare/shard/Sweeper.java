package dev.fanfare.shard;

import dev.fanfare.core.group.MemberHandle;
import dev.fanfare.core.group.Members;
import java.util.function.Consumer;

/**
 * Visits all connections of a shard about once a second, for pings, silence and expiry. A round goes in slices, so that
 * clients who came all at once are not pinged all at once. Belongs to the shard's thread.
 */
final class Sweeper {

    static final long SLICE_MILLIS = 100;
    private static final int SLICES = 10;

    private final Members<Connection> connections = new Members<>("", "");
    private final Consumer<Connection> visit;
    private final Runnable roundOver;
    private int perSlice;
    private int left;

    /**
     * @param visit throws nothing
     * @param roundOver called when all have been visited once
     */
    Sweeper(Consumer<Connection> visit, Runnable roundOver) {
        this.visit = visit;
        this.roundOver = roundOver;
    }

    /** Visits the connection from now on, until it is removed. */
    MemberHandle<Connection> add(Connection connection) {
        return connections.add(connection);
    }

    void remove(MemberHandle<Connection> place) {
        connections.remove(place);
    }

    /** Goes on with the round, or begins one. */
    void slice() {
        if (left == 0) {
            left = connections.size();
            perSlice = (left + SLICES - 1) / SLICES;
        }
        for (int count = perSlice; count > 0; count--) {
            left = Math.min(left, connections.size());
            if (left == 0) {
                break;
            }
            visit.accept(connections.get(--left));
        }
        if (left == 0) {
            roundOver.run();
        }
    }

    /** Ends the round, and makes a whole one. */
    void round() {
        left = 0;
        do {
            slice();
        } while (left > 0);
    }

    int size() {
        return connections.size();
    }

    Connection get(int index) {
        return connections.get(index);
    }
}
