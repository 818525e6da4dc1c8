package dev.fanfare.store.replica;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Keys with versions and expiry, and logs; commands, queries and results are words. */
final class TextMachine implements StateMachine {

    private record Value(String text, long version, long expiresAt) {}

    private final Map<String, Value> values = new TreeMap<>();
    private final Map<String, String> logs = new TreeMap<>();
    private String epoch = "";
    private long version;
    private int applied;

    @Override
    public void begin(String lineage, long number) {
        clear();
        epoch = lineage + '-' + number;
    }

    @Override
    public void clear() {
        values.clear();
        logs.clear();
        version = 0;
        applied = 0;
        epoch = "";
    }

    @Override
    public byte[] apply(byte[] command, long time) {
        applied++;
        String[] words = words(command);
        return bytes(
                switch (words[0]) {
                    case "put" -> put(words, time);
                    case "append" -> append(words[1], words[2]);
                    case "expire" -> {
                        values.values().removeIf(value -> value.expiresAt() <= time);
                        yield "expired";
                    }
                    default -> throw new IllegalArgumentException(words[0]);
                });
    }

    @Override
    public long bytes() {
        return values.values().stream()
                .mapToLong(value -> value.text().length())
                .sum();
    }

    @Override
    public long maxGrowth(byte[] command) {
        String[] words = words(command);
        if (words[0].equals("nonsense")) {
            throw new IllegalArgumentException(words[0]);
        }
        return words[0].equals("put") ? words[2].length() : 0;
    }

    @Override
    public long growth(byte[] command, long time) {
        String[] words = words(command);
        Value before = words[0].equals("put") ? values.get(words[1]) : null;
        return Math.max(
                0, maxGrowth(command) - (before == null ? 0 : before.text().length()));
    }

    /** {@code put KEY VALUE EXPECTED TTL}: whatever is expected if that is -1, nothing if it is 0. */
    private String put(String[] words, long time) {
        Value before = at(words[1], time);
        long current = before == null ? 0 : before.version();
        long expected = Long.parseLong(words[3]);
        if (expected >= 0 && expected != current) {
            return "mismatch " + current;
        }
        version++;
        long timeToLive = Long.parseLong(words[4]);
        values.put(words[1], new Value(words[2], version, timeToLive == 0 ? Long.MAX_VALUE : time + timeToLive));
        return "stored " + version;
    }

    private String append(String log, String record) {
        String before = logs.get(log);
        String after = before == null ? record : before + ',' + record;
        logs.put(log, after);
        return "appended " + epoch + ' ' + after.split(",").length;
    }

    @Override
    public byte[] read(byte[] query, long time) {
        String[] words = words(query);
        if (words[0].equals("log")) {
            return bytes("log " + epoch + ' ' + logs.getOrDefault(words[1], ""));
        }
        Value value = at(words[1], time);
        return bytes(value == null ? "absent" : "value " + value.text() + ' ' + value.version());
    }

    private @Nullable Value at(String key, long time) {
        Value value = values.get(key);
        return value == null || value.expiresAt() <= time ? null : value;
    }

    @Override
    public byte @Nullable [] due(long time) {
        return values.values().stream().anyMatch(value -> value.expiresAt() <= time) ? bytes("expire") : null;
    }

    @Override
    public Iterator<byte[]> snapshot() {
        List<byte[]> parts = new ArrayList<>();
        parts.add(bytes("head " + version + ' ' + applied + ' ' + epoch));
        values.forEach((key, value) -> parts.add(
                bytes("value " + key + ' ' + value.text() + ' ' + value.version() + ' ' + value.expiresAt())));
        logs.forEach((log, records) -> parts.add(bytes("log " + log + ' ' + records)));
        return parts.iterator();
    }

    @Override
    public void beginRestore() {
        clear();
    }

    @Override
    public void restore(byte[] part) {
        String[] words = words(part);
        switch (words[0]) {
            case "head" -> {
                version = Long.parseLong(words[1]);
                applied = Integer.parseInt(words[2]);
                epoch = words[3];
            }
            case "value" ->
                values.put(words[1], new Value(words[2], Long.parseLong(words[3]), Long.parseLong(words[4])));
            default -> logs.put(words[1], words[2]);
        }
    }

    /** Equal at replicas that have applied the same commands. */
    String content() {
        return values + " " + logs + " " + version + " " + applied + " " + epoch;
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
