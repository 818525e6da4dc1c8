package dev.fanfare.store.replica;

import java.util.Comparator;

/** Orders the attempts to decide a configuration. */
record Ballot(long round, String member) implements Comparable<Ballot> {

    /** Lower than that of every attempt. */
    static final Ballot NONE = new Ballot(0, "");

    private static final Comparator<Ballot> ORDER =
            Comparator.comparingLong(Ballot::round).thenComparing(Ballot::member);

    @Override
    public int compareTo(Ballot other) {
        return ORDER.compare(this, other);
    }

    boolean isBelow(Ballot other) {
        return compareTo(other) < 0;
    }
}
