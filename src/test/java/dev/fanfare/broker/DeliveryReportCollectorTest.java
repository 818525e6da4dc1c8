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

class DeliveryReportCollectorTest {

    private final DeliveryReportCollector deliveryReportCollector = new DeliveryReportCollector();

    private DeliveryReport deliveryReport() {
        return deliveryReportCollector.outcome().result().deliveryReport();
    }

    @Test
    void aReportIsCompleteWhenAllReceiversAreKnownAndSettled() {
        deliveryReportCollector.hold();
        deliveryReportCollector.chosen();
        deliveryReportCollector.written();
        deliveryReportCollector.release();
        assertFalse(deliveryReportCollector.outcome().isComplete());
        deliveryReportCollector.chosen();
        deliveryReportCollector.release();
        assertFalse(deliveryReportCollector.outcome().isComplete());
        deliveryReportCollector.queued();
        assertEquals(new DeliveryReport(1, 1, 0, List.of()), deliveryReport());
        assertEquals(2, deliveryReportCollector.outcome().result().matched());
    }

    @Test
    void whatHappensAfterTheReportChangesNothing() {
        deliveryReportCollector.chosen();
        deliveryReportCollector.expire();
        assertEquals(new DeliveryReport(0, 1, 0, List.of()), deliveryReport());
        deliveryReportCollector.written();
        deliveryReportCollector.release();
        deliveryReportCollector.expire();
        assertEquals(new DeliveryReport(0, 1, 0, List.of()), deliveryReport());
        assertEquals(1, deliveryReportCollector.outcome().result().unreachable());
    }

    @Test
    void failuresAreCountedAllAndToldUpToABound() {
        for (int i = 0; i < 1000; i++) {
            deliveryReportCollector.chosen();
            deliveryReportCollector.dropped(
                    new DeliveryReport.FailedDelivery("c" + i, ConnectionType.INBOUND, ErrorCode.EXPIRED));
        }
        deliveryReportCollector.release();
        assertEquals(1000, deliveryReport().dropped());
        assertEquals(DeliveryReport.MAX_FAILURES, deliveryReport().failures().size());
        DeliveryReport both = deliveryReport().and(deliveryReport());
        assertEquals(2000, both.dropped());
        assertEquals(deliveryReport().failures(), both.failures());
    }

    @Test
    void manyThreadsLoseNothing() throws Exception {
        List<Thread> shards = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            deliveryReportCollector.hold();
            shards.add(new Thread(() -> {
                for (int i = 0; i < 30_000; i++) {
                    deliveryReportCollector.chosen();
                    switch (ThreadLocalRandom.current().nextInt(3)) {
                        case 0 -> deliveryReportCollector.written();
                        case 1 -> deliveryReportCollector.queued();
                        default ->
                            deliveryReportCollector.dropped(
                                    new DeliveryReport.FailedDelivery("c", ConnectionType.OUTBOUND, ErrorCode.CLOSED));
                    }
                }
                deliveryReportCollector.release();
            }));
        }
        shards.forEach(Thread::start);
        deliveryReportCollector.release();
        for (Thread shard : shards) {
            shard.join();
        }
        assertTrue(deliveryReportCollector.outcome().isComplete());
        assertEquals(120_000, deliveryReportCollector.outcome().result().matched());
        assertEquals(
                120_000,
                deliveryReport().written()
                        + deliveryReport().queued()
                        + deliveryReport().dropped());
    }
}
