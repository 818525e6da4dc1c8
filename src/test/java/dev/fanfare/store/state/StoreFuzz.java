package dev.fanfare.store.state;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.fuzz.FuzzSeeds;
import dev.fanfare.store.LogLimits;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.replica.Envelope;
import dev.fanfare.store.replica.MessageCodec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** Commands, results, queries and snapshots of the store, as they are on disks and come from other nodes. */
public final class StoreFuzz {

    private static final int FORMS = 8;
    private static final int SNAPSHOT = 6;
    private static final int REPLICA_MESSAGE = 7;

    private StoreFuzz() {}

    /** @param data the first byte is what the others are */
    public static void run(byte[] data) {
        if (data.length == 0) {
            return;
        }
        byte[] bytes = Arrays.copyOfRange(data, 1, data.length);
        try {
            switch ((data[0] & 0xFF) % FORMS) {
                case 0 -> command(bytes);
                case 1 -> result(bytes);
                case 2 -> query(bytes);
                case 3 -> QueryCodec.decodeEntry(bytes);
                case 4 -> QueryCodec.decodeRecords(bytes);
                case 5 -> QueryCodec.decodePage(bytes);
                case SNAPSHOT -> snapshot(bytes);
                default -> message(bytes);
            }
        } catch (StoreFormatException | WireException refused) {
            // as it is to be
        }
    }

    private static void command(byte[] bytes) throws StoreFormatException {
        byte[] written = StoreCodec.encode(StoreCodec.decodeCommand(WireReader.of(bytes)));
        assertSame(written, StoreCodec.encode(StoreCodec.decodeCommand(WireReader.of(written))));
    }

    private static void result(byte[] bytes) throws StoreFormatException {
        byte[] written = StoreCodec.encode(StoreCodec.decodeResult(bytes));
        assertSame(written, StoreCodec.encode(StoreCodec.decodeResult(written)));
    }

    private static void query(byte[] bytes) throws WireException {
        byte[] written = QueryCodec.encode(QueryCodec.decode(bytes));
        assertSame(written, QueryCodec.encode(QueryCodec.decode(written)));
    }

    private static void message(byte[] bytes) throws WireException {
        Envelope envelope = MessageCodec.decode(bytes);
        if (envelope != null) {
            byte[] written = MessageCodec.encode(envelope, 1);
            Envelope again = MessageCodec.decode(written);
            assertSame(written, again == null ? new byte[0] : MessageCodec.encode(again, 1));
        }
    }

    private static void snapshot(byte[] bytes) throws StoreFormatException {
        StateRestore restore = new StateRestore();
        restore.add(ByteBuffer.wrap(bytes));
        if (restore.isComplete()) {
            restore.finish();
        }
    }

    private static void assertSame(byte[] written, byte[] again) {
        if (!Arrays.equals(written, again)) {
            throw new AssertionError(HexFormat.of().formatHex(written) + " is read as "
                    + HexFormat.of().formatHex(again));
        }
    }

    /** The pinned commands, results and messages of other tests. */
    public static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>(FuzzSeeds.messages(REPLICA_MESSAGE, "store"));
        for (String hex : List.of(
                "0001000000000000000700000000000003e8000000036bc3a40000000176",
                "0002ffffffffffffffff000000016b",
                "00030000000300000000000000040000000000000005000000016c0000000172",
                "0004000000016c",
                "000500000009",
                "01010000000000000001",
                "010301",
                "0104000000000000000200000003652e31",
                "01050000000301",
                "020100000001",
                "03")) {
            seeds.add(HexFormat.of().parseHex(hex));
        }
        seeds.add(FuzzSeeds.joined(new byte[] {SNAPSHOT}, chunk()));
        return seeds;
    }

    private static byte[] chunk() {
        StoreState state = new StoreState("e", 0);
        state.apply(new StoreCommand.Put("k", new byte[] {1}, VersionCondition.ANY, 1000), 5);
        state.apply(new StoreCommand.Append("l", new byte[] {2}, new LogLimits(3, 4, Duration.ofMillis(5))), 6);
        return Objects.requireNonNull(state.snapshot().next());
    }
}
