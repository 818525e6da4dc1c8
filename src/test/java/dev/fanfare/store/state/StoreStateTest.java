package dev.fanfare.store.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.codec.WireReader;
import dev.fanfare.store.LogLimits;
import dev.fanfare.store.LogPosition;
import dev.fanfare.store.LogRecord;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.VersionCondition;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands and reads of the state, compared with simpler ones where chance decides. */
class StoreStateTest {

    private static final LogLimits LIMITS = new LogLimits(100, 1_000_000, Duration.ofSeconds(100));

    private final StoreState state = new StoreState("e", 0);

    @Test
    void versionsGrowAcrossRemovals() {
        long first = put("a", "1", VersionCondition.ABSENT);
        assertEquals(new StoreResult.Mismatch(first), apply(putOf("a", "2", VersionCondition.ABSENT)));
        long second = put("a", "2", VersionCondition.version(first));
        assertTrue(second > first);
        assertEquals(
                new StoreResult.Mismatch(second), apply(new StoreCommand.Remove("a", VersionCondition.version(first))));
        assertEquals(
                new StoreResult.Removed(true), apply(new StoreCommand.Remove("a", VersionCondition.version(second))));
        assertEquals(
                new StoreResult.Mismatch(0), apply(new StoreCommand.Remove("a", VersionCondition.version(second))));
        assertEquals(new StoreResult.Removed(false), apply(new StoreCommand.Remove("a", VersionCondition.ANY)));
        assertTrue(put("a", "3", VersionCondition.ABSENT) > second);
    }

    @Test
    void anExpiredEntryIsAbsentBeforeItIsFreed() {
        state.apply(new StoreCommand.Put("a", bytes("1"), VersionCondition.ANY, 10), 1000);
        assertEquals(Duration.ofMillis(1), find("a", 1009).timeToLive());
        assertNull(state.get("a", 1010));
        assertEquals(List.of(), state.entries("", null, 10, 1010));
        assertEquals(1010, state.nextExpiry());
        assertEquals(
                new StoreResult.Mismatch(0),
                state.apply(new StoreCommand.Remove("a", VersionCondition.version(1)), 1010));
        assertTrue(state.bytes() > 0);
        assertEquals(new StoreResult.Expired(1, false), state.apply(new StoreCommand.Expire(10), 1010));
        assertEquals(0, state.bytes());
        assertEquals(Long.MAX_VALUE, state.nextExpiry());
    }

    @Test
    void timeThatIsSetBackCountsAsTheTimeBefore() {
        state.apply(new StoreCommand.Put("a", bytes("1"), VersionCondition.ANY, 10), 1000);
        state.apply(new StoreCommand.Put("b", bytes("1"), VersionCondition.ANY, 10), 500);
        assertNotNull(state.get("b", 1009));
        assertEquals(1000, state.time());
    }

    @Test
    void readsAtAnEarlierTimeCountAsAtTheTimeOfCommands() {
        LogLimits age = new LogLimits(10, 100, Duration.ofMillis(10));
        state.apply(new StoreCommand.Put("a", bytes("1"), VersionCondition.ANY, 10), 1000);
        state.apply(new StoreCommand.Append("log", bytes("1"), age), 1000);
        state.apply(new StoreCommand.Put("b", bytes("1"), VersionCondition.ANY, 0), 1010);
        assertNull(state.get("a", 1005));
        assertEquals(List.of("b"), keys(state.entries("", null, 10, 1005)));
        assertEquals(2, state.read("log", 1, 10, 100, 1005).first());
        state.apply(new StoreCommand.Put("b", bytes("1"), VersionCondition.ANY, 0), 1020);
        assertEquals(LogRecords.NONE, state.read("log", 1, 10, 100, 1005));
    }

    @Test
    void aNewValueHasTheExpiryItWasWrittenWith() {
        state.apply(new StoreCommand.Put("a", bytes("1"), VersionCondition.ANY, 10), 1000);
        state.apply(new StoreCommand.Put("a", bytes("2"), VersionCondition.ANY, 0), 1005);
        assertEquals(new StoreResult.Expired(0, false), state.apply(new StoreCommand.Expire(10), 2000));
        assertNull(find("a", 2000).timeToLive());
    }

