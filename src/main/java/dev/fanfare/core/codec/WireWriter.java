package dev.fanfare.core.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Writes a message to another node, in a version of the protocol that the receiver speaks. Fields are only ever appended:
 * to the message, or to a {@link #writeBlock block} of it. Not thread-safe.
 */
public class WireWriter {

    private static final int FIRST = 256;

    private final int version;
    private byte[] bytes;
    private int size;

    /** Subclasses exist in tests only: they stand for later versions. */
    WireWriter(int version) {
        this(version, FIRST);
    }

    private WireWriter(int version, int capacity) {
        this.version = version;
        this.bytes = new byte[capacity];
    }

    /** Writes a message, or a part of one. */
    public interface Body {
        void write(WireWriter out);
    }

    /** Writes one of several equal elements. */
    public interface ElementWriter<T> {
        void write(WireWriter out, T element);
    }

    /** @param version see {@link WireVersions} */
    public static byte[] toBytes(int version, Body body) {
        return new WireWriter(version).toBytes(body);
    }

    /** The same for a message of a known size: nothing is copied if it has as many bytes as expected. */
    public static byte[] toBytes(int version, int expected, Body body) {
        return new WireWriter(version, expected).toBytes(body);
    }

    final byte[] toBytes(Body body) {
        body.write(this);
        endFields();
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }

    /** The end of the fields of the message, or of a block: where later versions append theirs. */
    void endFields() {}

    /** The version of the protocol to write; never greater than {@link WireVersions#current} of this program. */
    public final int version() {
        return version;
    }

    private int reserve(int count) {
        int at = size;
        size = Math.addExact(size, count);
        if (size > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(size, (int) Math.min(Integer.MAX_VALUE - 8L, 2L * bytes.length)));
        }
        return at;
    }

    /** Its lowest eight bits. */
    public final void writeByte(int value) {
        int at = reserve(Byte.BYTES);
        bytes[at] = (byte) value;
    }

    public final void writeBoolean(boolean value) {
        writeByte(value ? 1 : 0);
    }

    /** Its lowest sixteen bits. */
    public final void writeShort(int value) {
        writeByte(value >> Byte.SIZE);
        writeByte(value);
    }

    public final void writeInt(int value) {
        putInt(reserve(Integer.BYTES), value);
    }

    private void putInt(int at, int value) {
        bytes[at] = (byte) (value >> 24);
        bytes[at + 1] = (byte) (value >> 16);
        bytes[at + 2] = (byte) (value >> 8);
        bytes[at + 3] = (byte) value;
    }

    public final void writeLong(long value) {
        writeInt((int) (value >> Integer.SIZE));
        writeInt((int) value);
    }

    /** Their number, then the bytes. */
    public final void writeBytes(byte[] value) {
        writeInt(value.length);
        int at = reserve(value.length);
        System.arraycopy(value, 0, bytes, at, value.length);
    }

    /** In UTF-8. */
    public final void writeString(String value) {
        writeBytes(value.getBytes(StandardCharsets.UTF_8));
    }

    public final void writeOptional(@Nullable String value) {
        writeBoolean(value != null);
        if (value != null) {
            writeString(value);
        }
    }

    public final void writeStrings(Collection<String> values) {
        writeList(values, WireWriter::writeString);
    }

    /** By name, so that the order of the constants is free. */
    public final void writeEnum(Enum<?> value) {
        writeString(value.name());
    }

    public final void writeOptionalEnum(@Nullable Enum<?> value) {
        writeOptional(value == null ? null : value.name());
    }

    /** Their number, then the elements; give them a {@link #writeBlock block} each if they may get more fields. */
    public final <T> void writeList(Collection<T> elements, ElementWriter<T> element) {
        writeInt(elements.size());
        for (T each : elements) {
            element.write(this, each);
        }
    }

    /** A part that can get more fields although others follow it: its length, then its fields. */
    public final void writeBlock(Body body) {
        int at = reserve(Integer.BYTES);
        body.write(this);
        endFields();
        putInt(at, size - at - Integer.BYTES);
    }
}
