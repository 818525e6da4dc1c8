package dev.fanfare.store.replica;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Computes the configuration that follows another one. Rendezvous hashing chooses the replicas of each partition, so that
 * as few as possible move; a replica leaves only when those that replace it are in sync. Equal ones lead to equal configurations.
 *
 * @param present members that take part, and new ones
 * @param leaving those of them that are about to leave
 * @param failing those of them that cannot write to their disks
 * @param gone absent members of which is known that what they had is lost
 * @param overdue partitions whose replicas are all absent, that have waited long enough for those without a disk
 * @param ready learners that have every command, by partition and term
 */
record Placement(
        List<String> present,
        Set<String> leaving,
        Set<String> failing,
        Set<String> gone,
        Set<Integer> overdue,
        Set<ReplicaMessage.InSync> ready) {

    Placement {
        present = List.copyOf(present);
        leaving = Set.copyOf(leaving);
        failing = Set.copyOf(failing);
        gone = Set.copyOf(gone);
        overdue = Set.copyOf(overdue);
        ready = Set.copyOf(ready);
    }

    /** The copies of a partition, if there are as many members. */
    static final int COPIES = 2;

    /** The first configuration of a lineage. */
    static Configuration first(String lineage, List<String> members, int partitions) {
        List<Assignment> assignments = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            List<String> desired = ranked(members, partition);
            assignments.add(Assignment.begin(1, desired.get(0), desired.subList(1, desired.size())));
        }
        return new Configuration(lineage, 1, members, assignments);
    }

    /** Its number is one greater, also if nothing else has changed. */
    Configuration after(Configuration before) {
        List<String> candidates = present.stream()
                .filter(member -> !leaving.contains(member) && !failing.contains(member))
                .toList();
        List<String> targets = candidates.isEmpty() ? present : candidates;
        long number = before.number() + 1;
        List<Assignment> assignments = new ArrayList<>();
        Set<String> inUse = new HashSet<>(targets);
        for (int partition = 0; partition < before.partitions().size(); partition++) {
            Assignment next = next(before.partition(partition), partition, targets, number);
            assignments.add(next);
            inUse.addAll(next.inSync());
        }
        List<String> members = new ArrayList<>(before.members());
        present.stream().filter(member -> !before.isMember(member)).forEach(members::add);
        members.removeIf(member -> !present.contains(member) || !inUse.contains(member));
        return new Configuration(before.lineage(), number, members, assignments);
    }

    private Assignment next(Assignment before, int partition, List<String> targets, long number) {
        List<String> desired = ranked(targets, partition);
        List<String> inSync = new ArrayList<>();
        before.inSync().forEach(member -> inSync.add(successor(member)));
        for (String learner : before.learners()) {
            if (ready.contains(new ReplicaMessage.InSync(partition, before.term(), learner))) {
                inSync.add(learner);
            }
        }
        List<String> here = working(inSync.stream().filter(present::contains).toList());
        if (here.isEmpty()) {
            return withoutReplica(before, inSync, partition, desired, number);
        }
        List<String> kept = here.containsAll(desired) ? desired : here;
        String former = successor(before.primary());
        String primary = kept == desired || !kept.contains(former) ? bestOf(kept, desired) : former;
        List<String> learners =
                desired.stream().filter(member -> !kept.contains(member)).toList();
        return changed(before, primary, kept, learners, number);
    }

    /** The process that has the disk of a member now; the member itself if there is none. */
    private String successor(String member) {
        return present.contains(member)
                ? member
                : present.stream()
                        .filter(each -> MemberId.isSame(each, member))
                        .findFirst()
                        .orElse(member);
    }

    /** Without those that cannot write, if others are left: nothing is committed without any of them. */
    private List<String> working(List<String> replicas) {
        List<String> working =
                replicas.stream().filter(member -> !failing.contains(member)).toList();
        return working.isEmpty() ? replicas : working;
    }

    private static String bestOf(List<String> inSync, List<String> desired) {
        return desired.stream().filter(inSync::contains).findFirst().orElse(inSync.get(0));
    }

    /** The partition waits for those that may return, and then begins anew. */
    private Assignment withoutReplica(
            Assignment before, List<String> inSync, int partition, List<String> desired, long number) {
        List<String> absent =
                inSync.stream().filter(member -> !gone.contains(member)).toList();
        boolean waits = !overdue.contains(partition) || absent.stream().anyMatch(MemberId::isDurable);
        if (absent.isEmpty() || !waits) {
            return Assignment.begin(number, desired.get(0), desired.subList(1, desired.size()));
        }
        String primary = absent.contains(before.primary()) ? before.primary() : absent.get(0);
        return changed(before, primary, absent, List.of(), number);
    }

    private static Assignment changed(
            Assignment before, String primary, List<String> inSync, List<String> learners, long number) {
        boolean same = before.primary().equals(primary)
                && new HashSet<>(before.inSync()).equals(new HashSet<>(inSync))
                && new HashSet<>(before.learners()).equals(new HashSet<>(learners));
        return same ? before : new Assignment(number, before.epoch(), primary, inSync, learners);
    }

    /** The members that are to replicate a partition, the primary first. */
    static List<String> ranked(List<String> members, int partition) {
        Comparator<String> byWeight = Comparator.comparingLong(member -> weight(member, partition));
        return members.stream()
                .sorted(byWeight.thenComparing(Comparator.naturalOrder()))
                .limit(COPIES)
                .toList();
    }

    private static long weight(String member, int partition) {
        long hash = 31L * Objects.hash(MemberId.keeperOf(member)) + partition;
        // The finalizer of SplitMix64.
        hash += 0x9E3779B97F4A7C15L;
        hash = (hash ^ (hash >>> 30)) * 0xBF58476D1CE4E5B9L;
        hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
        return hash ^ (hash >>> 31);
    }
}
