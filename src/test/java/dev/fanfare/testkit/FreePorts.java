package dev.fanfare.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Ports of the loopback interface for those who need to know them before anybody listens. */
public final class FreePorts {

    /** Below the ports that systems give to outgoing connections, one of which could take a port before its listener does. */
    private static final int LOWEST = 10_000;

    private static final int HIGHEST = 32_767;

    private FreePorts() {}

    /** Different random ports without a listener at the time of the call. */
    public static List<Integer> take(int count) {
        Set<Integer> ports = new LinkedHashSet<>();
        while (ports.size() < count) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
            if (isFree(port)) {
                ports.add(port);
            }
        }
        return List.copyOf(ports);
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
