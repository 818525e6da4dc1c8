package dev.fanfare.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

class ReportingTest {

    private final Reporting reporting = new Reporting();

    private Report report() {
        return reporting.outcome().result().report();
    }

    @Test
    void aReportIsCompleteWhenNobodyBringsTheMessageToMoreAndAllIsSettled() {
        reporting.hold();
        reporting.chosen();
        reporting.written();
        reporting.release();
        assertFalse(reporting.outcome().isComplete());
        reporting.chosen();
        reporting.release();
        assertFalse(reporting.outcome().isComplete());
        reporting.queued();
        assertEquals(new Report(1, 1, 0, List.of()), report());
        assertEquals(2, reporting.outcome().result().matched());
    }

    @Test
    void whatHappensAfterTheReportChangesNothing() {
        reporting.chosen();
        reporting.expire();
        assertEquals(new Report(0, 1, 0, List.of()), report());
        reporting.written();
        reporting.release();
        reporting.expire();
        assertEquals(new Report(0, 1, 0, List.of()), report());
        assertEquals(1, reporting.outcome().result().unreachable());
    }

    @Test
    void failuresAreCountedAllAndToldUpToABound() {
        for (int i = 0; i < 1000; i++) {
            reporting.chosen();
            reporting.dropped(new Report.Failure("c" + i, ConnectionType.INBOUND, ErrorCode.EXPIRED));
        }
        reporting.release();
        assertEquals(1000, report().dropped());
        assertEquals(Report.MAX_FAILURES, report().failures().size());
        Report both = report().and(report());
        assertEquals(2000, both.dropped());
        assertEquals(report().failures(), both.failures());
    }

    @Test
    void manyThreadsLoseNothing() throws Exception {
        List<Thread> shards = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            reporting.hold();
            shards.add(new Thread(() -> {
                for (int i = 0; i < 30_000; i++) {
                    reporting.chosen();
                    switch (ThreadLocalRandom.current().nextInt(3)) {
                        case 0 -> reporting.written();
                        case 1 -> reporting.queued();
                        default ->
                            reporting.dropped(new Report.Failure("c", ConnectionType.OUTBOUND, ErrorCode.CLOSED));
                    }
                }
                reporting.release();
            }));
        }
        shards.forEach(Thread::start);
        reporting.release();
        for (Thread shard : shards) {
            shard.join();
        }
        assertTrue(reporting.outcome().isComplete());
        assertEquals(120_000, reporting.outcome().result().matched());
        assertEquals(120_000, report().written() + report().queued() + report().dropped());
    }
}
