package dev.fanfare.store;

/**
 * How the replicated store is, as this node knew it some moments ago.
 *
 * @param members that replicate; 0 if this node is none
 * @param primaries partitions whose operations this node orders
 * @param backups partitions of which this node has a copy besides
 * @param learners partitions that are being copied to this node
 * @param singleCopies partitions of which this node has the only copy
 * @param singleEntries keys and logs in them
 * @param unavailable partitions that this node cannot reach
 */
public record ReplicationFigures(
        int members, int primaries, int backups, int learners, int singleCopies, long singleEntries, int unavailable) {

    /** Without replication. */
    public static final ReplicationFigures NONE = new ReplicationFigures(0, 0, 0, 0, 0, 0, 0);
}
