package dev.fanfare.core.filter;

import dev.fanfare.core.ConnectionType;
import dev.fanfare.fuzz.FuzzSeeds;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Filters of REST calls and of other nodes: what is accepted can be asked, and travels to other nodes as it is. */
public final class FilterFuzz {

    private static final List<Subject> SUBJECTS = List.of(
            new Subject("c1", "alice", Set.of("g1", "it's"), "json.webpubsub.azure.v1", ConnectionType.INBOUND, "/a"),
            new Subject("c2", null, Set.of(), null, ConnectionType.OUTBOUND, ""));

    private FilterFuzz() {}

    private record Subject(
            String connectionId,
            @Nullable String userId,
            Set<String> groups,
            @Nullable String protocol,
            ConnectionType type,
            String path)
            implements Filter.Subject {}

    public static void run(byte[] data) {
        String text = new String(data, StandardCharsets.UTF_8);
        try {
            Filter filter = FilterParser.parse(text);
            Filter elsewhere = FilterParser.parse(filter.source());
            for (Subject subject : SUBJECTS) {
                if (filter.test(subject) != elsewhere.test(subject)) {
                    throw new AssertionError(text + " is not " + filter.source());
                }
            }
        } catch (FilterException refused) {
            if (refused.position() < 1 || refused.position() > text.length() + 1) {
                throw new AssertionError("position " + refused.position() + " in " + text, refused);
            }
        }
    }

    /** The filters of another test. */
    public static List<byte[]> seeds() {
        return FuzzSeeds.lines("/filters.txt").stream()
                .map(line -> new String(line, StandardCharsets.UTF_8))
                .map(line -> line.substring(line.indexOf(' ') + 1).getBytes(StandardCharsets.UTF_8))
                .toList();
    }
}
