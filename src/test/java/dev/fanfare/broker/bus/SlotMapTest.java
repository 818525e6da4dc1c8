package dev.fanfare.broker.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class SlotMapTest {

    private static final int SLOTS = 4_194_304;

    private final SlotMap<Integer> map = new SlotMap<>(new Random().nextInt());

    @Test
    void itHoldsWhatWasAddedAndNotRemoved() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Map<Integer, Integer> expected = new HashMap<>();
        for (int round = 0; round < 20; round++) {
            for (int i = random.nextInt(2_000); i > 0; i--) {
                int slot = random.nextInt(SLOTS);
                if (expected.putIfAbsent(slot, slot) == null) {
                    map.add(slot, slot);
                }
            }
            int divisor = 1 + random.nextInt(4);
            map.removeIf(slot -> slot % divisor == 0);
            expected.keySet().removeIf(slot -> slot % divisor == 0);

            assertEquals(expected.size(), map.size());
            expected.forEach((slot, value) -> assertEquals(value, map.get(slot)));
            Set<Integer> all = new HashSet<>();
            map.forEach(all::add);
            assertEquals(expected.keySet(), all);
            int other = random.nextInt(SLOTS);
            assertEquals(expected.get(other), map.get(other));
        }
    }

    @Test
    void slotsThatShareAChainAreApart() {
        SlotMap<Integer> all = new SlotMap<>(1); // the upper bits of the slot are the index
        all.add(1, 1);
        all.add(2, 2);
        all.add(3, 3);
        all.removeIf(value -> value == 2);
        assertEquals(1, all.get(1));
        assertNull(all.get(2));
        assertEquals(3, all.get(3));
    }

    @Test
    void aSlotHasOneValue() {
        map.add(1, 1);
        assertThrows(IllegalArgumentException.class, () -> map.add(1, 2));
    }

    /** What stays is found all the time, by a thread that does not wait for changes. */
    @Test
    void othersComeAndGoWhileASlotIsRead() throws Exception {
        for (int slot = 0; slot < 10; slot++) {
            map.add(slot, slot);
        }
        AtomicBoolean go = new AtomicBoolean(true);
        CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
            while (go.get()) {
                for (int slot = 0; slot < 10; slot++) {
                    assertEquals(slot, map.get(slot));
                }
            }
        });
        for (int round = 0; round < 200 && !reader.isDone(); round++) {
            for (int slot = 10; slot < 1_000; slot++) {
                map.add(slot, slot);
            }
            map.removeIf(value -> value >= 10);
        }
        go.set(false);
        reader.get(10, TimeUnit.SECONDS);
        assertEquals(10, map.size());
    }
}
