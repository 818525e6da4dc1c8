package dev.fanfare.store.replica;

import java.util.List;
import java.util.stream.Stream;

/**
 * Which members replicate a partition. Immutable.
 *
 * @param term the number of the configuration that changed it last; messages between replicas are valid in one term only
 * @param epoch the number of the configuration in which the partition began, empty; another one means that its content was lost
 * @param primary orders the commands; in sync
 * @param inSync the members that have every committed command, the primary included
 * @param learners the members that are on their way there
 */
record Assignment(long term, long epoch, String primary, List<String> inSync, List<String> learners) {

    Assignment {
        inSync = List.copyOf(inSync);
        learners = List.copyOf(learners);
        if (!inSync.contains(primary)) {
            throw new IllegalArgumentException("primary=" + primary + " inSync=" + inSync);
        }
    }

    /** A partition that begins with the configuration of this number. */
    static Assignment begin(long number, String primary, List<String> learners) {
        return new Assignment(number, number, primary, List.of(primary), learners);
    }

    boolean isReplica(String member) {
        return inSync.contains(member) || learners.contains(member);
    }

    /** Whether the member, or a former process with its disk, replicates it. */
    boolean isReplicaAt(String member) {
        return Stream.concat(inSync.stream(), learners.stream()).anyMatch(each -> MemberId.isSame(each, member));
    }
}
