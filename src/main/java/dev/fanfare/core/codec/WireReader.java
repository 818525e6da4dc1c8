package dev.fanfare.core.codec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a {@link WireWriter} of any version wrote. Bytes that are left over belong to a later version and are skipped;
 * a field that a later version appended is there if {@link #hasMore}. Allocates no more than the message has bytes for, and
 * fails with a {@link WireException} only. Not thread-safe.
 */
public final class WireReader {

    private final byte[] bytes;
    private final int end;
    private int position;

    private WireReader(byte[] bytes, int position, int end) {
        this.bytes = bytes;
        this.position = position;
        this.end = end;
    }

    /** @param bytes must not be changed while they are read */
    public static WireReader of(byte[] bytes) {
        return new WireReader(bytes, 0, bytes.length);
    }

    /** @param bytes of an array, from the position to the limit; they must not be changed while they are read */
    public static WireReader of(ByteBuffer bytes) {
        int offset = bytes.arrayOffset();
        return new WireReader(bytes.array(), offset + bytes.position(), offset + bytes.limit());
    }

    /** Reads one of several equal elements. */
    public interface ElementReader<T> {
        T read(WireReader in) throws WireException;
    }

    /** Whether fields follow that were appended to the message, or to the block, after version 1. */
    public boolean hasMore() {
        return position < end;
    }

    private int advance(int count) throws WireException {
        if (count < 0 || count > end - position) {
            throw WireException.malformed("cut short: " + count + " bytes of " + (end - position));
        }
        int at = position;
        position += count;
        return at;
    }

    /** 0 to 255. */
    public int readByte() throws WireException {
        return bytes[advance(Byte.BYTES)] & 0xff;
    }

    public boolean readBoolean() throws WireException {
        return readByte() != 0;
    }

    /** 0 to 65,535. */
    public int readShort() throws WireException {
        int at = advance(Short.BYTES);
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }

    public int readInt() throws WireException {
        int at = advance(Integer.BYTES);
        return bytes[at] << 24 | (bytes[at + 1] & 0xff) << 16 | (bytes[at + 2] & 0xff) << 8 | (bytes[at + 3] & 0xff);
    }

    public long readLong() throws WireException {
        return (long) readInt() << Integer.SIZE | (readInt() & 0xffff_ffffL);
    }

    public byte[] readBytes() throws WireException {
        int length = readInt();
        int at = advance(length);
        return Arrays.copyOfRange(bytes, at, at + length);
    }

    public String readString() throws WireException {
        int length = readInt();
        return new String(bytes, advance(length), length, StandardCharsets.UTF_8);
    }

    public @Nullable String readOptional() throws WireException {
        return readBoolean() ? readString() : null;
    }

    public List<String> readStrings() throws WireException {
        return readList(WireReader::readString);
    }

    /** Fails for a constant that this version does not know. */
    public <E extends Enum<E>> E readEnum(Class<E> type) throws WireException {
        return constant(type, readString());
    }

    public <E extends Enum<E>> @Nullable E readOptionalEnum(Class<E> type) throws WireException {
        String name = readOptional();
        return name == null ? null : constant(type, name);
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String name) throws WireException {
        try {
            return Enum.valueOf(type, name);
        } catch (IllegalArgumentException e) {
            throw WireException.unknownKind(type.getSimpleName());
        }
    }

    /** The number of elements that follow, each of a byte or more. */
    public int readCount() throws WireException {
        int count = readInt();
        if (count < 0 || count > end - position) {
            throw WireException.malformed("cut short: " + count + " elements in " + (end - position) + " bytes");
        }
        return count;
    }

    public <T> List<T> readList(ElementReader<T> element) throws WireException {
        List<T> elements = new ArrayList<>();
        for (int left = readCount(); left > 0; left--) {
            elements.add(element.read(this));
        }
        return elements;
    }

    /** A part of the message, without the fields that follow it. */
    public WireReader readBlock() throws WireException {
        int length = readInt();
        int at = advance(length);
        return new WireReader(bytes, at, at + length);
    }
}
