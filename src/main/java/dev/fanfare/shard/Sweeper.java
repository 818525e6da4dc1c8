package dev.fanfare.shard;

import dev.fanfare.core.group.MemberHandle;
import dev.fanfare.core.group.Members;
import java.util.function.Consumer;

/**
 * Visits all connections of a shard about once a second, for pings, silence and expiry. A round is divided into slices of a
 * tenth, so that clients that connected at the same time are not pinged at the same time. Confined to the shard's thread.
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
     * @param visit called for each connection; must not throw
     * @param roundOver called at the end of each round
     */
    Sweeper(Consumer<Connection> visit, Runnable roundOver) {
        this.visit = visit;
        this.roundOver = roundOver;
    }

    /** Adds a connection to the rounds until it is removed. */
    MemberHandle<Connection> add(Connection connection) {
        return connections.add(connection);
    }

    void remove(MemberHandle<Connection> handle) {
        connections.remove(handle);
    }

    /** Continues the round, or starts one. */
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

    /** Runs a complete round at once. */
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
