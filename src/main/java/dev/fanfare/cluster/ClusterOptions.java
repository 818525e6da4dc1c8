package dev.fanfare.cluster;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * How a process, a node or a guest, reaches the other members of its cluster and is reached by them. Immutable.
 *
 * @param name of the cluster, at most {@value #MAX_NAME} bytes; members of clusters with different names refuse each other
 * @param host the address at which the others reach this process; it is also the one that is bound, if it belongs to this
 *     machine
 * @param port of the grid, through which members find one another
 * @param busPort of the event bus
 * @param members {@code host:port} of the grid of some members, with or without this one; the default port is {@code port}
 * @param dns a name that resolves to the addresses of all members, used if {@code members} is empty
 * @param tls of both ports
 */
public record ClusterOptions(
        String name, String host, int port, int busPort, List<String> members, String dns, ClusterTls tls) {

    private static final String NAME = "fanfare";
    private static final int MAX_NAME = 64;
    private static final int PORT = 5701;
    private static final int BUS_PORT = 15_701;
    private static final int MAX_PORT = 65_535;

    /**
     * Copies the members. Throws an {@link IllegalArgumentException} for a name that is empty or too long, and for ports
     * that do not exist or are equal.
     */
    public ClusterOptions {
        members = List.copyOf(members);
        if (name.isBlank() || name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME) {
            throw new IllegalArgumentException("name is empty, or longer than " + MAX_NAME + " bytes");
        }
        if (host.isBlank()) {
            throw new IllegalArgumentException("host is empty");
        }
        if (port < 1 || port > MAX_PORT || busPort < 1 || busPort > MAX_PORT || port == busPort) {
            throw new IllegalArgumentException(
                    "port " + port + ", busPort " + busPort + ": two different ports from 1 to " + MAX_PORT);
        }
    }

    /**
     * A process at this address, with the default ports {@value #PORT} and {@value #BUS_PORT}, in a cluster with the
     * default name {@value #NAME}, that knows no members yet.
     */
    public static ClusterOptions at(String host, ClusterTls tls) {
        return new ClusterOptions(NAME, host, PORT, BUS_PORT, List.of(), "", tls);
    }

    /** In the cluster with this name. */
    public ClusterOptions withName(String clusterName) {
        return new ClusterOptions(clusterName, host, port, busPort, members, dns, tls);
    }

    /** With these ports of the grid and of the event bus, 1 to 65535 and different from each other. */
    public ClusterOptions withPorts(int gridPort, int eventBusPort) {
        return new ClusterOptions(name, host, gridPort, eventBusPort, members, dns, tls);
    }

    /** Finds the others through these members, each {@code host:port} of its grid, of which one at least is running. */
    public ClusterOptions withMembers(String... addresses) {
        return new ClusterOptions(name, host, port, busPort, List.of(addresses), dns, tls);
    }

    /** Finds the others through a name that resolves to the addresses of all members, whose grids have the same port. */
    public ClusterOptions withDns(String dnsName) {
        return new ClusterOptions(name, host, port, busPort, members, dnsName, tls);
    }
}
