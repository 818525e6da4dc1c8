package dev.fanfare.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * A network for nodes of a cluster, in namespaces of this machine's kernel. Nodes reach one another over a router, which
 * drops without a word what passes between nodes that are cut from each other. Tests and clients reach each node over a
 * link of its own, which is never cut.
 */
public final class NodeNetwork implements AutoCloseable {

    /** Resolves to the addresses of all nodes, in the namespaces of all. */
    public static final String NAME = "nodes.fanfare.test";

    /** {@code ip netns exec} mounts what is here over the files of {@code /etc}. */
    private static final Path FILES = Path.of("/etc/netns");

    private static final int GRID_PORT = 5701;
    private static final int BUS_PORT = 15701;

    /** Networks to the hosts are taken from 198.18.0.0/16, which is for tests (RFC 2544): eight for each process. */
    private static final int BLOCKS = 65_536 / 32;

    /** The kernel takes its time to remove a network: the next one of this process shares nothing with it. */
    private static final AtomicInteger CREATED = new AtomicInteger();

    private final String ip;
    private final int hosts;
    private final String id = ProcessHandle.current().pid() + "-" + CREATED.incrementAndGet();
    private final String name = "fanfare-" + id;
    private final int block = (int) ((ProcessHandle.current().pid() + 997L * CREATED.get()) % BLOCKS);
    private final List<String> namespaces = new ArrayList<>();
    private final List<List<String>> cuts = new ArrayList<>();

    private NodeNetwork(String ip, int hosts) {
        this.ip = ip;
        this.hosts = hosts;
    }

    /**
     * Sets up a network for at most eight nodes. Where the kernel or the permissions do not allow it the test is skipped
     * and says so.
     */
    public static NodeNetwork create(int hosts) throws InterruptedException {
        String ip = SystemProgram.find(List.of("ip"), "iproute2").toString();
        NodeNetwork network = new NodeNetwork(ip, hosts);
        try {
            network.create();
        } catch (IOException e) {
            network.close();
            Assumptions.abort("no network namespaces: " + e.getMessage());
        }
        return network;
    }

    private void create() throws IOException {
        String router = namespace("router");
        run("netns", "exec", router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
        for (int host = 0; host < hosts; host++) {
            String namespace = namespace(String.valueOf(host));
            link(null, outside(host), outer(host, 1), namespace, "front", outer(host, 2), "30");
            link(router, router(host), inner(host, 1), namespace, "back", inner(host, 2), "24");
            run("-n", namespace, "route", "add", "198.19.0.0/16", "via", inner(host, 1));
            Files.writeString(
                    Files.createDirectories(FILES.resolve(namespace)).resolve("hosts"),
                    IntStream.range(0, hosts)
                            .mapToObj(other -> inner(other, 2) + " " + NAME + "\n")
                            .collect(Collectors.joining("", "127.0.0.1 localhost\n", "")));
        }
    }

    private String namespace(String suffix) throws IOException {
        String namespace = name + "-" + suffix;
        run("netns", "add", namespace);
        namespaces.add(namespace);
        run("-n", namespace, "link", "set", "lo", "up");
        return namespace;
    }

    /** @param from a namespace, null for that of this process */
    private void link(
            @Nullable String from,
            String fromName,
            String fromAddress,
            String to,
            String toName,
            String toAddress,
            String prefix)
            throws IOException {
        String[] in = from == null ? new String[0] : new String[] {"-n", from};
        run(in, "link", "add", fromName, "type", "veth", "peer", "name", toName, "netns", to);
        run(in, "address", "add", fromAddress + "/" + prefix, "dev", fromName);
        run(in, "link", "set", fromName, "up");
        run("-n", to, "address", "add", toAddress + "/" + prefix, "dev", toName);
        run("-n", to, "link", "set", toName, "up");
    }

    private static String router(int host) {
        return "to" + host;
    }

    private String outside(int host) {
        return "ff" + id + "-" + host;
    }

    private String outer(int host, int end) {
        int address = 32 * block + 4 * host + end;
        return "198.18." + address / 256 + "." + address % 256;
    }

    private static String inner(int host, int end) {
        return "198.19." + host + "." + end;
    }

    /** Where nodes can run. */
    public List<Place> places() {
        return IntStream.range(0, hosts)
                .mapToObj(host -> new Place(
                        List.of(ip, "netns", "exec", name + "-" + host),
                        outer(host, 2),
                        inner(host, 2),
                        GRID_PORT,
                        BUS_PORT))
                .toList();
    }

    /** Nothing passes between these two from now on, in either direction. */
    public void cut(int one, int other) throws IOException {
        drop(one, other);
        drop(other, one);
    }

    /** Nothing passes between this node and all others from now on. */
    public void cutOff(int host) throws IOException {
        for (int other = 0; other < hosts; other++) {
            if (other != host) {
                cut(host, other);
            }
        }
    }

    private void drop(int from, int to) throws IOException {
        List<String> rule = List.of("iif", router(from), "to", inner(to, 0) + "/24", "blackhole");
        rule("add", rule);
        cuts.add(rule);
    }

    /** Everything passes again. */
    public void heal() throws IOException {
        for (List<String> rule : cuts) {
            rule("del", rule);
        }
        cuts.clear();
    }

    private void rule(String verb, List<String> rule) throws IOException {
        String[] in = {"-n", name + "-router", "rule", verb};
        run(in, rule.toArray(String[]::new));
    }

    /** The nodes must have ended. */
    @Override
    public void close() {
        for (String namespace : namespaces) {
            try {
                run("netns", "delete", namespace);
                Files.deleteIfExists(FILES.resolve(namespace).resolve("hosts"));
                Files.deleteIfExists(FILES.resolve(namespace));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void run(String[] in, String... arguments) throws IOException {
        run(Stream.of(in, arguments).flatMap(Stream::of).toArray(String[]::new));
    }

    private void run(String... arguments) throws IOException {
        List<String> command =
                Stream.concat(Stream.of(ip), Stream.of(arguments)).toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + said.strip());
        }
    }
}
