package dev.fanfare.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The targets that this node may connect to: hosts, addresses and networks, each with a port. A name says nothing about
 * its addresses, so both are checked: {@link #permits(String, int)} for the host of a URL, and {@link
 * #permits(InetAddress, int)} for the address it resolves to. Immutable, thread-safe.
 */
public final class AllowList {

    /** A host or [IPv6], an optional prefix length, and a port. */
    private static final Pattern ENTRY =
            Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[^\\[\\]:/\\s]+)(?:/(\\d{1,3}))?:(\\d{1,5}|\\*)");

    private static final Pattern NUMERIC = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+");
    private static final Pattern NAME = Pattern.compile("(\\*\\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\\.?");
    private static final int ANY_PORT = -1;
    private static final int MAX_PORT = 65_535;

    private final List<AllowedHost> entries = new ArrayList<>();

    /** A name or a network; {@code *.} before a name stands for all names below it. */
    private record AllowedHost(
            @Nullable String name, @Nullable Network network, int port) {

        boolean hasPort(int wanted) {
            return port == ANY_PORT || port == wanted;
        }

        boolean matches(String host) {
            return name != null && (name.startsWith("*.") ? host.endsWith(name.substring(1)) : name.equals(host));
        }

        boolean contains(byte[] address) {
            return network != null && network.contains(address);
        }
    }

    /** @throws IllegalArgumentException if {@link #isValid} does not hold for an entry */
    public AllowList(List<String> allowed) {
        for (String text : allowed) {
            AllowedHost entry = parse(text);
            if (entry == null) {
                throw new IllegalArgumentException("allow=" + text);
            }
            entries.add(entry);
        }
    }

    /** Whether a text is a valid entry: {@code host:port}, where the host may be a network and the port {@code *}. */
    public static boolean isValid(String entry) {
        return parse(entry) != null;
    }

    /**
     * Whether a host and port may be requested.
     *
     * @param host a name, or an address as a text; IPv6 with or without brackets
     */
    public boolean permits(String host, int port) {
        InetAddress numeric = Network.address(host);
        byte[] address = numeric == null ? null : numeric.getAddress();
        String name = canonical(host);
        return entries.stream()
                .anyMatch(entry ->
                        entry.hasPort(port) && (address == null ? entry.matches(name) : entry.contains(address)));
    }

    /** Whether an address may be connected to: a public one, or one that is listed itself. */
    public boolean permits(InetAddress address, int port) {
        byte[] bytes = address.getAddress();
        return isPublic(bytes, address)
                || entries.stream().anyMatch(entry -> entry.hasPort(port) && entry.contains(bytes));
    }

    private static @Nullable AllowedHost parse(String text) {
        Matcher matcher = ENTRY.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        int port = matcher.group(3).equals("*") ? ANY_PORT : Integer.parseInt(matcher.group(3));
        String host = matcher.group(1);
        String prefix = matcher.group(2);
        if (port == 0 || port > MAX_PORT) {
            return null;
        }
        if (Network.address(host) == null) {
            boolean name = prefix == null
                    && NAME.matcher(host).matches()
                    && !NUMERIC.matcher(host).matches();
            return name ? new AllowedHost(canonical(host), null, port) : null;
        }
        Network network = Network.parse(prefix == null ? host : host + "/" + prefix);
        return network == null ? null : new AllowedHost(null, network, port);
    }

    private static String canonical(String host) {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /**
     * Whether an address is not reserved for networks and hosts by RFC 6890, nor stands for an IPv4 address that is.
     */
    private static boolean isPublic(byte[] bytes, InetAddress address) {
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress()) {
            return false;
        }
        return bytes.length == 4 ? isPublicV4(bytes, 0) : isPublicV6(bytes);
    }

    private static boolean isPublicV4(byte[] bytes, int at) {
        int first = bytes[at] & 0xFF;
        int second = bytes[at + 1] & 0xFF;
        int third = bytes[at + 2] & 0xFF;
        boolean special = first == 0
                || first == 10
                || first == 127
                || first >= 224
                || (first == 100 && (second & 0xC0) == 64)
                || (first == 169 && second == 254)
                || (first == 172 && (second & 0xF0) == 16)
                || (first == 192 && second == 168)
                || (first == 192 && second == 0 && third == 0)
                || (first == 198 && (second & 0xFE) == 18);
        return !special;
    }

    private static boolean isPublicV6(byte[] bytes) {
        int first = bytes[0] & 0xFF;
        int second = bytes[1] & 0xFF;
        if ((first & 0xFE) == 0xFC || first == 0xFF) {
            return false; // unique local, multicast
        }
        if (startsWith(bytes, 0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0)) {
            return isPublicV4(bytes, 12); // translated (RFC 6052)
        }
        if (first == 0x20 && second == 0x02) {
            return isPublicV4(bytes, 2); // 6to4 (RFC 3056)
        }
        // The rest of 2000::/3 is all that was ever allocated; compatible and mapped addresses are outside.
        return (first & 0xE0) == 0x20 && !startsWith(bytes, 0x20, 0x01, 0x00, 0x00);
    }

    private static boolean startsWith(byte[] bytes, int... first) {
        for (int i = 0; i < first.length; i++) {
            if ((bytes[i] & 0xFF) != first[i]) {
                return false;
            }
        }
        return true;
    }
}
