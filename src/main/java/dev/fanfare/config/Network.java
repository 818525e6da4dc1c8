package dev.fanfare.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An address or a network of IPv4 or IPv6 (RFC 4632, RFC 4291 section 2.3). Immutable.
 *
 * @param prefix how many bits of the address count
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Network(byte[] address, int prefix) {

    private static final Pattern QUAD = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    /** The characters of an IPv6 address. The JDK takes other texts for names, and looks them up. */
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:][0-9A-Fa-f:.]*");

    private static final Pattern PREFIX = Pattern.compile("\\d{1,3}");

    /**
     * Parses {@code 10.0.0.0/8}, {@code 2001:db8::/32} or a single address, none with a zone; null if it is neither.
     */
    public static @Nullable Network parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = address(slash < 0 ? text : text.substring(0, slash));
        String prefix = slash < 0 ? null : text.substring(slash + 1);
        if (address == null
                || text.indexOf('%') >= 0
                || (prefix != null && !PREFIX.matcher(prefix).matches())) {
            return null;
        }
        byte[] bytes = address.getAddress();
        int bits = prefix == null ? bytes.length * Byte.SIZE : Integer.parseInt(prefix);
        return bits > bytes.length * Byte.SIZE ? null : new Network(bytes, bits);
    }

    /**
     * A literal address, IPv6 with or without brackets, of which any zone is dropped; null for a name. Never uses a
     * resolver.
     */
    public static @Nullable InetAddress address(String text) {
        String bare = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
        int zone = bare.indexOf('%');
        String plain = zone < 0 ? bare : bare.substring(0, zone);
        boolean ipv6 = plain.indexOf(':') >= 0 && IPV6.matcher(plain).matches();
        if (!ipv6 && !isQuad(bare)) {
            return null;
        }
        try {
            return InetAddress.getByName(plain);
        } catch (UnknownHostException malformed) {
            return null;
        }
    }

    private static boolean isQuad(String text) {
        if (!QUAD.matcher(text).matches()) {
            return false;
        }
        for (String part : text.split("\\.")) {
            if (Integer.parseInt(part) > 255) {
                return false;
            }
        }
        return true;
    }

    /** Whether the network contains an address, given as its bytes. */
    public boolean contains(byte[] other) {
        if (other.length != address.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit++) {
            int mask = 0x80 >> (bit & 7);
            if (((address[bit >> 3] ^ other[bit >> 3]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }
}
