package dev.fanfare.broker.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which publications of another node count as lost. */
class ReceivedMarksTest {

    private final ReceivedMarks marks = new ReceivedMarks();
    private long now = 1_000_000;

    @Test
    void whatArrivesInOrderIsNotMissed() {
        marks.arrived(100, 100);
        marks.arrived(150, 50);
        marks.arrived(151, 1);
        assertEquals(0, listen(151, 30));
    }

    @Test
    void whatDoesNotArriveIsMissedOnceWhenItIsLateBeyondDoubt() {
        marks.arrived(100, 100);
        marks.arrived(170, 40);
        assertEquals(0, listen(170, ReceivedMarks.ROUNDS - 1));
        assertEquals(30, listen(170, 1));
        assertEquals(0, listen(170, 30));
    }

    @Test
    void theLastPublicationIsMissedAsAnyOther() {
        marks.arrived(100, 100);
        assertEquals(60, listen(160, 30));
    }

    @Test
    void whatIsOvertakenIsNotMissed() {
        marks.arrived(100, 100);
        marks.arrived(400, 100);
        marks.arrived(200, 100);
        marks.heartbeat(500, now);
        marks.arrived(450, 50);
        marks.arrived(300, 100);
        marks.arrived(500, 50);
        assertEquals(0, listen(500, 30));
    }

    @Test
    void onlyWhatIsMissingOfAGapIsMissed() {
        marks.arrived(100, 100);
        marks.heartbeat(200, now);
        marks.arrived(130, 20);
        marks.arrived(190, 30);
        assertEquals(10 + 30 + 10, listen(200, 30));
    }

    /** As when a node wakes, and ten seconds of heartbeats are queued for it. */
    @Test
    void signsOfLifeThatComeAllAtOnceProveNothing() {
        marks.arrived(100, 100);
        marks.arrived(300, 100);
        now += 20_000;
        for (int i = 0; i < 40; i++) {
            assertEquals(0, marks.heartbeat(300, now));
        }
        marks.arrived(200, 100);
        assertEquals(0, listen(300, 30));
    }

    /** One of its threads may have held a publication when the process was paused. */
    @Test
    void aSenderThatSleepsHasTimeToSendWhatIsMissing() {
        marks.arrived(100, 100);
        marks.arrived(300, 100);
        listen(300, 2);
        now += 60_000;
        assertEquals(0, listen(300, 2));
        marks.arrived(200, 100);
        assertEquals(0, listen(300, 30));
    }

    @Test
    void whatWasSentBeforeTheSenderWasHeardOfIsNotMissed() {
        assertEquals(0, listen(5000, 30));
        marks.arrived(5000, 100);
        assertEquals(0, listen(5000, 30));
    }

    @Test
    void theNextLedgerOfASenderLeavesNoGap() {
        marks.arrived(100, 100);
        long next = SendWindow.after(70_000);
        assertEquals(0, listen(next, 30));
        marks.arrived(next + 30, 10);
        assertEquals(20, listen(next + 30, 30));
    }

    @Test
    void theNextLedgerOfASenderMayBeginWithAPublication() {
        marks.arrived(100, 100);
        marks.arrived(SendWindow.after(70_000) + 10, 10);
        assertEquals(0, listen(SendWindow.after(70_000) + 10, 30));
    }

    @Test
    void whatWasNotUnderstoodIsNotMissed() {
        marks.arrived(100, 100);
        marks.arrived(300, ReceivedMarks.UNKNOWN_WEIGHT);
        marks.heartbeat(400, now);
        marks.arrived(400, ReceivedMarks.UNKNOWN_WEIGHT);
        assertEquals(0, listen(400, 30));
    }

    @Test
    void gapsAreBounded() {
        marks.arrived(10, 10);
        for (int i = 1; i <= ReceivedMarks.MAX_GAPS + 3; i++) {
            marks.arrived(10 + i * 15L, 10);
        }
        long mark = 10 + (ReceivedMarks.MAX_GAPS + 3) * 15L;
        assertEquals(3 * 5, marks.heartbeat(mark, now));
        assertEquals(ReceivedMarks.MAX_GAPS * 5, listen(mark, 30));
    }

    @Test
    void whateverIsLostOrOvertakenTheSumIsRight() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<long[]> pending = new ArrayList<>();
        long sent = 0;
        long lost = 0;
        long missed = marks.heartbeat(0, now);
        for (int i = 0; i < 20_000; i++) {
            int weight = 1 + random.nextInt(500);
            sent += weight;
            if (random.nextInt(20) == 0) {
                lost += weight;
            } else {
                pending.add(new long[] {sent, weight});
            }
            if (pending.size() > 8) {
                Collections.shuffle(pending, random);
                pending.forEach(this::arrived);
                pending.clear();
            }
            if (random.nextInt(10) == 0) {
                missed += listen(sent, 1);
            }
        }
        pending.forEach(this::arrived);
        missed += listen(sent, ReceivedMarks.ROUNDS + 1);
        assertEquals(lost, missed);
    }

    private void arrived(long[] publication) {
        marks.arrived(publication[0], (int) publication[1]);
    }

    private long listen(long sent, int times) {
        long missed = 0;
        for (int i = 0; i < times; i++) {
            now += RoutingTable.TICK_MILLIS;
            missed += marks.heartbeat(sent, now);
        }
        return missed;
    }
}
