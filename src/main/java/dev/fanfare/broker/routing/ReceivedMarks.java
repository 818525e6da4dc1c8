package dev.fanfare.broker.routing;

import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds the publications of another node that never arrive. Belongs to the thread of the {@link RoutingTable}.
 *
 * <p>A publication that counts for {@code weight} bytes and has the mark {@code m} of a {@link SendWindow} covers the marks from
 * {@code m - weight} to {@code m}, and all that were sent cover them without a gap. A gap may be reordering: publishers send
 * from several threads, and two connections are read side by side where one replaces the other. So a gap counts as missed
 * only when it stays open for {@link #ROUNDS} signs of life of the sender, each of them half a {@link RoutingTable#TICK_MILLIS} or
 * more after the one before. While either node sleeps there are none, however much time passes.
 */
public final class ReceivedMarks {

    /** After so many a gap is not filled any more; about 5 seconds. */
    static final int ROUNDS = 10;

    /** The weight of a publication that was not understood: it covers all that is open up to its mark. */
    public static final int UNKNOWN_WEIGHT = Integer.MAX_VALUE;

    /** With more gaps the oldest is taken for missed at once. */
    public static final int MAX_GAPS = 1024;

    private static final long NOTHING = -1;

    private record Gap(long end, int round) {}

    /** By where they begin. */
    private final TreeMap<Long, Gap> gaps = new TreeMap<>();

    private long highest = NOTHING;
    private int round;
    private long roundAt;
    private long overflow;

    /** A publication has arrived. */
    void arrived(long mark, int weight) {
        if (mark > highest) {
            advance(mark - weight, mark);
        } else {
            fill(mark - weight, mark);
        }
    }

    /**
     * The other node has given a sign of life. Returns the bytes that are taken for missed since the one before.
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

    /** What was sent before this node heard of the other one, or by an earlier ledger, is not for us to count. */
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
