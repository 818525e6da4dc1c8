package dev.fanfare.store.state;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.store.LogLimits;
import dev.fanfare.store.LogPosition;
import dev.fanfare.store.StoreLimits;
import dev.fanfare.store.VersionCondition;
import java.time.Duration;

/**
 * Commands and results as bytes: a byte for the kind, then its fields. New fields are added at the end, so a reader ignores bytes
 * that follow those it knows. The length of the whole is the concern of whatever carries it.
 */
public final class StoreCodec {

    /**
     * The version of the protocol between nodes in which commands, queries and answers are written: one that all replicas speak,
     * as they must come to the same state.
     */
    static final int VERSION = WireVersions.OURS.oldest();

    private static final int PUT = 1;
    private static final int REMOVE = 2;
    private static final int APPEND = 3;
    private static final int REMOVE_LOG = 4;
    private static final int EXPIRE = 5;

    private static final int STORED = 1;
    private static final int MISMATCH = 2;
    private static final int REMOVED = 3;
    private static final int APPENDED = 4;
    private static final int EXPIRED = 5;

    private static final StoreCommandVisitor<byte[]> COMMANDS = new CommandEncoder();
    private static final StoreResultVisitor<byte[]> RESULTS = new ResultEncoder();

    private StoreCodec() {}

    /** A command as bytes. */
    public static byte[] encode(StoreCommand command) {
        return command.accept(COMMANDS);
    }

    /** A result as bytes. */
    public static byte[] encode(StoreResult result) {
        return result.accept(RESULTS);
    }

    /**
     * The command.
     *
     * @throws StoreFormatException if these are not the bytes of a command that this release knows
     */
    public static StoreCommand decodeCommand(WireReader in) throws StoreFormatException {
        try {
            int kind = in.readByte();
            return switch (kind) {
                case PUT -> {
                    VersionCondition condition = new VersionCondition(in.readLong());
                    long timeToLive = in.readLong();
                    String key = name(in);
                    yield new StoreCommand.Put(key, value(in), condition, timeToLive);
                }
                case REMOVE -> {
                    VersionCondition condition = new VersionCondition(in.readLong());
                    yield new StoreCommand.Remove(name(in), condition);
                }
                case APPEND -> {
                    LogLimits limits = new LogLimits(in.readInt(), in.readLong(), Duration.ofMillis(in.readLong()));
                    String log = name(in);
                    yield new StoreCommand.Append(log, value(in), limits);
                }
                case REMOVE_LOG -> new StoreCommand.RemoveLog(name(in));
                case EXPIRE -> new StoreCommand.Expire(in.readInt());
                default -> throw new StoreFormatException("unknown kind of command: " + kind);
            };
        } catch (WireException | IllegalArgumentException e) {
            throw new StoreFormatException("not a command: " + e.getMessage(), e);
        }
    }

    /**
     * The result.
     *
     * @throws StoreFormatException if these are not the bytes of a result that this release knows
     */
    public static StoreResult decodeResult(byte[] bytes) throws StoreFormatException {
        WireReader in = WireReader.of(bytes);
        try {
            int kind = in.readByte();
            return switch (kind) {
                case STORED -> new StoreResult.Stored(in.readLong());
                case MISMATCH -> new StoreResult.Mismatch(in.readLong());
                case REMOVED -> new StoreResult.Removed(in.readBoolean());
                case APPENDED -> {
                    long number = in.readLong();
                    yield new StoreResult.Appended(new LogPosition(in.readString(), number));
                }
                case EXPIRED -> new StoreResult.Expired(in.readInt(), in.readBoolean());
                default -> throw new StoreFormatException("unknown kind of result: " + kind);
            };
        } catch (WireException e) {
            throw new StoreFormatException("not a result: " + e.getMessage(), e);
        }
    }

    private static String name(WireReader in) throws WireException {
        String name = in.readString();
        StoreLimits.checkName(name);
        return name;
    }

    private static byte[] value(WireReader in) throws WireException {
        byte[] value = in.readBytes();
        StoreLimits.checkValue(value);
        return value;
    }

    private static int size(byte[] field) {
        return Integer.BYTES + field.length;
    }

    private static byte[] toBytes(int kind, int size, WireWriter.Body fields) {
        return WireWriter.toBytes(VERSION, Byte.BYTES + size, out -> {
            out.writeByte(kind);
            fields.write(out);
        });
    }

    private static final class CommandEncoder implements StoreCommandVisitor<byte[]> {

        @Override
        public byte[] on(StoreCommand.Put put) {
            byte[] key = Utf8.bytes(put.key());
            return toBytes(PUT, 2 * Long.BYTES + size(key) + size(put.value()), out -> {
                out.writeLong(put.condition().version());
                out.writeLong(put.timeToLiveMillis());
                out.writeBytes(key);
                out.writeBytes(put.value());
            });
        }

        @Override
        public byte[] on(StoreCommand.Remove remove) {
            byte[] key = Utf8.bytes(remove.key());
            return toBytes(REMOVE, Long.BYTES + size(key), out -> {
                out.writeLong(remove.condition().version());
                out.writeBytes(key);
            });
        }

        @Override
        public byte[] on(StoreCommand.Append append) {
            byte[] log = Utf8.bytes(append.log());
            LogLimits limits = append.limits();
            return toBytes(APPEND, Integer.BYTES + 2 * Long.BYTES + size(log) + size(append.record()), out -> {
                out.writeInt(limits.records());
                out.writeLong(limits.bytes());
                out.writeLong(limits.age().toMillis());
                out.writeBytes(log);
                out.writeBytes(append.record());
            });
        }

        @Override
        public byte[] on(StoreCommand.RemoveLog removeLog) {
            byte[] log = Utf8.bytes(removeLog.log());
            return toBytes(REMOVE_LOG, size(log), out -> out.writeBytes(log));
        }

        @Override
        public byte[] on(StoreCommand.Expire expire) {
            return toBytes(EXPIRE, Integer.BYTES, out -> out.writeInt(expire.max()));
        }
    }

    private static final class ResultEncoder implements StoreResultVisitor<byte[]> {

        @Override
        public byte[] on(StoreResult.Stored stored) {
            return toBytes(STORED, Long.BYTES, out -> out.writeLong(stored.version()));
        }

        @Override
        public byte[] on(StoreResult.Mismatch mismatch) {
            return toBytes(MISMATCH, Long.BYTES, out -> out.writeLong(mismatch.current()));
        }

        @Override
        public byte[] on(StoreResult.Removed removed) {
            return toBytes(REMOVED, Byte.BYTES, out -> out.writeBoolean(removed.wasThere()));
        }

        @Override
        public byte[] on(StoreResult.Appended appended) {
            byte[] epoch = Utf8.bytes(appended.position().epoch());
            return toBytes(APPENDED, Long.BYTES + size(epoch), out -> {
                out.writeLong(appended.position().number());
                out.writeBytes(epoch);
            });
        }

        @Override
        public byte[] on(StoreResult.Expired expired) {
            return toBytes(EXPIRED, Integer.BYTES + Byte.BYTES, out -> {
                out.writeInt(expired.keys());
                out.writeBoolean(expired.more());
            });
        }
    }
}
