package dev.fanfare.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.client.DurableMessage.Declared;
import dev.fanfare.client.DurableMessage.Status;
import dev.fanfare.client.DurableMessage.StatusEntry;
import dev.fanfare.client.DurableMessage.Withdrawn;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireRecord;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DurableWireTest {

    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final DurableKey KEY = new DurableKey("chat", "feed");
    private static final WireRecord<DurableMessage> RECORD =
            new WireRecord<>(1, "durable", DurableWire::write, DurableWire::read);
    private static final Map<String, DurableMessage> MESSAGES = Map.of(
            "status, empty",
            new Status(true, false, List.of()),
            "status",
            new Status(
                    false, true, List.of(new StatusEntry(KEY, 7, true, false), new StatusEntry(KEY, -1, false, true))),
            "declared",
            new Declared(KEY, 7, "{\"url\":\"ws://\u00e9.example\"}"),
            "withdrawn",
            new Withdrawn(KEY, Long.MAX_VALUE));

    @Test
    void everyKindIsRecorded() throws IOException {
        RECORD.assertRecorded(MESSAGES);
        assertEquals(
                Set.of(DurableMessage.class.getPermittedSubclasses()),
                MESSAGES.values().stream().map(Object::getClass).collect(Collectors.toSet()));
    }

    @Test
    void appendedFieldsAreSkipped() throws WireException {
        RECORD.assertGrows(MESSAGES);
    }

    @Test
    void messagesCutAnywhereFailAsDeclared() {
        RECORD.assertCutsFail(MESSAGES);
    }

    @Test
    void garbageFailsAsDeclaredAndTakesLittleMemory() {
        System.out.println("seed " + SEED);
        RECORD.assertGarbageIsHarmless(MESSAGES, new Random(SEED), 3000);
    }

    @Test
    void unknownKindsAreRecognised() {
        WireException unknown =
                assertThrows(WireException.class, () -> DurableWire.read(WireReader.of(new byte[] {99})));
        assertTrue(unknown.isUnknownKind());
    }
}
