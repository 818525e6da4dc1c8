package dev.fanfare.broker.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SendWindowTest {

    private final AtomicInteger resumed = new AtomicInteger();
    private final InFlightBytes inFlightBytes = new InFlightBytes(100, resumed::incrementAndGet);
    private final SendWindow sendWindow = new SendWindow(1000, inFlightBytes, 100);

    @Test
    void publishersWaitForANodeThatIsSlowUntilItHasSettledHalf() {
        sendWindow.send(60);
        long last = sendWindow.send(60);
        assertFalse(inFlightBytes.writable());
        sendWindow.acknowledge(last - 60);
        assertFalse(inFlightBytes.writable());
        sendWindow.acknowledge(last);
        assertTrue(inFlightBytes.writable());
        assertEquals(1, resumed.get());
        assertEquals(0, inFlightBytes.bytes());
    }

    @Test
    void whatWasLostIsSettledByTheNextMark() {
        sendWindow.send(10);
        sendWindow.send(10);
        sendWindow.acknowledge(sendWindow.send(10));
        assertEquals(0, inFlightBytes.bytes());
        assertEquals(0, sendWindow.unacknowledged());
    }

    @Test
    void nobodyWaitsForASilentNodeAndWhatIsOnItsWayIsBounded() {
        sendWindow.send(60);
        sendWindow.silent(true);
        assertEquals(0, inFlightBytes.bytes());
        assertTrue(sendWindow.send(40) > 0);
        assertEquals(SendWindow.REFUSED, sendWindow.send(1));
        assertEquals(0, inFlightBytes.bytes());
        assertEquals(100, sendWindow.unacknowledged());
    }

    @Test
    void bytesSentToASilentNodeDoNotCountWhenTheyAreSettled() {
        sendWindow.silent(true);
        long silent = sendWindow.send(50);
        sendWindow.silent(false);
        long counted = sendWindow.send(30);
        assertEquals(30, inFlightBytes.bytes());
        sendWindow.acknowledge(silent);
        assertEquals(30, inFlightBytes.bytes());
        sendWindow.acknowledge(counted);
        assertEquals(0, inFlightBytes.bytes());
    }

    @Test
    void aMarkOfAnEarlierLedgerSettlesNothing() {
        sendWindow.send(30);
        sendWindow.acknowledge(1000);
        sendWindow.acknowledge(7);
        assertEquals(30, inFlightBytes.bytes());
    }

    @Test
    void aMarkThatWasNeverSentSettlesNoMoreThanThereIs() {
        sendWindow.send(30);
        sendWindow.acknowledge(Long.MAX_VALUE);
        sendWindow.send(20);
        assertEquals(20, inFlightBytes.bytes());
    }

    @Test
    void aClosedLedgerHoldsNothingAndSendsNothing() {
        sendWindow.send(30);
        sendWindow.close();
        assertEquals(0, inFlightBytes.bytes());
        assertEquals(SendWindow.REFUSED, sendWindow.send(1));
        sendWindow.acknowledge(1030);
        assertEquals(0, inFlightBytes.bytes());
    }

    @Test
    void nothingIsLeftWhateverHappensWhilePublishersPublish() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        InFlightBytes wide = new InFlightBytes(1_000_000, () -> {});
        SendWindow shared = new SendWindow(0, wide, 1_000_000);
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
            shared.acknowledge(shared.sent() - random.nextInt(1000));
            shared.silent(random.nextInt(10) == 0);
        }
        shared.silent(false);
        shared.acknowledge(shared.sent());
        assertEquals(0, wide.bytes());
        shared.send(10);
        assertEquals(10, wide.bytes());
        shared.close();
        assertEquals(0, wide.bytes());
    }
}
