package dev.fanfare.store.state;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.store.LogRecord;
import dev.fanfare.store.LogRecords;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Queries and their answers as bytes, to which fields are only appended. Readers skip those that they do not know. */
public final class QueryCodec {

    private static final int GET = 1;
    private static final int READ = 2;
    private static final int SCAN = 3;
    private static final int CHANGES = 4;

    private QueryCodec() {}

    /** A query as bytes. */
    public static byte[] encode(StoreQuery query) {
        return toBytes(out -> query.accept(new QueryEncoder(out)));
    }

    /**
     * The query.
     *
     * @throws WireException if these are not the bytes of a query that this release knows
     */
    public static StoreQuery decode(byte[] bytes) throws WireException {
        WireReader in = WireReader.of(bytes);
        int kind = in.readByte();
        try {
            return switch (kind) {
                case GET -> new StoreQuery.GetEntry(name(in));
                case READ -> {
                    StoreQuery.ReadLog read =
                            new StoreQuery.ReadLog(name(in), in.readLong(), in.readInt(), in.readInt());
                    StoreLimits.checkRead(read.from(), read.maxRecords(), read.maxBytes());
                    yield read;
                }
                case SCAN -> new StoreQuery.ScanKeys(prefix(in), in.readOptional());
                case CHANGES -> new StoreQuery.ReadChanges(prefix(in), in.readString(), in.readLong());
                default -> throw WireException.unknownKind("query " + kind);
            };
        } catch (IllegalArgumentException e) {
            throw WireException.malformed("not a query: " + e.getMessage());
        }
    }

    private static String name(WireReader in) throws WireException {
        String name = in.readString();
        StoreLimits.checkName(name);
        return name;
    }

    private static String prefix(WireReader in) throws WireException {
        String prefix = in.readString();
        StoreLimits.checkPrefix(prefix);
        return prefix;
    }

    /** The answer to {@link StoreQuery.GetEntry}. */
    public static byte[] encodeEntry(@Nullable StoreEntry entry) {
        return toBytes(out -> {
            out.writeBoolean(entry != null);
            if (entry != null) {
                write(out, entry);
            }
        });
    }

    /**
     * The answer to {@link StoreQuery.GetEntry}.
     *
     * @throws WireException if these are not its bytes
     */
    public static @Nullable StoreEntry decodeEntry(byte[] bytes) throws WireException {
        WireReader in = WireReader.of(bytes);
        return in.readBoolean() ? entry(in) : null;
    }

    private static void write(WireWriter out, StoreEntry entry) {
        Duration timeToLive = entry.timeToLive();
        out.writeString(entry.key());
        out.writeLong(entry.version());
        out.writeLong(timeToLive == null ? 0 : timeToLive.toMillis());
        out.writeBytes(entry.value());
    }

    private static StoreEntry entry(WireReader in) throws WireException {
        String key = in.readString();
        long version = in.readLong();
        long timeToLive = in.readLong();
        return new StoreEntry(key, in.readBytes(), version, timeToLive == 0 ? null : Duration.ofMillis(timeToLive));
    }

    /** The answer to {@link StoreQuery.ReadLog}. */
    public static byte[] encodeRecords(LogRecords records) {
        return toBytes(out -> {
            out.writeString(records.epoch());
            out.writeLong(records.first());
            out.writeLong(records.last());
            out.writeList(
                    records.records(),
                    (list, each) -> list.writeBlock(record -> {
                        record.writeLong(each.number());
                        record.writeBytes(each.bytes());
                    }));
        });
    }

    /**
     * The answer to {@link StoreQuery.ReadLog}.
     *
     * @throws WireException if these are not its bytes
     */
    public static LogRecords decodeRecords(byte[] bytes) throws WireException {
        WireReader in = WireReader.of(bytes);
        String epoch = in.readString();
        long first = in.readLong();
        long last = in.readLong();
        return new LogRecords(epoch, first, last, in.readList(list -> {
            WireReader record = list.readBlock();
            return new LogRecord(record.readLong(), record.readBytes());
        }));
    }

    /** The answer to {@link StoreQuery.ScanKeys} and {@link StoreQuery.ReadChanges}. */
    public static byte[] encodePage(WatchPage page) {
        return toBytes(out -> {
            out.writeString(page.epoch());
            out.writeLong(page.version());
            out.writeBoolean(page.known());
            out.writeBoolean(page.more());
            out.writeList(
                    page.events(),
                    (list, event) -> list.writeBlock(block -> {
                        if (event instanceof WatchEvent.Present present) {
                            block.writeBoolean(true);
                            write(block, present.entry());
                        } else if (event instanceof WatchEvent.Absent absent) {
                            block.writeBoolean(false);
                            block.writeString(absent.key());
                            block.writeLong(absent.version());
                        }
                    }));
        });
    }

    /**
     * The answer to {@link StoreQuery.ScanKeys} and {@link StoreQuery.ReadChanges}.
     *
     * @throws WireException if these are not its bytes
     */
    public static WatchPage decodePage(byte[] bytes) throws WireException {
        WireReader in = WireReader.of(bytes);
        String epoch = in.readString();
        long version = in.readLong();
        boolean known = in.readBoolean();
        boolean more = in.readBoolean();
        return new WatchPage(epoch, version, known, more, in.readList(list -> {
            WireReader block = list.readBlock();
            return block.readBoolean()
                    ? new WatchEvent.Present(entry(block))
                    : new WatchEvent.Absent(block.readString(), block.readLong());
        }));
    }

    private static byte[] toBytes(WireWriter.Body body) {
        return WireWriter.toBytes(StoreCodec.VERSION, body);
    }

    private static final class QueryEncoder implements StoreQueryVisitor<Boolean> {

        private final WireWriter out;

        QueryEncoder(WireWriter out) {
            this.out = out;
        }

        @Override
        public Boolean on(StoreQuery.GetEntry get) {
            out.writeByte(GET);
            out.writeString(get.key());
            return true;
        }

        @Override
        public Boolean on(StoreQuery.ReadLog read) {
            out.writeByte(READ);
            out.writeString(read.log());
            out.writeLong(read.from());
            out.writeInt(read.maxRecords());
            out.writeInt(read.maxBytes());
            return true;
        }

        @Override
        public Boolean on(StoreQuery.ScanKeys scan) {
            out.writeByte(SCAN);
            out.writeString(scan.prefix());
            out.writeOptional(scan.after());
            return true;
        }

        @Override
        public Boolean on(StoreQuery.ReadChanges read) {
            out.writeByte(CHANGES);
            out.writeString(read.prefix());
            out.writeString(read.epoch());
            out.writeLong(read.version());
            return true;
        }
    }
}
