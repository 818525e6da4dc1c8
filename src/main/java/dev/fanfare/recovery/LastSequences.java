package dev.fanfare.recovery;

import dev.fanfare.broker.Publication;
import java.util.HashMap;
import java.util.Map;

/**
 * The last sequence that a shard has processed, for each recently active publisher. Publishers come and go with nodes, so an
 * entry is evicted after a while without publications, when none can be in flight any more. Confined to the shard's thread.
 */
public final class LastSequences {

    private Map<Long, Long> recent = new HashMap<>();
    private Map<Long, Long> previous = Map.of();

    /**
     * Records that this publication has been processed, and all earlier ones of the same publisher. A publication for a
     * single connection may arrive behind later ones for others, by way of the home node of the connection.
     */
    public void note(Publication publication) {
        recent.merge(publication.origin(), publication.sequence(), Math::max);
    }

    /** Whether this publication, or a later one of the same publisher, has been processed. */
    public boolean isProcessed(Publication publication) {
        Long last = recent.getOrDefault(publication.origin(), previous.get(publication.origin()));
        return last != null && publication.sequence() != Publication.UNNUMBERED && publication.sequence() <= last;
    }

    /** Starts a new generation; evicts publishers without a publication in the latest two. */
    public void age() {
        previous = recent;
        recent = new HashMap<>();
    }

    /** Last sequences by publisher, as of now. */
    public Map<Long, Long> snapshot() {
        Map<Long, Long> all = new HashMap<>(previous);
        all.putAll(recent);
        return all;
    }
}
