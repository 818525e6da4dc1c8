package dev.fanfare.revocation;

import dev.fanfare.config.Network;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A set of networks, each for one hub or for all. Whether it contains an address is one lookup for each length of prefix
 * that occurs. Any thread may ask; one thread at a time changes it.
 */
final class Networks {

    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;

    /** How many networks have a prefix of this length, and which lengths occur. */
    private static final class Lengths {
        private final int[] counts;
        private volatile int[] occurring = {};

        Lengths(int bits) {
            counts = new int[bits + 1];
        }

        void change(int length, int by) {
            counts[length] += by;
            occurring = IntStream.range(0, counts.length)
                    .filter(each -> counts[each] > 0)
                    .toArray();
        }
    }

    /**
     * A network, with the bits behind its prefix cleared.
     *
     * @param hub null for all hubs
     * @param bits of an address of its family
     */
    record Key(@Nullable String hub, int bits, int prefix, long high, long low) {

        static Key of(@Nullable String hub, Network network) {
            return of(hub, network.address(), network.prefix());
        }

        private static Key of(@Nullable String hub, byte[] address, int prefix) {
            ByteBuffer bytes = ByteBuffer.wrap(address);
            if (address.length == Integer.BYTES) {
                long high = (long) bytes.getInt() << Integer.SIZE;
                return new Key(hub, IPV4_BITS, prefix, masked(high, prefix), 0);
            }
            return new Key(
                    hub,
                    IPV6_BITS,
                    prefix,
                    masked(bytes.getLong(), Math.min(prefix, Long.SIZE)),
                    masked(bytes.getLong(), Math.max(0, prefix - Long.SIZE)));
        }

        private static long masked(long bits, int prefix) {
            return prefix == 0 ? 0 : bits & -1L << (Long.SIZE - prefix);
        }

        @Override
        public int hashCode() {
            long mixed = (high * 31 + low + prefix) * 0x9e37_79b9_7f4a_7c15L;
            return (int) (mixed >>> Integer.SIZE) ^ Objects.hashCode(hub);
        }
    }

    private final Map<Key, Boolean> keys = new ConcurrentHashMap<>();
    private final Lengths ipv4 = new Lengths(IPV4_BITS);
    private final Lengths ipv6 = new Lengths(IPV6_BITS);

    void add(Key key) {
        if (keys.put(key, true) == null) {
            lengths(key.bits).change(key.prefix, 1);
        }
    }

    void remove(Key key) {
        if (keys.remove(key) != null) {
            lengths(key.bits).change(key.prefix, -1);
        }
    }

    /**
     * Whether an address is in a network for this hub.
     *
     * @param hub null for all hubs
     * @param bytes the address, 4 or 16 bytes
     */
    boolean contains(@Nullable String hub, byte[] bytes) {
        for (int prefix : lengths(bytes.length * Byte.SIZE).occurring) {
            if (keys.containsKey(Key.of(hub, bytes, prefix))) {
                return true;
            }
        }
        return false;
    }

    private Lengths lengths(int bits) {
        return bits == IPV4_BITS ? ipv4 : ipv6;
    }
}
