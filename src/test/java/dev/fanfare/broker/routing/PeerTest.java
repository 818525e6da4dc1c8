package dev.fanfare.broker.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What publishers on other threads see of a peer while its subscriptions are replaced. */
class PeerTest {

    private static final long NOW = 1000;
    private static final int PEERS = 1000;
    private static final int ROUNDS = 50;

    /**
     * The member subscribed to a slot without waiting for this node, which had been silent: so this node must send
     * it everything, or know the slot.
     */
    @Test
    void aPublisherNeverTakesAnOldSetForTheOneThatIsVouchedFor() throws Exception {
        int skipped = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Peer[] peers = new Peer[PEERS];
            for (int i = 0; i < PEERS; i++) {
                peers[i] = new Peer("x", 1, 100, new SendWindow(0, new InFlightBytes(1, () -> {}), 1), 0);
            }
            CyclicBarrier together = new CyclicBarrier(2);
            CompletableFuture<Integer> publisher = CompletableFuture.supplyAsync(() -> {
                await(together);
                int missed = 0;
                for (Peer peer : peers) {
                    boolean known;
                    do { // until it is known: the change falls between any two reads
                        known = peer.isKnown(NOW);
                        missed += peer.mustReceive(7, NOW) ? 0 : 1;
                    } while (!known);
                }
                return missed;
            });
            await(together);
            for (Peer peer : peers) {
                peer.theirs().replace(1, SlotList.of(7));
                peer.knownUntil(NOW + 1);
            }
            skipped += publisher.get(60, TimeUnit.SECONDS);
        }
        assertEquals(0, skipped);
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
