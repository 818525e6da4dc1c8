package dev.fanfare.store.state;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.core.codec.WireReader;
import dev.fanfare.store.LogLimits;
import dev.fanfare.store.LogPosition;
import dev.fanfare.store.VersionCondition;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The bytes of commands and results. They are on disks and between nodes of two releases, so they are pinned. */
class StoreCodecTest {

    private static final List<StoreCommand> COMMANDS = List.of(
            new StoreCommand.Put("k\u00e4", "v".getBytes(UTF_8), VersionCondition.version(7), 1000),
            new StoreCommand.Remove("k", VersionCondition.ANY),
            new StoreCommand.Append("l", "r".getBytes(UTF_8), new LogLimits(3, 4, Duration.ofMillis(5))),
            new StoreCommand.RemoveLog("l"),
            new StoreCommand.Expire(9));

    private static final List<StoreResult> RESULTS = List.of(
            new StoreResult.Stored(1),
            new StoreResult.Mismatch(0),
            new StoreResult.Removed(true),
            new StoreResult.Appended(new LogPosition("e.1", 2)),
            new StoreResult.Expired(3, true));

    @Test
    void theBytesOfCommandsArePinned() {
        assertEquals(
                List.of(
                        "01000000000000000700000000000003e8000000036bc3a40000000176",
                        "02ffffffffffffffff000000016b",
                        "030000000300000000000000040000000000000005000000016c0000000172",
                        "04000000016c",
                        "0500000009"),
                COMMANDS.stream()
                        .map(StoreCodec::encode)
                        .map(HexFormat.of()::formatHex)
                        .toList());
    }

    @Test
    void theBytesOfResultsArePinned() {
        assertEquals(
                List.of(
                        "010000000000000001",
                        "020000000000000000",
                        "0301",
                        "04000000000000000200000003652e31",
                        "050000000301"),
                RESULTS.stream()
                        .map(StoreCodec::encode)
                        .map(HexFormat.of()::formatHex)
                        .toList());
    }

    @Test
    void fieldsOfNewerReleasesAreIgnored() throws StoreFormatException {
        for (StoreCommand command : COMMANDS) {
            byte[] bytes = StoreCodec.encode(command);
            byte[] longer = Arrays.copyOf(bytes, bytes.length + 5);
            assertArrayEquals(bytes, StoreCodec.encode(StoreCodec.decodeCommand(WireReader.of(longer))));
        }
        for (StoreResult result : RESULTS) {
            byte[] bytes = StoreCodec.encode(result);
            byte[] longer = Arrays.copyOf(bytes, bytes.length + 5);
            assertEquals(result, StoreCodec.decodeResult(longer));
        }
    }

    @Test
    void whatIsCutOffOrUnknownIsRefused() {
        for (StoreCommand command : COMMANDS) {
            byte[] bytes = StoreCodec.encode(command);
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThrows(StoreFormatException.class, () -> StoreCodec.decodeCommand(WireReader.of(cut)));
            }
        }
        assertThrows(StoreFormatException.class, () -> StoreCodec.decodeCommand(WireReader.of(new byte[] {77})));
        assertThrows(StoreFormatException.class, () -> StoreCodec.decodeResult(new byte[] {77}));
    }

    @Test
    void garbageNeverThrowsAnythingElse() {
        Random random = new Random(1);
        for (int i = 0; i < 50_000; i++) {
            byte[] garbage = new byte[random.nextInt(60)];
            random.nextBytes(garbage);
            if (garbage.length > 0) {
                garbage[0] = (byte) (1 + random.nextInt(5));
            }
            try {
                StoreCodec.decodeCommand(WireReader.of(garbage));
            } catch (StoreFormatException e) {
                // as it should be
            }
            try {
                new StateRestore().add(ByteBuffer.wrap(garbage));
            } catch (StoreFormatException e) {
                // as it should be
            }
        }
    }
}
