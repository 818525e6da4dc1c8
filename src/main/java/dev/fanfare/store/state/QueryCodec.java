package dev.fanfare.store.state;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireVersions;
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

    private QueryCodec() {}

    /** A query as bytes. */
    public static byte[] encode(StoreQuery query) {
        return toBytes(out -> {
            if (query instanceof StoreQuery.GetEntry get) {
                out.writeByte(GET);
                out.writeString(get.key());
            } else if (query instanceof StoreQuery.ReadLog read) {
                out.writeByte(READ);
                out.writeString(read.log());
                out.writeLong(read.from());
                out.writeInt(read.maxRecords());
                out.writeInt(read.maxBytes());
            }
        });
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
            switch (kind) {
                case GET -> {
                    String key = in.readString();
                    StoreLimits.checkName(key);
                    return new StoreQuery.GetEntry(key);
                }
                case READ -> {
                    StoreQuery.ReadLog read =
                            new StoreQuery.ReadLog(in.readString(), in.readLong(), in.readInt(), in.readInt());
                    StoreLimits.checkName(read.log());
                    StoreLimits.checkRead(read.from(), read.maxRecords(), read.maxBytes());
                    return read;
                }
                default -> throw WireException.unknownKind("query " + kind);
            }
        } catch (IllegalArgumentException e) {
            throw WireException.malformed("not a query: " + e.getMessage());
        }
    }

    /** The answer to {@link StoreQuery.GetEntry}. */
    public static byte[] encodeEntry(@Nullable StoreEntry entry) {
        return toBytes(out -> {
            out.writeBoolean(entry != null);
            if (entry != null) {
                Duration timeToLive = entry.timeToLive();
                out.writeString(entry.key());
                out.writeLong(entry.version());
                out.writeLong(timeToLive == null ? 0 : timeToLive.toMillis());
                out.writeBytes(entry.value());
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
        if (!in.readBoolean()) {
            return null;
        }
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

    private static byte[] toBytes(WireWriter.Body body) {
        return WireWriter.toBytes(WireVersions.OURS.current(), body);
    }
}
