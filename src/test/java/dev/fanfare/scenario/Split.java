package dev.fanfare.scenario;

import java.util.Set;

/** While it lasted some nodes did not hear of the others: what passes between these and those may be lost. */
record Split(Period period, Set<Integer> nodes) {

    boolean separates(int one, int other, long time) {
        return period.contains(time) && nodes.contains(one) != nodes.contains(other);
    }
}
