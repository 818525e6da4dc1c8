package dev.fanfare.store.replica;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * Bounds the answers to queries that are given in one turn, so that they can be sent before there are more. The partitions
 * that have further ones get another turn, one after the other. Pure: no thread, no clock.
 */
final class AnswerTurns {

    /** Bytes of answers after which the rest is left to a later turn. */
    private static final long TURN_BYTES = 8L * 1024 * 1024;

    /** Partitions with queries that are left, in the order in which they get a turn. */
    private final Set<Integer> waiting = new LinkedHashSet<>();

    /** In this turn. */
    private long bytes;

    /** Whether a later turn is asked for. */
    private boolean asked;

    void begin() {
        bytes = 0;
    }

    /** Whether a partition may answer; otherwise it waits. */
    boolean mayAnswer(int partition) {
        if (bytes >= TURN_BYTES) {
            waiting.add(partition);
            return false;
        }
        return true;
    }

    /** A query was answered with so many bytes. */
    void answered(int length) {
        bytes += length;
    }

    /** Whether a later turn is to be asked for; true once until it has come. */
    boolean needsAnother() {
        boolean needs = !waiting.isEmpty() && !asked;
        asked |= needs;
        return needs;
    }

    /** The later turn has come. Partitions that do not get it are before those that are not done with it. */
    void proceed(IntConsumer answer) {
        asked = false;
        Deque<Integer> due = new ArrayDeque<>(waiting);
        waiting.clear();
        while (!due.isEmpty() && bytes < TURN_BYTES) {
            answer.accept(due.remove());
        }
        due.addAll(waiting);
        waiting.clear();
        waiting.addAll(due);
    }
}
