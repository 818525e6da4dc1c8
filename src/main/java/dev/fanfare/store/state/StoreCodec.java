package dev.fanfare.store.state;

import dev.fanfare.store.LogLimits;
import dev.fanfare.store.LogPosition;
import dev.fanfare.store.StoreLimits;
import dev.fanfare.store.VersionCondition;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Commands and results as bytes, big-endian: a byte for the kind, then its fields. New fields are added at the end, so a
 * reader ignores bytes that follow those it knows. The length of the whole is the concern of whatever carries it.
 */
public final class StoreCodec {

    private static final byte PUT = 1;
    private static final byte REMOVE = 2;
    private static final byte APPEND = 3;
    private static final byte REMOVE_LOG = 4;
    private static final byte EXPIRE = 5;

    private static final byte STORED = 1;
    private static final byte MISMATCH = 2;
    private static final byte REMOVED = 3;
    private static final byte APPENDED = 4;
    private static final byte EXPIRED = 5;

    private static final StoreCommandVisitor<byte[]> ENCODER = new Encoder();

    private StoreCodec() {}

    /** A command as bytes. */
    public static byte[] encode(StoreCommand command) {
        return command.accept(ENCODER);
    }

    /**
     * The command from the position of the buffer on; the position is behind what was read afterwards.
     *
     * @throws StoreFormatException if these are not the bytes of a command that this release knows
     */
    public static StoreCommand decodeCommand(ByteBuffer in) throws StoreFormatException {
        try {
            byte kind = in.get();
            return switch (kind) {
                case PUT -> {
                    VersionCondition condition = new VersionCondition(in.getLong());
                    long timeToLive = in.getLong();
                    String key = name(in);
                    yield new StoreCommand.Put(key, value(in), condition, timeToLive);
                }
                case REMOVE -> {
                    VersionCondition condition = new VersionCondition(in.getLong());
                    yield new StoreCommand.Remove(name(in), condition);
                }
                case APPEND -> {
                    LogLimits limits = new LogLimits(in.getInt(), in.getLong(), Duration.ofMillis(in.getLong()));
                    String log = name(in);
                    yield new StoreCommand.Append(log, value(in), limits);
                }
                case REMOVE_LOG -> new StoreCommand.RemoveLog(name(in));
                case EXPIRE -> new StoreCommand.Expire(in.getInt());
                default -> throw new StoreFormatException("unknown kind of command: " + kind);
            };
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new StoreFormatException("not a command: " + e.getMessage(), e);
        }
    }

    /** A result as bytes. */
    public static byte[] encode(StoreResult result) {
        if (result instanceof StoreResult.Stored stored) {
            return number(STORED, stored.version());
        }
        if (result instanceof StoreResult.Mismatch mismatch) {
            return number(MISMATCH, mismatch.current());
        }
        if (result instanceof StoreResult.Removed removed) {
            return new byte[] {REMOVED, (byte) (removed.wasThere() ? 1 : 0)};
        }
        if (result instanceof StoreResult.Appended appended) {
            byte[] epoch = Fields.utf8(appended.position().epoch());
            ByteBuffer out = ByteBuffer.allocate(1 + Long.BYTES + Fields.size(epoch));
            out.put(APPENDED).putLong(appended.position().number());
            Fields.putText(out, epoch);
            return out.array();
        }
        StoreResult.Expired expired = (StoreResult.Expired) result;
        return ByteBuffer.allocate(1 + Integer.BYTES + 1)
                .put(EXPIRED)
                .putInt(expired.keys())
                .put((byte) (expired.more() ? 1 : 0))
                .array();
    }

    /**
     * The result from the position of the buffer on.
     *
     * @throws StoreFormatException if these are not the bytes of a result that this release knows
     */
    public static StoreResult decodeResult(ByteBuffer in) throws StoreFormatException {
        try {
            byte kind = in.get();
            return switch (kind) {
                case STORED -> new StoreResult.Stored(in.getLong());
                case MISMATCH -> new StoreResult.Mismatch(in.getLong());
                case REMOVED -> new StoreResult.Removed(in.get() != 0);
                case APPENDED -> {
                    long number = in.getLong();
                    yield new StoreResult.Appended(new LogPosition(Fields.text(Fields.getText(in)), number));
                }
                case EXPIRED -> new StoreResult.Expired(in.getInt(), in.get() != 0);
                default -> throw new StoreFormatException("unknown kind of result: " + kind);
            };
        } catch (BufferUnderflowException e) {
            throw new StoreFormatException("not a result: it is cut off", e);
        }
    }

    private static byte[] number(byte kind, long number) {
        return ByteBuffer.allocate(1 + Long.BYTES).put(kind).putLong(number).array();
    }

    private static String name(ByteBuffer in) {
        String name = Fields.text(Fields.getText(in));
        StoreLimits.checkName(name);
        return name;
    }

    private static byte[] value(ByteBuffer in) {
        byte[] value = Fields.getBytes(in);
        StoreLimits.checkValue(value);
        return value;
    }

    private static final class Encoder implements StoreCommandVisitor<byte[]> {

        @Override
        public byte[] on(StoreCommand.Put put) {
            byte[] key = Fields.utf8(put.key());
            ByteBuffer out =
                    ByteBuffer.allocate(1 + 2 * Long.BYTES + Fields.size(key) + Integer.BYTES + put.value().length);
            out.put(PUT).putLong(put.condition().version()).putLong(put.timeToLiveMillis());
            Fields.putText(out, key);
            Fields.putBytes(out, put.value());
            return out.array();
        }

        @Override
        public byte[] on(StoreCommand.Remove remove) {
            byte[] key = Fields.utf8(remove.key());
            ByteBuffer out = ByteBuffer.allocate(1 + Long.BYTES + Fields.size(key));
            out.put(REMOVE).putLong(remove.condition().version());
            Fields.putText(out, key);
            return out.array();
        }

        @Override
        public byte[] on(StoreCommand.Append append) {
            byte[] log = Fields.utf8(append.log());
            ByteBuffer out = ByteBuffer.allocate(
                    1 + Integer.BYTES + 2 * Long.BYTES + Fields.size(log) + Integer.BYTES + append.record().length);
            LogLimits limits = append.limits();
            out.put(APPEND)
                    .putInt(limits.records())
                    .putLong(limits.bytes())
                    .putLong(limits.age().toMillis());
            Fields.putText(out, log);
            Fields.putBytes(out, append.record());
            return out.array();
        }

        @Override
        public byte[] on(StoreCommand.RemoveLog removeLog) {
            byte[] log = Fields.utf8(removeLog.log());
            ByteBuffer out = ByteBuffer.allocate(1 + Fields.size(log));
            out.put(REMOVE_LOG);
            Fields.putText(out, log);
            return out.array();
        }

        @Override
        public byte[] on(StoreCommand.Expire expire) {
            return ByteBuffer.allocate(1 + Integer.BYTES)
                    .put(EXPIRE)
                    .putInt(expire.max())
                    .array();
        }
    }
}
