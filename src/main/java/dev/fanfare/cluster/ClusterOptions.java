package dev.fanfare.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a process, a node or a guest, reaches the other members of its cluster and is reached by them. Immutable.
 *
 * @param host the address at which the others reach this process; it is also the one that is bound, if it belongs to this
 *     machine
 * @param port of the grid, through which members find one another
 * @param busPort of the event bus
 * @param members {@code host:port} of the grid of some members, with or without this one; the default port is {@code port}
 * @param dns a name that resolves to the addresses of all members, used if {@code members} is empty
 * @param tls of the event bus; null for none
 */
public record ClusterOptions(
        String host,
        int port,
        int busPort,
        List<String> members,
        String dns,
        @Nullable BusTls tls) {

    private static final int PORT = 5701;
    private static final int BUS_PORT = 15_701;
    private static final int MAX_PORT = 65_535;

    /**
     * TLS of the event bus; both ends present a certificate of the cluster's own authority.
     *
     * @param certificateFile the certificate of this process, PEM
     * @param keyFile its private key, PEM
     * @param caFile the authorities of the certificates of all members, PEM
     */
    public record BusTls(String certificateFile, String keyFile, String caFile) {}

    /** Copies the members. Throws an {@link IllegalArgumentException} for ports that do not exist or are equal. */
    public ClusterOptions {
        members = List.copyOf(members);
        if (host.isBlank()) {
            throw new IllegalArgumentException("host is empty");
        }
        if (port < 1 || port > MAX_PORT || busPort < 1 || busPort > MAX_PORT || port == busPort) {
            throw new IllegalArgumentException(
                    "port " + port + ", busPort " + busPort + ": two different ports from 1 to " + MAX_PORT);
        }
    }

    /** A process at this address, with the default ports {@value #PORT} and {@value #BUS_PORT}, that knows no members yet. */
    public static ClusterOptions at(String host) {
        return new ClusterOptions(host, PORT, BUS_PORT, List.of(), "", null);
    }

    /** With these ports of the grid and of the event bus, 1 to 65535 and different from each other. */
    public ClusterOptions withPorts(int gridPort, int eventBusPort) {
        return new ClusterOptions(host, gridPort, eventBusPort, members, dns, tls);
    }

    /** Finds the others through these members, each {@code host:port} of its grid, of which one at least is running. */
    public ClusterOptions withMembers(String... addresses) {
        return new ClusterOptions(host, port, busPort, List.of(addresses), dns, tls);
    }

    /** Finds the others through a name that resolves to the addresses of all members, whose grids have the same port. */
    public ClusterOptions withDns(String name) {
        return new ClusterOptions(host, port, busPort, members, name, tls);
    }

    /** With TLS on the event bus, as all members must have it. */
    public ClusterOptions withTls(BusTls busTls) {
        return new ClusterOptions(host, port, busPort, members, dns, busTls);
    }
}
