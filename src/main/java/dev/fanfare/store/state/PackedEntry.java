package dev.fanfare.store.state;

import dev.fanfare.store.StoreEntry;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;

/**
 * An entry in one array, so that a small one costs little more than its bytes: the version, the time at which it expires, the
 * length of the key, the key, the value.
 */
final class PackedEntry {

    /** What the table may know of entries. */
    static final SortedPages.ItemKind<byte[]> ITEMS = new SortedPages.ItemKind<>() {
        @Override
        public int compare(byte[] entry, byte[] name) {
            return Arrays.compareUnsigned(entry, KEY, KEY + keyLength(entry), name, 0, name.length);
        }

        @Override
        public byte[] name(byte[] entry) {
            return key(entry);
        }

        @Override
        public long due(byte[] entry) {
            return expiresAt(entry);
        }
    };

    /** The time of expiry of an entry that does not expire. */
    static final long NEVER = Long.MAX_VALUE;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int EXPIRY = Long.BYTES;
    private static final int LENGTH = 2 * Long.BYTES;
    private static final int KEY = LENGTH + Short.BYTES;

    /** The array's header, and its place in a page that is two thirds full. */
    private static final int OVERHEAD = 16 + 6 + 2;

    private PackedEntry() {}

    static byte[] of(byte[] key, byte[] value, long version, long expiresAt) {
        byte[] entry = new byte[KEY + key.length + value.length];
        LONG.set(entry, 0, version);
        LONG.set(entry, EXPIRY, expiresAt);
        entry[LENGTH] = (byte) (key.length >> 8);
        entry[LENGTH + 1] = (byte) key.length;
        System.arraycopy(key, 0, entry, KEY, key.length);
        System.arraycopy(value, 0, entry, KEY + key.length, value.length);
        return entry;
    }

    static long version(byte[] entry) {
        return (long) LONG.get(entry, 0);
    }

    static long expiresAt(byte[] entry) {
        return (long) LONG.get(entry, EXPIRY);
    }

    static byte[] key(byte[] entry) {
        return Arrays.copyOfRange(entry, KEY, KEY + keyLength(entry));
    }

    static byte[] value(byte[] entry) {
        return Arrays.copyOfRange(entry, KEY + keyLength(entry), entry.length);
    }

    static boolean hasPrefix(byte[] entry, byte[] prefix) {
        return keyLength(entry) >= prefix.length
                && Arrays.equals(entry, KEY, KEY + prefix.length, prefix, 0, prefix.length);
    }

    static StoreEntry toEntry(byte[] entry, long now) {
        long expiresAt = expiresAt(entry);
        return new StoreEntry(
                Utf8.text(key(entry)),
                value(entry),
                version(entry),
                expiresAt == NEVER ? null : Duration.ofMillis(expiresAt - now));
    }

    /** Throws {@link IndexOutOfBoundsException} if this cannot be an entry. */
    static void check(byte[] entry) {
        Objects.checkFromToIndex(0, KEY + keyLength(entry), entry.length);
    }

    /** The bytes that an entry counts for. */
    static long cost(byte[] entry) {
        return (long) OVERHEAD + entry.length;
    }

    static long cost(int keyLength, int valueLength) {
        return (long) OVERHEAD + KEY + keyLength + valueLength;
    }

    private static int keyLength(byte[] entry) {
        return (entry[LENGTH] & 0xff) << 8 | (entry[LENGTH + 1] & 0xff);
    }
}
