package dev.fanfare.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LedgerTest {

    private final AtomicInteger resumed = new AtomicInteger();
    private final InFlight inFlight = new InFlight(100, resumed::incrementAndGet);
    private final Ledger ledger = new Ledger(1000, inFlight, 100);

    @Test
    void publishersWaitForANodeThatIsSlowUntilItHasSettledHalf() {
        ledger.send(60);
        long last = ledger.send(60);
        assertFalse(inFlight.writable());
        ledger.settle(last - 60);
        assertFalse(inFlight.writable());
        ledger.settle(last);
        assertTrue(inFlight.writable());
        assertEquals(1, resumed.get());
        assertEquals(0, inFlight.bytes());
    }

    @Test
    void whatWasLostIsSettledByTheNextMark() {
        ledger.send(10);
        ledger.send(10);
        ledger.settle(ledger.send(10));
        assertEquals(0, inFlight.bytes());
        assertEquals(0, ledger.unsettled());
    }

    @Test
    void nobodyWaitsForASilentNodeAndWhatIsOnItsWayIsBounded() {
        ledger.send(60);
        ledger.silent(true);
        assertEquals(0, inFlight.bytes());
        assertTrue(ledger.send(40) > 0);
        assertEquals(Ledger.REFUSED, ledger.send(1));
        assertEquals(0, inFlight.bytes());
        assertEquals(100, ledger.unsettled());
    }

    @Test
    void whatWasSentToANodeWhileItWasSilentDoesNotCountWhenItIsSettled() {
        ledger.silent(true);
        long silent = ledger.send(50);
        ledger.silent(false);
        long counted = ledger.send(30);
        assertEquals(30, inFlight.bytes());
        ledger.settle(silent);
        assertEquals(30, inFlight.bytes());
        ledger.settle(counted);
        assertEquals(0, inFlight.bytes());
    }

    @Test
    void aMarkOfAnEarlierLedgerSettlesNothing() {
        ledger.send(30);
        ledger.settle(1000);
        ledger.settle(7);
        assertEquals(30, inFlight.bytes());
    }

    @Test
    void aMarkThatWasNeverSentSettlesNoMoreThanThereIs() {
        ledger.send(30);
        ledger.settle(Long.MAX_VALUE);
        ledger.send(20);
        assertEquals(20, inFlight.bytes());
    }

    @Test
    void aClosedLedgerHoldsNothingAndSendsNothing() {
        ledger.send(30);
        ledger.close();
        assertEquals(0, inFlight.bytes());
        assertEquals(Ledger.REFUSED, ledger.send(1));
        ledger.settle(1030);
        assertEquals(0, inFlight.bytes());
    }

    @Test
    void nothingIsLeftWhateverHappensWhilePublishersPublish() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        InFlight wide = new InFlight(1_000_000, () -> {});
        Ledger shared = new Ledger(0, wide, 1_000_000);
        List<Thread> publishers = new ArrayList<>();
        for (int p = 0; p < 3; p++) {
            Random random = new Random(seed + p);
            Thread publisher = new Thread(() -> {
                for (int i = 0; i < 20_000; i++) {
                    shared.send(1 + random.nextInt(100));
                }
            });
            publishers.add(publisher);
            publisher.start();
        }
        Random random = new Random(seed - 1);
        while (publishers.stream().anyMatch(Thread::isAlive)) {
            shared.settle(shared.sent() - random.nextInt(1000));
            shared.silent(random.nextInt(10) == 0);
        }
        shared.silent(false);
        shared.settle(shared.sent());
        assertEquals(0, wide.bytes());
        shared.send(10);
        assertEquals(10, wide.bytes());
        shared.close();
        assertEquals(0, wide.bytes());
    }
}
