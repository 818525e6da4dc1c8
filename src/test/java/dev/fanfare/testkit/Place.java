package dev.fanfare.testkit;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Where a node of a cluster runs.
 *
 * @param command that runs another one there; nothing if it is here
 * @param host the address at which clients and Prometheus reach it
 * @param clusterHost the address at which other nodes reach it
 */
public record Place(List<String> command, String host, String clusterHost, int gridPort, int busPort) {

    /** On the loopback interface, with ports that are free. */
    public static List<Place> here(int count) {
        List<Integer> ports = FreePorts.take(2 * count);
        return IntStream.range(0, count)
                .mapToObj(i -> new Place(List.of(), "127.0.0.1", "127.0.0.1", ports.get(i), ports.get(count + i)))
                .toList();
    }

    /** Where other nodes find it. */
    public String member() {
        return clusterHost + ":" + gridPort;
    }
}
