package dev.fanfare.broker.routing;

import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/**
 * Detects publications of another node that never arrive. Confined to the thread of the {@link RoutingTable}; bounded
 * by {@link #MAX_GAPS}. See {@code src/docs/decisions/0041-losses-counted-where-missed.md}.
 *
 * <p>A publication that counts for {@code weight} bytes and has the mark {@code m} of a {@link SendWindow} covers the
 * marks from {@code m - weight} to {@code m}, and all that were sent cover them without a gap. A gap may be reordering:
 * publishers send from several threads, and when one TCP connection replaces another, both are read side by side. So a
 * gap counts as lost only when it stays open for {@link #ROUNDS} heartbeats of the sender, each at least half a {@link
 * RoutingTable#TICK_MILLIS} after the one before. While either node is paused there are none, however much time passes.
 */
public final class ReceivedMarks {

    /** Heartbeats after which a gap counts as lost; about 5 seconds. */
    static final int ROUNDS = 10;

    /** The weight of a publication that could not be decoded: it covers all gaps up to its mark. */
    public static final int UNKNOWN_WEIGHT = Integer.MAX_VALUE;

    /** With more gaps than this the oldest counts as lost at once. */
    public static final int MAX_GAPS = 1024;

    private static final long NOTHING = -1;

    private record Gap(long end, int round) {}

    /** By first mark. */
    private final TreeMap<Long, Gap> gaps = new TreeMap<>();

    private long highest = NOTHING;
    private int round;
    private long roundAt;
    private long overflow;

    /** Records a publication that arrived. */
    void arrived(long mark, int weight) {
        if (mark > highest) {
            advance(mark - weight, mark);
        } else {
            fill(mark - weight, mark);
        }
    }

    /**
     * Records a heartbeat of the other node. Returns the bytes that count as lost since the one before.
     *
     * @param sent the mark of its last publication
     */
    long heartbeat(long sent, long now) {
        if (round == 0 || now - roundAt >= RoutingTable.TICK_MILLIS / 2) {
            round++;
            roundAt = now;
        }
        advance(sent, sent);
        long missed = overflow;
        overflow = 0;
        for (Iterator<Map.Entry<Long, Gap>> open = gaps.entrySet().iterator(); open.hasNext(); ) {
            Map.Entry<Long, Gap> gap = open.next();
            if (round - gap.getValue().round >= ROUNDS) {
                missed += bytes(gap);
                open.remove();
            }
        }
        return missed;
    }

    /** Publications sent before this node knew the other one, or through an earlier window, are not counted here. */
    private void advance(long begin, long end) {
        if (highest != NOTHING && begin > highest && SendWindow.isSame(highest, begin)) {
            open(highest, begin, round);
        }
        highest = Math.max(highest, end);
    }

    private void fill(long begin, long end) {
        Map.Entry<Long, Gap> before = gaps.lowerEntry(end);
        if (before == null || before.getValue().end < end) {
            return;
        }
        Gap gap = before.getValue();
        gaps.remove(before.getKey());
        open(before.getKey(), begin, gap.round);
        open(end, gap.end, gap.round);
    }

    private void open(long begin, long end, int since) {
        if (begin < end) {
            gaps.put(begin, new Gap(end, since));
            if (gaps.size() > MAX_GAPS) {
                overflow += bytes(gaps.pollFirstEntry());
            }
        }
    }

    private static long bytes(Map.Entry<Long, Gap> gap) {
        return gap.getValue().end - gap.getKey();
    }
}