    @Test
    void expiryIsBoundedAndReportsItsKeys() {
        List<String> changed = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            state.apply(new StoreCommand.Put("k" + i, bytes("v"), VersionCondition.ANY, 10), 0);
        }
        state.onChange(changed::add);
        assertEquals(new StoreResult.Expired(6, true), state.apply(new StoreCommand.Expire(6), 10));
        assertEquals(IntStream.range(0, 6).mapToObj(i -> "k" + i).toList(), changed);
        assertEquals(new StoreResult.Expired(4, false), state.apply(new StoreCommand.Expire(6), 10));
    }

    @Test
    void expiryVisitsNoMoreThanItTakes() {
        AtomicInteger visits = new AtomicInteger();
        SortedPages<byte[]> pages = new SortedPages<>(new SortedPages.ItemKind<>() {
            @Override
            public int compare(byte[] item, byte[] name) {
                return Arrays.compareUnsigned(item, name);
            }

            @Override
            public byte[] name(byte[] item) {
                return item;
            }

            @Override
            public long due(byte[] item) {
                visits.incrementAndGet();
                return 10;
            }
        });
        IntStream.range(0, 3000).forEach(i -> pages.put(bytes("k" + i)));
        visits.set(0);
        assertEquals(10, pages.takeDue(10, 10).size());
        assertTrue(visits.get() <= SortedPages.CAPACITY, visits::toString);
        assertEquals(10, pages.due());
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without such checks may pass
    void aCommandIsComplete() {
        assertThrows(NullPointerException.class, () -> putOf("a", "1", null));
        assertThrows(NullPointerException.class, () -> new StoreCommand.Remove("a", null));
        assertThrows(NullPointerException.class, () -> new StoreCommand.Append("a", bytes("1"), null));
    }

    @Test
    void numbersOfALogHaveNoGaps() {
        LogPosition first = append("log", "1", LIMITS, 0);
        assertEquals(1, first.number());
        assertEquals(new LogPosition(first.epoch(), 2), append("log", "2", LIMITS, 0));
        LogRecords read = state.read("log", 1, 10, 100, 0);
        assertEquals(first.epoch(), read.epoch());
        assertEquals(List.of("1", "2"), texts(read));
        assertEquals(List.of("2"), texts(state.read("log", 2, 10, 100, 0)));
        assertEquals(List.of(), texts(state.read("log", 3, 10, 100, 0)));
    }

    @Test
    void aReadIsBoundedButReturnsOneRecord() {
        IntStream.range(0, 10).forEach(i -> append("log", "12345", LIMITS, 0));
        assertEquals(3, state.read("log", 1, 3, 100, 0).records().size());
        assertEquals(2, state.read("log", 1, 10, 10, 0).records().size());
        assertEquals(1, state.read("log", 1, 10, 1, 0).records().size());
    }

    @Test
    void aLogKeepsWhatItsLimitsAllow() {
        LogLimits three = new LogLimits(3, 1000, Duration.ofSeconds(1));
        IntStream.range(0, 5).forEach(i -> append("log", "r" + i, three, 0));
        assertEquals(List.of("r2", "r3", "r4"), texts(state.read("log", 1, 10, 100, 0)));
        append("log", "123456789", new LogLimits(3, 12, Duration.ofSeconds(1)), 0);
        LogRecords read = state.read("log", 1, 10, 100, 0);
        assertEquals(List.of("r4", "123456789"), texts(read));
        assertEquals(5, read.first());
        append("log", "larger than its limit", new LogLimits(3, 2, Duration.ofSeconds(1)), 0);
        assertEquals(List.of("larger than its limit"), texts(state.read("log", 1, 10, 100, 0)));
    }

    @Test
    void recordsAreDroppedByTheirAge() {
        LogLimits limits = new LogLimits(100, 1000, Duration.ofMillis(10));
        append("log", "1", limits, 0);
        append("log", "2", limits, 5);
        assertEquals(List.of("2"), texts(state.read("log", 1, 10, 100, 10)));
        long before = state.bytes();
        state.apply(new StoreCommand.Expire(10), 10);
        assertTrue(state.bytes() < before);
        LogRecords empty = state.read("log", 1, 10, 100, 15);
        assertEquals(List.of(), empty.records());
        assertEquals(3, empty.first());
        assertEquals(2, empty.last());
        state.apply(new StoreCommand.Expire(10), 15);
        assertEquals(3, append("log", "3", limits, 16).number());
    }

    @Test
    void aLogThatWasEmptyForLongIsGone() {
        LogLimits limits = new LogLimits(100, 1000, Duration.ofMillis(10));
        LogPosition old = append("log", "1", limits, 0);
        state.apply(new StoreCommand.Expire(10), 10);
        assertEquals(1, state.logCount());
        assertEquals(20, state.nextExpiry());
        assertSame(LogRecords.NONE, state.read("log", 1, 10, 100, 20));
        LogPosition unfreed = append("log", "2", limits, 20);
        assertEquals(1, unfreed.number());
        assertNotEquals(old.epoch(), unfreed.epoch());
        state.apply(new StoreCommand.Expire(10), 30);
        state.apply(new StoreCommand.Expire(10), 40);
        assertEquals(0, state.logCount());
        assertEquals(0, state.bytes());
    }

    @Test
    void aLogThatWasRemovedHasAnotherEpoch() {
        LogPosition old = append("log", "1", LIMITS, 0);
        assertEquals(new StoreResult.Removed(true), apply(new StoreCommand.RemoveLog("log")));
        assertEquals(new StoreResult.Removed(false), apply(new StoreCommand.RemoveLog("log")));
        assertEquals(0, state.bytes());
        LogPosition position = append("log", "1", LIMITS, 0);
        assertEquals(1, position.number());
        assertNotEquals(old.epoch(), position.epoch());
    }

    @Test
    void entriesAreListedByPrefixInPortions() {
        for (String key : List.of("a", "b/1", "b/2", "b/\u00e4", "b/\ud83d\ude00", "c")) {
            put(key, "v", VersionCondition.ANY);
        }
        assertEquals(List.of("b/1", "b/2"), keys(state.entries("b/", null, 2, 0)));
        assertEquals(List.of("b/\u00e4", "b/\ud83d\ude00"), keys(state.entries("b/", "b/2", 9, 0)));
        assertEquals(List.of("b/2"), keys(state.entries("b/", "b/1x", 1, 0)));
        assertEquals(6, state.entries("", null, 9, 0).size());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void behavesLikeASimpleMap(long seed) throws StoreFormatException {
        Random random = new Random(seed);
        TreeMap<String, StoreEntry> model = new TreeMap<>();
        StoreState tested = state;
        List<StateSnapshot> snapshots = new ArrayList<>();
        List<TreeMap<String, StoreEntry>> models = new ArrayList<>();
        int keys = seed % 2 == 0 ? 3000 : 50;
        for (int i = 0; i < 20_000; i++) {
            step(tested, random, keys, model, i);
            if (random.nextInt(4000) == 0) {
                snapshots.add(tested.snapshot());
                models.add(new TreeMap<>(model));
            }
            if (random.nextInt(7000) == 0) {
                tested = restored(tested.snapshot());
            }
        }
        assertAlike(model, tested);
        for (int i = 0; i < snapshots.size(); i++) {
            assertAlike(models.get(i), restored(snapshots.get(i)));
        }
        List<String> all = List.copyOf(model.keySet());
        for (String key : all) {
            tested.apply(new StoreCommand.Remove(key, VersionCondition.ANY), 0);
        }
        assertEquals(0, tested.bytes());
        assertEquals(0, tested.entryCount());
    }

    private static void step(
            StoreState tested, Random random, int keys, NavigableMap<String, StoreEntry> model, int step) {
        String key = "k" + random.nextInt(keys);
        StoreEntry entry = model.get(key);
        if (random.nextInt(10) < (step / 5000 % 2 == 0 ? 7 : 3)) {
            long condition = random.nextInt(3) == 0 ? -1 : entry == null ? 0 : entry.version();
            StoreCommand put = new StoreCommand.Put(
                    key, bytes("v" + step), new VersionCondition(condition), random.nextInt(2) * 99L);
            long before = tested.bytes();
            long growth = tested.growth(put, 0);
            long version = ((StoreResult.Stored) tested.apply(put, 0)).version();
            assertEquals(growth, Math.max(0, tested.bytes() - before));
            assertTrue(model.values().stream().limit(5).allMatch(each -> each.version() < version));
            model.put(key, new StoreEntry(key, bytes("v" + step), version, null));
        } else {
            boolean removed = model.remove(key) != null;
            assertEquals(
                    new StoreResult.Removed(removed),
                    tested.apply(new StoreCommand.Remove(key, VersionCondition.ANY), 0));
        }
    }

    private static void assertAlike(NavigableMap<String, StoreEntry> model, StoreState tested) {
        List<StoreEntry> entries = tested.entries("", null, Integer.MAX_VALUE, 0);
        assertEquals(List.copyOf(model.keySet()), keys(entries));
        assertEquals(model.size(), tested.entryCount());
        for (StoreEntry entry : entries) {
            StoreEntry expected = model.get(entry.key());
            assertNotNull(expected);
            assertEquals(expected.version(), entry.version());
            assertArrayEquals(expected.value(), entry.value());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void replicasThatGetTheSameCommandsAreAlike(long seed) throws StoreFormatException {
        Random random = new Random(seed);
        StoreState other = new StoreState("e", 0);
        long now = 0;
        for (int i = 0; i < 10_000; i++) {
            now += random.nextInt(3);
            StoreCommand command = randomCommand(random);
            long before = state.bytes();
            long growth = state.growth(command, now);
            StoreResult result = state.apply(command, now);
            assertEquals(result, other.apply(decoded(command), now), () -> "seed=" + seed + " " + command);
            assertTrue(state.bytes() - before <= growth, () -> "seed=" + seed + " " + command);
            assertEquals(result, StoreCodec.decodeResult(StoreCodec.encode(result)));
            if (random.nextInt(500) == 0) {
                other = restored(other.snapshot());
            }
            if (random.nextInt(500) == 0) {
                assertAlike(state, other, now);
            }
        }
        assertAlike(state, other, now);
        state.apply(new StoreCommand.Expire(Integer.MAX_VALUE), now + 10_000);
        state.apply(new StoreCommand.Expire(Integer.MAX_VALUE), now + 10_000);
        assertEquals(0, state.bytes());
    }

    private static StoreCommand randomCommand(Random random) {
        String name = "n" + random.nextInt(random.nextInt(10) == 0 ? 1000 : 30);
        VersionCondition condition = new VersionCondition(random.nextInt(3) - 1);
        byte[] value = new byte[random.nextInt(40)];
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> new StoreCommand.Put(name, value, VersionCondition.ANY, 1 + random.nextInt(2000));
            case 3 -> new StoreCommand.Put(name, value, condition, 1 + random.nextInt(2000));
            case 4 -> new StoreCommand.Remove(name, condition);
            case 5, 6, 7 ->
                new StoreCommand.Append(
                        name,
                        value,
                        new LogLimits(1 + random.nextInt(20), 1 + random.nextInt(300), Duration.ofMillis(200)));
            case 8 -> new StoreCommand.RemoveLog(name);
            default -> new StoreCommand.Expire(1 + random.nextInt(5));
        };
    }

    private static void assertAlike(StoreState one, StoreState other, long now) {
        assertEquals(one.bytes(), other.bytes());
        assertEquals(one.version(), other.version());
        assertEquals(one.time(), other.time());
        assertEquals(one.entryCount(), other.entryCount());
        assertEquals(one.logCount(), other.logCount());
        List<StoreEntry> entries = one.entries("", null, Integer.MAX_VALUE, now);
        List<StoreEntry> others = other.entries("", null, Integer.MAX_VALUE, now);
        assertEquals(keys(entries), keys(others));
        for (int i = 0; i < entries.size(); i++) {
            assertEquals(entries.get(i).version(), others.get(i).version());
            assertEquals(entries.get(i).timeToLive(), others.get(i).timeToLive());
        }
        for (int i = 0; i < 1000; i++) {
            LogRecords read = one.read("n" + i, 1, 100, 1000, now);
            LogRecords same = other.read("n" + i, 1, 100, 1000, now);
            assertEquals(read.epoch(), same.epoch());
            assertEquals(read.first(), same.first());
            assertEquals(read.last(), same.last());
            assertEquals(texts(read), texts(same));
        }
    }

    @Test
    void aSnapshotIsNotAffectedByWhatFollows() throws StoreFormatException {
        LongStream.range(0, 500).forEach(i -> put("k" + i, "before", VersionCondition.ANY));
        IntStream.range(0, 500).forEach(i -> append("log" + i % 100, "before", LIMITS, 0));
        append("long", "x".repeat(200_000), LIMITS, 0);
        StateSnapshot snapshot = state.snapshot();
        LongStream.range(0, 700).forEach(i -> put("k" + i, "after", VersionCondition.ANY));
        IntStream.range(0, 500).forEach(i -> append("log" + i % 100, "after", LIMITS, 0));
        apply(new StoreCommand.RemoveLog("log7"));
        StoreState copy = restored(snapshot);
        assertEquals(500, copy.entryCount());
        assertEquals(101, copy.logCount());
        assertTrue(copy.entries("", null, 999, 0).stream()
                .allMatch(entry -> new String(entry.value(), UTF_8).equals("before")));
        assertEquals(List.of("before", "before", "before", "before", "before"), texts(copy.read("log7", 1, 9, 99, 0)));
        assertEquals(200_000, copy.read("long", 1, 1, 1, 0).records().get(0).bytes().length);
    }

    @Test
    void aDamagedSnapshotIsRefused() throws StoreFormatException {
        LongStream.range(0, 3000).forEach(i -> put("k" + i, "v".repeat(40), VersionCondition.ANY));
        IntStream.range(0, 3000).forEach(i -> append("log" + i % 100, "r", LIMITS, 0));
        List<byte[]> chunks = chunks(state.snapshot());
        assertTrue(chunks.size() > 3);
        for (int i = 0; i < chunks.size(); i++) {
            List<byte[]> without = new ArrayList<>(chunks);
            without.remove(i);
            assertThrows(StoreFormatException.class, () -> restored(without));
        }
        byte[] last = chunks.get(chunks.size() - 1);
        for (int length = Math.max(0, last.length - 60); length < last.length; length++) {
            List<byte[]> cut = new ArrayList<>(chunks.subList(0, chunks.size() - 1));
            cut.add(Arrays.copyOf(last, length));
            assertThrows(StoreFormatException.class, () -> restored(cut));
        }
    }

    @Test
    void unknownItemsOfASnapshotAreSkipped() throws StoreFormatException {
        put("a", "1", VersionCondition.ANY);
        List<byte[]> chunks = chunks(state.snapshot());
        byte[] only = chunks.get(0);
        int headerLength = 5 + ByteBuffer.wrap(only).getInt(1);
        byte[] unknown = {99, 0, 0, 0, 3, 1, 2, 3};
        ByteBuffer extended = ByteBuffer.allocate(only.length + unknown.length);
        extended.put(only, 0, headerLength).put(unknown).put(only, headerLength, only.length - headerLength);
        assertEquals(1, restored(List.of(extended.array())).entryCount());
    }

    private StoreResult apply(StoreCommand command) {
        return state.apply(command, 0);
    }

    private long put(String key, String value, VersionCondition condition) {
        return ((StoreResult.Stored) apply(putOf(key, value, condition))).version();
    }

    private static StoreCommand putOf(String key, String value, VersionCondition condition) {
        return new StoreCommand.Put(key, bytes(value), condition, 0);
    }

    private LogPosition append(String log, String record, LogLimits limits, long now) {
        return ((StoreResult.Appended) state.apply(new StoreCommand.Append(log, bytes(record), limits), now))
                .position();
    }

    private StoreEntry find(String key, long now) {
        @Nullable StoreEntry entry = state.get(key, now);
        assertNotNull(entry);
        return entry;
    }

    private static StoreCommand decoded(StoreCommand command) throws StoreFormatException {
        WireReader in = WireReader.of(StoreCodec.encode(command));
        StoreCommand decoded = StoreCodec.decodeCommand(in);
        assertFalse(in.hasMore());
        return decoded;
    }

    private static StoreState restored(StateSnapshot snapshot) throws StoreFormatException {
        return restored(chunks(snapshot));
    }

    private static StoreState restored(List<byte[]> chunks) throws StoreFormatException {
        StateRestore restore = new StateRestore();
        for (byte[] chunk : chunks) {
            restore.add(ByteBuffer.wrap(chunk));
        }
        return restore.finish();
    }

    private static List<byte[]> chunks(StateSnapshot snapshot) {
        List<byte[]> chunks = new ArrayList<>();
        for (byte[] chunk = snapshot.next(); chunk != null; chunk = snapshot.next()) {
            chunks.add(chunk);
        }
        return chunks;
    }

    private static List<String> keys(List<StoreEntry> entries) {
        return entries.stream().map(StoreEntry::key).toList();
    }

    private static List<String> texts(LogRecords read) {
        return read.records().stream()
                .map(LogRecord::bytes)
                .map(bytes -> new String(bytes, UTF_8))
                .toList();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
