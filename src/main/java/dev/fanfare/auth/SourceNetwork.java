package dev.fanfare.auth;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * Where a token comes from, as far as it can be told from others: an IPv4 address, or the /64 of an IPv6 address, of which
 * its holder has 2<sup>64</sup>.
 *
 * @param ipv6 whether the bits are those of IPv6
 * @param bits the address, or the first half of it
 */
record SourceNetwork(boolean ipv6, long bits) {

    static SourceNetwork of(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return address instanceof Inet4Address
                ? new SourceNetwork(false, Integer.toUnsignedLong(bytes.getInt()))
                : new SourceNetwork(true, bytes.getLong());
    }
}
