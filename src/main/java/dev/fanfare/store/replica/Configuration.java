package dev.fanfare.store.replica;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An agreed state of the cluster: the members that decide on the next one, and who replicates each partition. Immutable.
 *
 * @param lineage names the sequence of configurations that began with the same first one
 * @param number 1 for the first one, then one more each
 * @param members the eldest first
 * @param partitions by the number of the partition
 */
record Configuration(String lineage, long number, List<String> members, List<Assignment> partitions) {

    Configuration {
        members = List.copyOf(members);
        partitions = List.copyOf(partitions);
    }

    /**
     * Whether these members outweigh the rest of those that may be alive. The eldest has half a vote more than the others, so
     * that one half of an even number has a majority. Any two sets with a majority overlap, with different views on the
     * dead ones, too, as long as neither contains a member that the other considers dead.
     *
     * @param dead members that are known to take part in nothing any more
     */
    boolean isMajority(Collection<String> some, Collection<String> dead) {
        int with = 0;
        int without = 0;
        for (int i = 0; i < members.size(); i++) {
            String member = members.get(i);
            int weight = i == 0 ? 3 : 2;
            if (some.contains(member)) {
                with += weight;
            } else if (!dead.contains(member)) {
                without += weight;
            }
        }
        return with > without;
    }

    /** Whether it was founded, not decided: nothing but its founder knows it at first. */
    boolean isFirst() {
        return number == 1;
    }

    boolean isMember(String member) {
        return members.contains(member);
    }

    /** The member that this one is, or was before its process was restarted; null if it is none. */
    @Nullable
    String voter(String member) {
        return members.stream()
                .filter(each -> MemberId.isSame(each, member))
                .findFirst()
                .orElse(null);
    }

    /** The same, as the beginning of another lineage. */
    Configuration inLineage(String other) {
        return new Configuration(other, number, members, partitions);
    }

    Assignment partition(int number) {
        return partitions.get(number);
    }
}
