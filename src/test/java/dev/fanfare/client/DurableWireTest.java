package dev.fanfare.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.fanfare.client.DurableMessage.Declared;
import dev.fanfare.client.DurableMessage.Status;
import dev.fanfare.client.DurableMessage.StatusEntry;
import dev.fanfare.client.DurableMessage.Withdrawn;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DurableWireTest {

    private static final DurableKey KEY = new DurableKey("chat", "feed");
    private static final List<DurableMessage> MESSAGES = List.of(
            new Status(true, false, List.of()),
            new Status(
                    false, true, List.of(new StatusEntry(KEY, 7, true, false), new StatusEntry(KEY, -1, false, true))),
            new Declared(KEY, 7, "{\"url\":\"ws://\u00e9.example\"}"),
            new Withdrawn(KEY, Long.MAX_VALUE));

    @Test
    void whatIsWrittenIsReadAsItWas() {
        MESSAGES.forEach(message -> assertEquals(message, DurableWire.read(DurableWire.write(message))));
        assertEquals(
                Set.of(DurableMessage.class.getPermittedSubclasses()),
                MESSAGES.stream().map(Object::getClass).collect(Collectors.toSet()));
    }

    @Test
    void whatIsTooShortOrTooLongOrOfAnotherVersionIsRefused() {
        for (DurableMessage message : MESSAGES) {
            byte[] bytes = DurableWire.write(message);
            for (int length = 0; length < bytes.length; length++) {
                assertNull(DurableWire.read(Arrays.copyOf(bytes, length)));
            }
            assertNull(DurableWire.read(Arrays.copyOf(bytes, bytes.length + 1)));
            bytes[0]++;
            assertNull(DurableWire.read(bytes));
        }
    }

    /** Decoding never fails otherwise, whatever the input. */
    @Test
    void whatIsDamagedIsReadOrRefused() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = DurableWire.write(MESSAGES.get(random.nextInt(MESSAGES.size())));
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            try {
                DurableWire.read(bytes);
            } catch (RuntimeException | OutOfMemoryError e) {
                throw new AssertionError("seed=" + seed, e);
            }
        }
    }
}
