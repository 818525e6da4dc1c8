package dev.fanfare.cluster;

import java.nio.charset.StandardCharsets;
import org.jgroups.Address;
import org.jgroups.util.ExtendedUUID;
import org.jspecify.annotations.Nullable;

/**
 * What a member says of itself; it is part of its address in the grid, so that it is known as soon as the member is.
 *
 * @param node whether it is a node, else a guest
 * @param id of the node or guest
 * @param host of its event bus
 * @param busPort of its event bus
 */
record MemberIdentity(boolean node, String id, String host, int busPort) {

    private static final String NODE = "n";
    private static final String GUEST = "g";
    private static final String HOST = "h";
    private static final String BUS_PORT = "b";

    /** A new address that carries this. */
    Address newAddress() {
        return ExtendedUUID.randomUUID()
                .put(node ? NODE : GUEST, bytes(id))
                .put(HOST, bytes(host))
                .put(BUS_PORT, bytes(String.valueOf(busPort)));
    }

    /** What an address carries; null if it is none of {@link #newAddress}. */
    static @Nullable MemberIdentity of(Address address) {
        if (!(address instanceof ExtendedUUID attributes)) {
            return null;
        }
        String nodeId = text(attributes, NODE);
        String id = nodeId == null ? text(attributes, GUEST) : nodeId;
        String host = text(attributes, HOST);
        String busPort = text(attributes, BUS_PORT);
        if (id == null || host == null || busPort == null) {
            return null;
        }
        try {
            return new MemberIdentity(nodeId != null, id, host, Integer.parseInt(busPort));
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable String text(ExtendedUUID attributes, String key) {
        byte[] value = attributes.get(key);
        return value == null ? null : new String(value, StandardCharsets.UTF_8);
    }
}
