package dev.fanfare.store.replica;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the cluster and its partitions are, as one member knows it.
 *
 * @param members of the configuration; 0 without one
 * @param inService whether this member may serve
 * @param primaries partitions whose primary is this member
 * @param backups partitions of which this member has another copy that is in sync
 * @param learners partitions that are being copied to this member
 * @param singleCopies the partitions whose primary is this member, and which have no other copy in sync
 * @param withoutPrimary partitions whose primary is not reachable
 */
public record ReplicaFigures(
        int members,
        boolean inService,
        int primaries,
        int backups,
        int learners,
        BitSet singleCopies,
        int withoutPrimary) {

    static ReplicaFigures of(@Nullable Configuration current, String self, List<String> view, boolean inService) {
        if (current == null) {
            return new ReplicaFigures(0, inService, 0, 0, 0, new BitSet(), 0);
        }
        int primaries = 0;
        int backups = 0;
        int learners = 0;
        int withoutPrimary = 0;
        BitSet singleCopies = new BitSet();
        for (int partition = 0; partition < current.partitions().size(); partition++) {
            Assignment assignment = current.partition(partition);
            boolean primary = assignment.primary().equals(self);
            primaries += primary ? 1 : 0;
            backups += !primary && assignment.inSync().contains(self) ? 1 : 0;
            learners += assignment.learners().contains(self) ? 1 : 0;
            withoutPrimary += view.contains(MemberId.nodeOf(assignment.primary())) ? 0 : 1;
            singleCopies.set(partition, primary && assignment.inSync().size() < Placement.COPIES);
        }
        return new ReplicaFigures(
                current.members().size(), inService, primaries, backups, learners, singleCopies, withoutPrimary);
    }
}
