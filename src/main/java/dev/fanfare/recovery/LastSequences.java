package dev.fanfare.recovery;

import dev.fanfare.broker.Publication;
import java.util.HashMap;
import java.util.Map;

/**
 * For each publisher that was heard of lately, the sequence of its last publication a shard has dealt with. Publishers
 * come and go with nodes; one that was silent for a while is forgotten, since by then nothing of it is still on its way.
 * Belongs to the shard's thread.
 */
public final class LastSequences {

    private Map<Long, Long> recent = new HashMap<>();
    private Map<Long, Long> before = Map.of();

    /** This publication has been dealt with, and all before it of the same publisher. */
    public void note(Publication publication) {
        recent.put(publication.origin(), publication.sequence());
    }

    /** Whether this publication, or a later one of the same publisher, has been dealt with. */
    public boolean isPast(Publication publication) {
        Long last = recent.getOrDefault(publication.origin(), before.get(publication.origin()));
        return last != null && publication.sequence() != Publication.UNNUMBERED && publication.sequence() <= last;
    }

    /** Forgets who was not heard of between the call before the last one and the last one. */
    public void age() {
        before = recent;
        recent = new HashMap<>();
    }

    /** Last sequences by publisher, as of now. */
    public Map<Long, Long> snapshot() {
        Map<Long, Long> all = new HashMap<>(before);
        all.putAll(recent);
        return all;
    }
}
