package dev.fanfare.store.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.store.LogRecord;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.StoreEntry;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The bytes of queries and of their answers. They are between nodes of two releases, so they are pinned. */
class QueryCodecTest {

    private static final List<StoreQuery> QUERIES = List.of(
            new StoreQuery.GetEntry("k\u00e4"),
            new StoreQuery.ReadLog("l", 2, 3, 4),
            new StoreQuery.ScanKeys("p", null),
            new StoreQuery.ScanKeys("", "k"),
            new StoreQuery.ReadChanges("p", "e", 5));

    private static final StoreEntry ENTRY = new StoreEntry("k", "v".getBytes(UTF_8), 7, Duration.ofSeconds(1));

    private static final List<byte[]> ANSWERS = List.of(
            QueryCodec.encodeEntry(ENTRY),
            QueryCodec.encodeEntry(null),
            QueryCodec.encodeRecords(new LogRecords("e", 1, 2, List.of(new LogRecord(2, "r".getBytes(UTF_8))))),
            QueryCodec.encodePage(new WatchPage(
                    "e", 9, true, false, List.of(new WatchEvent.Present(ENTRY), new WatchEvent.Absent("a", 8)))));

    @Test
    void theBytesOfQueriesArePinned() {
        assertEquals(
                List.of(
                        "01000000036bc3a4",
                        "02000000016c00000000000000020000000300000004",
                        "03000000017000",
                        "030000000001000000016b",
                        "04000000017000000001650000000000000005"),
                QUERIES.stream()
                        .map(QueryCodec::encode)
                        .map(HexFormat.of()::formatHex)
                        .toList());
    }

    @Test
    void theBytesOfAnswersArePinned() {
        assertEquals(
                List.of(
                        "01000000016b000000000000000700000000000003e80000000176",
                        "00",
                        "00000001650000000000000001000000000000000200000001" + "0000000d00000000000000020000000172",
                        "0000000165000000000000000901000000000200"
                                + "00001b01000000016b000000000000000700000000000003e80000000176"
                                + "0000000e0000000001610000000000000008"),
                ANSWERS.stream().map(HexFormat.of()::formatHex).toList());
    }

    @Test
    void fieldsOfNewerReleasesAreIgnored() throws WireException {
        for (StoreQuery query : QUERIES) {
            assertEquals(query, QueryCodec.decode(longer(QueryCodec.encode(query))));
        }
        StoreEntry entry = Objects.requireNonNull(QueryCodec.decodeEntry(longer(ANSWERS.get(0))));
        assertEquals(ENTRY.version(), entry.version());
        assertEquals(ENTRY.timeToLive(), entry.timeToLive());
        assertNull(QueryCodec.decodeEntry(longer(ANSWERS.get(1))));
        assertEquals(2, QueryCodec.decodeRecords(longer(ANSWERS.get(2))).last());
        WatchPage page = QueryCodec.decodePage(longer(ANSWERS.get(3)));
        assertEquals(9, page.version());
        assertEquals(new WatchEvent.Absent("a", 8), page.events().get(1));
    }

    private static byte[] longer(byte[] bytes) {
        return Arrays.copyOf(bytes, bytes.length + 5);
    }

    @Test
    void whatIsCutOffUnknownOrOutOfRangeIsRefused() {
        for (StoreQuery query : QUERIES) {
            byte[] bytes = QueryCodec.encode(query);
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThrows(WireException.class, () -> QueryCodec.decode(cut));
            }
        }
        assertThrows(WireException.class, () -> QueryCodec.decode(new byte[] {77}));
        byte[] negative = QueryCodec.encode(new StoreQuery.ReadLog("l", -1, 1, 1));
        assertThrows(WireException.class, () -> QueryCodec.decode(negative));
    }

    @Test
    void garbageNeverThrowsAnythingElse() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] garbage = new byte[random.nextInt(60)];
            random.nextBytes(garbage);
            if (garbage.length > 0) {
                garbage[0] = (byte) random.nextInt(5);
            }
            try {
                QueryCodec.decode(garbage);
                QueryCodec.decodePage(garbage);
                QueryCodec.decodeRecords(garbage);
                QueryCodec.decodeEntry(garbage);
            } catch (WireException e) {
                // as it should be
            }
        }
    }
}
