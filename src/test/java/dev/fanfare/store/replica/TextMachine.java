package dev.fanfare.store.replica;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.store.LogLimits;
import dev.fanfare.store.LogRecord;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.state.QueryCodec;
import dev.fanfare.store.state.StoreCodec;
import dev.fanfare.store.state.StoreCommand;
import dev.fanfare.store.state.StoreFormatException;
import dev.fanfare.store.state.StoreQuery;
import dev.fanfare.store.state.StoreResult;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A {@link StoreMachine} whose commands, queries and results are words. Other queries are passed on as they are. */
final class TextMachine implements StateMachine {

    private static final LogLimits LIMITS = new LogLimits(10_000, 1_000_000, Duration.ofDays(3650));

    private final StoreMachine machine = new StoreMachine();
    private boolean failing;

    /** Whether no command can be applied. */
    void failing(boolean now) {
        failing = now;
    }

    @Override
    public void clear() {
        machine.clear();
    }

    @Override
    public void begin(String lineage, long number) {
        machine.begin(lineage, number);
    }

    @Override
    public byte[] apply(byte[] command, long time) {
        if (failing) {
            throw new IllegalStateException("as the test says");
        }
        return bytes(text(result(machine.apply(command(command), time))));
    }

    @Override
    public void onChange(Consumer<String> consumer) {
        machine.onChange(consumer);
    }

    @Override
    public long bytes() {
        return machine.bytes();
    }

    @Override
    public long maxGrowth(byte[] command) {
        return machine.maxGrowth(command(command));
    }

    @Override
    public long growth(byte[] command, long time) {
        return machine.growth(command(command), time);
    }

    /**
     * {@code put KEY VALUE EXPECTED TTL}: whatever is expected if that is -1, nothing if it is 0; {@code remove KEY}; {@code append
     * LOG RECORD}.
     */
    private static byte[] command(byte[] text) {
        String[] words = words(text);
        return switch (words[0]) {
            case "put" ->
                StoreCodec.encode(new StoreCommand.Put(
                        words[1],
                        bytes(words[2]),
                        new VersionCondition(Long.parseLong(words[3])),
                        Long.parseLong(words[4])));
            case "remove" -> StoreCodec.encode(new StoreCommand.Remove(words[1], VersionCondition.ANY));
            case "append" -> StoreCodec.encode(new StoreCommand.Append(words[1], bytes(words[2]), LIMITS));
            case "due" -> HexFormat.of().parseHex(words[1]);
            default -> text;
        };
    }

    private static StoreResult result(byte[] bytes) {
        try {
            return StoreCodec.decodeResult(bytes);
        } catch (StoreFormatException e) {
            throw new AssertionError(e);
        }
    }

    private static String text(StoreResult result) {
        if (result instanceof StoreResult.Stored stored) {
            return "stored " + stored.version();
        }
        if (result instanceof StoreResult.Mismatch mismatch) {
            return "mismatch " + mismatch.current();
        }
        if (result instanceof StoreResult.Appended appended) {
            return "appended " + appended.position().epoch() + ' '
                    + appended.position().number();
        }
        return result instanceof StoreResult.Removed ? "removed 0" : result.toString();
    }

    /** {@code get KEY} and {@code log LOG}. */
    @Override
    public byte[] read(byte[] query, long time) {
        String[] words = words(query);
        try {
            return switch (words[0]) {
                case "get" -> {
                    byte[] answer = machine.read(QueryCodec.encode(new StoreQuery.GetEntry(words[1])), time);
                    yield bytes(text(QueryCodec.decodeEntry(answer)));
                }
                case "log" -> {
                    byte[] answer = machine.read(
                            QueryCodec.encode(new StoreQuery.ReadLog(words[1], 1, 10_000, 1_000_000)), time);
                    yield bytes(text(QueryCodec.decodeRecords(answer)));
                }
                default -> machine.read(query, time);
            };
        } catch (WireException e) {
            throw new AssertionError(e);
        }
    }

    private static String text(@Nullable StoreEntry entry) {
        return entry == null ? "absent" : "value " + text(entry.value()) + ' ' + entry.version();
    }

    private static String text(LogRecords records) {
        return "log " + records.epoch() + ' '
                + records.records().stream()
                        .map(LogRecord::bytes)
                        .map(TextMachine::text)
                        .collect(Collectors.joining(","));
    }

    @Override
    public byte @Nullable [] due(long time) {
        byte[] due = machine.due(time);
        return due == null ? null : bytes("due " + HexFormat.of().formatHex(due));
    }

    @Override
    public Iterator<byte[]> snapshot() {
        return machine.snapshot();
    }

    @Override
    public void beginRestore() {
        machine.beginRestore();
    }

    @Override
    public void restore(byte[] part) {
        machine.restore(part);
    }

    /** Equal at replicas that have applied the same commands. */
    String content() {
        StringBuilder content = new StringBuilder();
        machine.snapshot().forEachRemaining(part -> content.append(text(part)));
        return content.toString();
    }

    /** The keys that are there or have not been freed, with their values. */
    Map<String, String> present() {
        Map<String, String> present = new TreeMap<>();
        Objects.requireNonNull(machine.content())
                .entries("", null, Integer.MAX_VALUE, 0)
                .forEach(entry -> present.put(entry.key(), text(entry.value())));
        return present;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String[] words(byte[] bytes) {
        return text(bytes).split(" ");
    }
}
