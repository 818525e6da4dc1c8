package dev.fanfare.store.replica;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.store.LogLimits;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.state.QueryCodec;
import dev.fanfare.store.state.StoreCodec;
import dev.fanfare.store.state.StoreCommand;
import dev.fanfare.store.state.StoreFormatException;
import dev.fanfare.store.state.StoreQuery;
import dev.fanfare.store.state.StoreResult;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Iterator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StoreMachineTest {

    private static final LogLimits LIMITS = new LogLimits(1000, 1_000_000, Duration.ofDays(1));
    private static final String LINEAGE = "a member whose name is longer than an epoch of a log could ever be/1";

    private final StoreMachine machine = new StoreMachine();

    @Test
    void versionsGrowWhenAPartitionBeginsAnew() {
        machine.begin(LINEAGE, 7);
        long before = put(machine, "k", "v", 0, 1000);
        machine.begin(LINEAGE, 8);
        assertNull(get(machine, "k", 1000));
        assertTrue(put(machine, "k", "v", 0, 1000) > before);
    }

    @Test
    void aPartitionThatBeginsAnewHasOtherEpochs() {
        machine.begin(LINEAGE, 1);
        String first = append(machine, 1000).position().epoch();
        machine.begin(LINEAGE, 2);
        String second = append(machine, 1000).position().epoch();
        machine.begin(LINEAGE + 'x', 1);
        String third = append(machine, 1000).position().epoch();
        assertNotEquals(first, second);
        assertNotEquals(first, third);
        machine.begin(LINEAGE, Long.MAX_VALUE >> 40);
        assertTrue(append(machine, 1000).position().epoch().length() <= 64);
    }

    @Test
    void whatHasExpiredIsFreedByACommandThatIsDue() {
        machine.begin(LINEAGE, 1);
        put(machine, "k", "v", 500, 1000);
        assertNull(machine.due(1499));
        assertNull(get(machine, "k", 1500));
        byte[] due = Objects.requireNonNull(machine.due(1500));
        assertEquals(new StoreResult.Expired(1, false), result(machine.apply(due, 1500)));
        assertNull(machine.due(1500));
        assertEquals(0, Objects.requireNonNull(machine.content()).bytes());
    }

    @Test
    void aSnapshotMakesAnEqualMachine() {
        machine.begin(LINEAGE, 3);
        for (int i = 0; i < 5000; i++) {
            put(machine, "k" + i, "value " + i, i % 7 == 0 ? 60_000 : 0, 1000);
        }
        append(machine, 1000);
        Iterator<byte[]> parts = machine.snapshot();
        put(machine, "later", "v", 0, 2000);
        StoreMachine copy = new StoreMachine();
        copy.beginRestore();
        int count = 0;
        while (parts.hasNext()) {
            assertNull(copy.content());
            copy.restore(parts.next());
            count++;
        }
        assertTrue(count > 1);
        assertNull(get(copy, "later", 2000));
        StoreEntry entry = Objects.requireNonNull(get(copy, "k7", 2000));
        assertEquals("value 7", new String(entry.value(), UTF_8));
        assertEquals(Duration.ofSeconds(59), entry.timeToLive());
        long version = put(copy, "later", "v", 0, 2000);
        assertEquals(
                version, Objects.requireNonNull(get(machine, "later", 2000)).version());
        assertEquals(append(machine, 2000), append(copy, 2000));
    }

    /** The event loop begins those of 256 partitions in one turn; another thread reads them. */
    @Test
    void aSnapshotIsEncodedWhenItIsRead() {
        machine.begin(LINEAGE, 3);
        put(machine, "k", "v".repeat(60_000), 0, 1000);
        machine.snapshot().next(); // classes are loaded
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Iterator<byte[]> parts = machine.snapshot();
        long after = threads.getCurrentThreadAllocatedBytes();
        assertTrue(after - before < 10_000, () -> "bytes=" + (after - before));
        assertTrue(parts.next().length > 60_000);
        assertFalse(parts.hasNext());
    }

    @Test
    void recordsAreReadWithinBounds() throws WireException {
        machine.begin(LINEAGE, 1);
        byte[] large = new byte[1024 * 1024];
        for (int i = 0; i < 6; i++) {
            machine.apply(
                    StoreCodec.encode(
                            new StoreCommand.Append("l", large, new LogLimits(9, 100_000_000, Duration.ofDays(1)))),
                    1000);
        }
        LogRecords records = QueryCodec.decodeRecords(
                machine.read(QueryCodec.encode(new StoreQuery.ReadLog("l", 2, 100, Integer.MAX_VALUE)), 1000));
        assertEquals(6, records.last());
        assertEquals(4, records.records().size());
        assertEquals(2, records.records().get(0).number());
        assertArrayEquals(large, records.records().get(0).bytes());
    }

    @Test
    void whatIsUnknownChangesNothing() {
        machine.begin(LINEAGE, 1);
        assertThrows(IllegalArgumentException.class, () -> machine.apply(new byte[] {77}, 1000));
        assertThrows(IllegalArgumentException.class, () -> machine.read(new byte[] {77}, 1000));
        machine.beginRestore();
        assertThrows(IllegalStateException.class, () -> machine.restore(new byte[] {77}));
        assertThrows(IllegalStateException.class, () -> get(machine, "k", 1000));
    }

    static long put(StoreMachine machine, String key, String value, long timeToLive, long time) {
        StoreCommand put = new StoreCommand.Put(key, value.getBytes(UTF_8), VersionCondition.ANY, timeToLive);
        return assertInstanceOf(StoreResult.Stored.class, result(machine.apply(StoreCodec.encode(put), time)))
                .version();
    }

    private static StoreResult.Appended append(StoreMachine machine, long time) {
        StoreCommand append = new StoreCommand.Append("log", new byte[] {1}, LIMITS);
        return assertInstanceOf(StoreResult.Appended.class, result(machine.apply(StoreCodec.encode(append), time)));
    }

    private static @Nullable StoreEntry get(StoreMachine machine, String key, long time) {
        try {
            return QueryCodec.decodeEntry(machine.read(QueryCodec.encode(new StoreQuery.GetEntry(key)), time));
        } catch (WireException e) {
            throw new AssertionError(e);
        }
    }

    private static StoreResult result(byte[] bytes) {
        try {
            return StoreCodec.decodeResult(bytes);
        } catch (StoreFormatException e) {
            throw new AssertionError(e);
        }
    }
}
