package dev.fanfare.core;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The network that a connection comes from: an IPv4 address, or the /64 of an IPv6 address, since its holder controls
 * 2<sup>64</sup> addresses.
 *
 * @param prefix significant bits of the address: 32 for IPv4, 64 or 48 for IPv6
 * @param bits the prefix, its last bit lowest
 */
public record SourceNetwork(int prefix, long bits) {

    private static final int IPV4 = 32;
    private static final int IPV6 = 64;
    private static final int SITE = 48;

    /** @param address the 4 bytes of an IPv4 address, or the 16 of an IPv6 address */
    public static SourceNetwork of(byte[] address) {
        ByteBuffer bytes = ByteBuffer.wrap(address);
        return address.length == Integer.BYTES
                ? new SourceNetwork(IPV4, Integer.toUnsignedLong(bytes.getInt()))
                : new SourceNetwork(IPV6, bytes.getLong());
    }

    /** The /48 of a /64, whose holder may have 65,536 of them; null for IPv4. */
    public @Nullable SourceNetwork site() {
        return prefix == IPV6 ? new SourceNetwork(SITE, bits >>> (IPV6 - SITE)) : null;
    }
}
