import dev.fanfare.bench.Bench;
import dev.fanfare.bench.BenchReport;
import dev.fanfare.bench.LoadSubprotocol;
import dev.fanfare.bench.Mode;
import dev.fanfare.bench.Plan;
import dev.fanfare.bench.RunObserver;
import dev.fanfare.bench.Tokens;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * The figures that the broker is held to, measured beside the floor: what the least possible server needs for the same.
 *
 * <pre>
 * mvn -q -DskipTests package
 * java -cp target/fanfare.jar src/bench/Figures.java NAME
 * </pre>
 *
 * <p>{@code src/docs/performance.md} says what each one means and how to read it. Broker and floor are processes of their
 * own on one processor, this one with the driver is on another, and they take turns: floor, broker, floor, broker.
 */
public final class Figures {

    private static final String USAGE = """
            java -cp target/fanfare.jar src/bench/Figures.java NAME [OPTION VALUE]...

            single      CPU of a delivery, one message at a time, in multiples of the floor
            burst       CPU of a delivery in bursts, in multiples of the floor's single write
            small       CPU of a delivery to groups of one and of four members, in multiples of the floor
            big         CPU of a delivery of 4 KiB and of 64 KiB, in multiples of the floor
            idle        memory of a connection that does nothing
            handshake   CPU of a handshake, with HS256 and RS256 tokens
            large       p99 of a fan-out to 10,000 members, in multiples of the floor's
            allocation  bytes that the broker allocates for a delivery
            cluster     CPU of a delivery on two and three nodes, in multiples of one node's
            remote      CPU of a publish whose members are on other nodes, at the node where it is published
            groups      three nodes, connections each in a group of its own: what passes between the nodes
            coldstart   start to ready, and CPU of the first 2,000 handshakes of a new process
            all         all of these, one after the other

            --rounds COUNT          that count (5)
            --seconds COUNT         measured in each round (10)
            --warm-up COUNT         seconds before that (5)
            --subprotocols NAMES    raw, json, reliable, separated by commas (json,reliable)
            --connections COUNT     of the figure idle (18000)
            --members COUNT         of the figure large (10000)
            --handshakes COUNT      a second, of the figure handshake; 0 for as many as go (0)
            --slots NUMBERS         of the figure groups, separated by commas (1,65536,1048576,4194304)
            --archive FILE          classes (.jsa) or an AOT cache (.aot) for the broker, made beforehand (none)
            --java FILE             the Java that runs the broker (the one that runs this)
            --jar FILE              the broker (target/fanfare.jar)
            --server-cpu NUMBER     the processor of the broker, its nodes, and the floor (0)
            --driver-cpu NUMBER     the processor of the driver (1)
            """;

    private static final String HUB = "bench";

    /** Connections that do nothing, for as long as it takes that the broker gives back what it took to open them. */
    private static final int IDLE_SECONDS = 45;

    private static final int FIRST_HANDSHAKES = 2_000;
    private static final int WARMING_HANDSHAKES = 50_000;
    private static final Duration DRAIN = Duration.ofSeconds(10);

    private final Map<String, String> options;
    private final Path directory;

    private Figures(Map<String, String> options, Path directory) {
        this.options = options;
        this.directory = directory;
    }

    public static void main(String... arguments) throws Exception {
        Map<String, String> options = options(arguments);
        if (options.isEmpty()) {
            System.err.print(USAGE);
            System.exit(2);
        }
        Path directory = Files.createTempDirectory("fanfare-figures");
        boolean valid;
        try {
            valid = new Figures(options, directory).run(arguments[0]);
        } finally {
            try (Stream<Path> files = Files.list(directory)) {
                files.forEach(file -> file.toFile().delete());
            }
            Files.delete(directory);
        }
        if (!valid) {
            System.exit(1);
        }
    }

    /** The options with their defaults; none if they are not understood. */
    private static Map<String, String> options(String... arguments) {
        Map<String, String> options = new HashMap<>(Map.of(
                "--rounds", "5",
                "--seconds", "10",
                "--warm-up", "5",
                "--subprotocols", "json,reliable",
                "--connections", "18000",
                "--members", "10000",
                "--handshakes", "0",
                "--jar", "target/fanfare.jar",
                "--server-cpu", "0",
                "--driver-cpu", "1"));
        options.put("--archive", "");
        options.put("--slots", "1,65536,1048576,4194304");
        options.put(
                "--java",
                Path.of(System.getProperty("java.home"), "bin", "java").toString());
        boolean understood = arguments.length % 2 == 1;
        for (int i = 1; understood && i < arguments.length; i += 2) {
            understood = options.replace(arguments[i], arguments[i + 1]) != null;
        }
        return understood ? options : Map.of();
    }

    private boolean run(String name) throws Exception {
        say(machine());
        onDriverCpu();
        return switch (name) {
            case "single" -> single();
            case "burst" -> burst();
            case "small" -> small();
            case "big" -> big();
            case "idle" -> idle();
            case "handshake" -> handshake();
            case "large" -> large();
            case "allocation" -> allocation();
            case "cluster" -> cluster();
            case "remote" -> remote();
            case "groups" -> groups();
            case "coldstart" -> coldstart();
            case "all" -> single()
                    & burst()
                    & small()
                    & big()
                    & idle()
                    & handshake()
                    & large()
                    & allocation()
                    & cluster()
                    & remote()
                    & groups()
                    & coldstart();
            default -> {
                System.err.print(USAGE);
                yield false;
            }
        };
    }

    // The figures.

    private boolean single() throws Exception {
        title(
                "single",
                "1,000 members of one group, 50 messages a second, 128 bytes: CPU of the server for a delivery");
        Plan.Load load = load(1_000, 1, 50, 1);
        try (Floor floor = floor();
                Broker broker = broker(Map.of())) {
            Map<String, Supplier<Measured>> runs = new LinkedHashMap<>();
            runs.put("floor", () -> floor.measure(fanOut(floor, LoadSubprotocol.RAW, load)));
            for (LoadSubprotocol subprotocol : subprotocols()) {
                runs.put(lower(subprotocol), () -> broker.measure(fanOut(broker, subprotocol, load)));
            }
            return compare(runs, Measured::microsPerDelivery, "us of CPU per delivery");
        }
    }

    private boolean burst() throws Exception {
        title(
                "burst",
                "200 members of one group, 2,000 messages a second in bursts of 20, 128 bytes: CPU of the broker for a"
                        + " delivery, beside a single write of the floor (1,000 members, 50 messages a second)");
        Plan.Load singles = load(1_000, 1, 50, 1);
        Plan.Load bursts = load(200, 1, 2_000, 20);
        try (Floor floor = floor();
                Broker broker = broker(Map.of())) {
            Map<String, Supplier<Measured>> runs = new LinkedHashMap<>();
            runs.put("floor", () -> floor.measure(fanOut(floor, LoadSubprotocol.RAW, singles)));
            for (LoadSubprotocol subprotocol : subprotocols()) {
                runs.put(lower(subprotocol), () -> broker.measure(fanOut(broker, subprotocol, bursts)));
            }
            return compare(runs, Measured::microsPerDelivery, "us of CPU per delivery");
        }
    }

    /**
     * With so few members a delivery consists mostly of reading the message, which broker and floor get as the same JSON. It
     * is compiled late at such rates, so the broker first serves more than is measured.
     */
    private boolean small() throws Exception {
        boolean valid = true;
        for (int members : new int[] {1, 4}) {
            int groups = 1_000 / members;
            int rate = members == 1 ? 2_000 : 1_000;
            title(
                    "small, groups of " + members,
                    "1,000 members of " + groups + " groups, " + rate + " messages a second of 100 publishers, 128 bytes:"
                            + " CPU of the server for a delivery");
            valid &= besideFloor(
                    new Plan.Load(1_000, groups, "bench-", 100, rate, 1, 128),
                    new Plan.Load(1_000, groups, "bench-", 100, 4 * rate, 1, 128));
        }
        return valid;
    }

    private boolean big() throws Exception {
        boolean valid = true;
        for (int kib : new int[] {4, 64}) {
            int rate = kib == 4 ? 50 : 20;
            title(
                    "big, " + kib + " KiB",
                    "200 members of one group, " + rate + " messages a second, " + kib
                            + " KiB: CPU of the server for a delivery");
            Plan.Load load = new Plan.Load(200, 1, "bench-", 1, rate, 1, kib * 1024);
            valid &= besideFloor(load, new Plan.Load(200, 1, "bench-", 1, 2 * rate, 1, kib * 1024));
        }
        return valid;
    }

    /**
     * Measures both with JSON.
     *
     * @param before what the broker serves first, for 20 seconds that are not measured
     */
    private boolean besideFloor(Plan.Load load, Plan.Load before) throws Exception {
        try (Floor floor = floor();
                Broker broker = broker(Map.of())) {
            Map<String, Supplier<Measured>> runs = new LinkedHashMap<>();
            runs.put("floor", () -> floor.measure(fanOut(floor, LoadSubprotocol.JSON, load)));
            for (LoadSubprotocol subprotocol : subprotocols()) {
                broker.measure(fanOut(broker, subprotocol, before, timing(0, 20)));
                runs.put(lower(subprotocol), () -> broker.measure(fanOut(broker, subprotocol, load)));
            }
            return compare(runs, Measured::microsPerDelivery, "us of CPU per delivery");
        }
    }

    private boolean large() throws Exception {
        int members = number("--members");
        title(
                "large",
                members + " members of one group, 5 messages a second, 128 bytes: latency from when a message"
                        + " was due");
        Plan.Load load = load(members, 1, 5, 1);
        try (Floor floor = floor();
                Broker broker = broker(Map.of())) {
            Map<String, Supplier<Measured>> runs = new LinkedHashMap<>();
            runs.put("floor", () -> floor.measure(fanOut(floor, LoadSubprotocol.RAW, load)));
            for (LoadSubprotocol subprotocol : subprotocols()) {
                runs.put(lower(subprotocol), () -> broker.measure(fanOut(broker, subprotocol, load)));
            }
            return compare(
                    runs, measured -> measured.report.messages().latencyMicros().p99() / 1_000, "ms of latency, p99");
        }
    }

    private boolean idle() throws Exception {
        int connections = number("--connections");
        title("idle", connections + " connections with json.reliable that do nothing: memory of the broker for each");
        try (Broker broker = broker(Map.of("FANFARE_LIMITS_CONNECTIONS", "1000000"))) {
            // What the first connections load and compile is no connection's own.
            Bench.run(hold(broker, Math.min(2_000, connections), 3), RunObserver.NONE);
            broker.collectGarbage();
            Memory before = broker.memory();
            Memory[] held = new Memory[2];
            BenchReport report = Bench.run(hold(broker, connections, IDLE_SECONDS), new RunObserver() {
                @Override
                public void measured() {
                    held[0] = broker.memory();
                    broker.collectGarbage();
                    held[1] = broker.memory();
                }
            });
            say("%-28s %12s %12s", "", "RSS, KiB", "heap, KiB");
            say("%-28s %,12d %,12d", "before", before.rss, before.heap);
            say("%-28s %,12d %,12d", "with connections", held[0].rss, held[0].heap);
            say("%-28s %,12d %,12d", "with connections, after GC", held[1].rss, held[1].heap);
            double opened = report.connections().opened();
            say("");
            say("RSS per connection             %6.2f KiB", (held[0].rss - before.rss) / opened);
            say("RSS per connection, after GC   %6.2f KiB", (held[1].rss - before.rss) / opened);
            say("heap per connection, after GC  %6.2f KiB", (held[1].heap - before.heap) / opened);
            report.reasons().forEach(reason -> say("NOT VALID: %s", reason));
            return report.valid();
        }
    }

    private boolean handshake() throws Exception {
        title(
                "handshake",
                "connections opened and closed over and over, 50 at a time at most, json, every one with a token of its"
                        + " own: CPU of the broker for TCP accept, request, token, 101, connected frame, close frames,"
                        + " and the end of TCP");
        Signer signer = new Signer();
        Path config = Files.writeString(directory.resolve("issuer.yaml"), signer.config());
        try (Broker broker = broker(Map.of("FANFARE_CONFIG", config.toString()))) {
            Map<String, Supplier<Measured>> runs = new LinkedHashMap<>();
            for (Signer.Sign sign : List.<Signer.Sign>of(signer::hs256, signer::rs256)) {
                broker.measure(handshakes(broker, Signer.pool(sign, 1_000), 0, number("--seconds")));
            }
            runs.put("HS256", () -> handshakes(broker, signer::hs256, 50_000));
            runs.put("RS256", () -> handshakes(broker, signer::rs256, 30_000));
            return compare(runs, Measured::microsPerConnection, "us of CPU per handshake");
        }
    }

    /** The same client opens the first connections and later ones, so that their ratio is that of the broker. */
    private boolean coldstart() throws Exception {
        title(
                "coldstart",
                "start to ready, and CPU of the broker for a handshake: the first " + FIRST_HANDSHAKES
                        + " after readiness, and as many after " + WARMING_HANDSHAKES + " more; at most 2 x");
        Signer signer = Signer.ofAccessKey();
        List<Double> starts = new ArrayList<>();
        List<Double> firsts = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        say("%-10s %14s %14s %14s %10s", "round", "ready, ms", "first, us", "warm, us", "x");
        for (int round = 0; round <= number("--rounds"); round++) {
            long begun = System.nanoTime();
            try (Broker broker = broker(Map.of("FANFARE_SERVER_PORT", "0"))) {
                double start = (System.nanoTime() - begun) / 1e6;
                double first = shake(broker, signer, FIRST_HANDSHAKES);
                shake(broker, signer, WARMING_HANDSHAKES);
                double warm = shake(broker, signer, FIRST_HANDSHAKES);
                say(
                        "%-10s %14.0f %14.1f %14.1f %10.2f",
                        round == 0 ? "driver" : round,
                        start,
                        first,
                        warm,
                        first / warm);
                if (round > 0) {
                    starts.add(start);
                    firsts.add(first);
                    ratios.add(first / warm);
                }
            }
        }
        say("");
        say(
                "median     ready after %.0f ms (%.0f to %.0f), first %.0f us (%.0f to %.0f), ratio %.2f (%.2f to %.2f)",
                median(starts),
                least(starts),
                greatest(starts),
                median(firsts),
                least(firsts),
                greatest(firsts),
                median(ratios),
                least(ratios),
                greatest(ratios));
        return true;
    }

    /** Opens and closes connections, 50 at a time; microseconds of the broker's CPU for each. */
    private static double shake(Broker broker, Signer signer, int count) throws Exception {
        List<String> tokens = IntStream.range(0, count)
                .mapToObj(i -> signer.hs256("user-" + System.nanoTime() + "-" + i, ""))
                .toList();
        AtomicInteger next = new AtomicInteger();
        ExecutorService clients = Executors.newFixedThreadPool(50);
        long before = broker.cpuNanos();
        try {
            List<Future<?>> ends = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                ends.add(clients.submit(() -> {
                    for (int each = next.getAndIncrement(); each < count; each = next.getAndIncrement()) {
                        shake(broker.url(), tokens.get(each));
                    }
                    return null;
                }));
            }
            for (Future<?> end : ends) {
                end.get();
            }
        } finally {
            clients.shutdown();
        }
        return (broker.cpuNanos() - before) / 1e3 / count;
    }

    private static void shake(URI url, String token) throws IOException {
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.setSoTimeout(30_000);
            String request = "GET " + url.getPath() + "?access_token=" + token + " HTTP/1.1\r\nHost: " + url.getHost()
                    + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    + "Sec-WebSocket-Protocol: json.webpubsub.azure.v1\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            StringBuilder received = new StringBuilder();
            byte[] bytes = new byte[4096];
            while (received.indexOf("connectionId") < 0) {
                int count = socket.getInputStream().read(bytes);
                if (count < 0) {
                    throw new IOException("refused: " + received);
                }
                received.append(new String(bytes, 0, count, StandardCharsets.ISO_8859_1));
            }
            // A close frame with 1000, masked with zeros; then everything up to the end of TCP.
            socket.getOutputStream().write(new byte[] {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, 3, (byte) 0xe8});
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        }
    }

    private boolean allocation() throws Exception {
        title(
                "allocation",
                "bytes that the threads of the broker allocate for a delivery of 128 bytes: single = 1,000 members, 50"
                        + " messages a second; burst = 200 members, 2,000 a second in bursts of 20");
        try (Broker broker = broker(Map.of())) {
            broker.countAllocation();
            Map<String, Supplier<Measured>> runs = new LinkedHashMap<>();
            for (LoadSubprotocol subprotocol : subprotocols()) {
                String name = lower(subprotocol);
                runs.put(name + ", single", () -> broker.measure(fanOut(broker, subprotocol, load(1_000, 1, 50, 1))));
                runs.put(name + ", burst", () -> broker.measure(fanOut(broker, subprotocol, load(200, 1, 2_000, 20))));
            }
            return compare(runs, Measured::bytesPerDelivery, "bytes allocated per delivery");
        }
    }

    private boolean cluster() throws Exception {
        title(
                "cluster",
                "1,000 members of one group, 50 messages a second, 128 bytes, spread over one, two and three nodes: CPU"
                        + " of all nodes for a delivery");
        Plan.Load load = load(1_000, 1, 50, 1);
        try (Broker one = broker(Map.of());
                Cluster two = cluster(2, Map.of());
                Cluster three = cluster(3, Map.of())) {
            for (Server each : List.of(one, two, three)) {
                // A node that gets a third of the messages is compiled later than one that gets all.
                each.measure(fanOut(each, LoadSubprotocol.JSON, load, timing(0, 20 * each.urls().size())));
                say("idle, %d: %.1f ms of CPU a second", each.urls().size(), 1e3 * each.idleShare());
            }
            Map<String, Supplier<Measured>> runs = new LinkedHashMap<>();
            for (LoadSubprotocol subprotocol : subprotocols()) {
                for (Server each : List.of(one, two, three)) {
                    runs.put(
                            lower(subprotocol) + ", " + each.urls().size(),
                            () -> each.measure(fanOut(each, subprotocol, load)));
                }
            }
            return compare(runs, Measured::microsPerDelivery, "us of CPU per delivery");
        }
    }

    /** The rates are such that there are equally many deliveries, so that the driver is equally busy. */
    private boolean remote() throws Exception {
        title(
                "remote",
                "published on one of three nodes, 100 messages a second, 128 bytes, members on one or both of the others:"
                        + " CPU of the node where it is published for a message");
        try (Cluster three = cluster(3, Map.of())) {
            Broker first = three.nodes.get(0);
            say("idle: %.1f ms of CPU a second", 1e3 * first.idleShare());
            Map<String, Supplier<Measured>> runs = new LinkedHashMap<>();
            for (List<Broker> others : List.of(three.nodes.subList(1, 2), three.nodes.subList(1, 3))) {
                for (int members : new int[] {50, 500}) {
                    Plan plan = new Plan(
                            Mode.FANOUT,
                            new Plan.Endpoints(
                                    others.stream().map(Broker::url).toList(),
                                    List.of(first.url()),
                                    LoadSubprotocol.JSON,
                                    first.tokens(),
                                    List.of(),
                                    null),
                            new Plan.Load(members, 1, "on-" + others.size() + "-", 1, 100, 1, 128),
                            timing(number("--warm-up"), number("--seconds")),
                            1);
                    runs.put(
                            members + " members, " + others.size() + " other",
                            () -> first.measure(plan));
                }
            }
            return compare(runs, Measured::microsPerPublish, "us of CPU per message");
        }
    }

    private boolean groups() throws Exception {
        int clients = number("--connections");
        title(
                "groups",
                clients + " connections on three nodes, each in a group of its own, and 1,000 messages a second to one after"
                        + " another: what passes between the nodes");
        boolean valid = true;
        say(
                "%10s %10s %10s %12s %12s %14s %14s %14s",
                "slots",
                "joins/s",
                "listened",
                "bytes/join",
                "idle bytes/s",
                "sent/publish",
                "unwanted",
                "KiB heap/conn.");
        for (String slots : options.get("--slots").split(",")) {
            try (Cluster three = cluster(
                    3, Map.of("FANFARE_GROUPS_SLOTS", slots, "FANFARE_LIMITS_CONNECTIONS", "1000000"))) {
                valid &= groups(three, slots, clients);
            }
        }
        return valid;
    }

    private boolean groups(Cluster three, String slots, int clients) throws Exception {
        long idle = three.busBytes(10) / 10;
        long heapBefore = three.heap();
        long[] bytes = {three.busBytes(), 0, 0};
        Plan plan = new Plan(
                Mode.FANOUT,
                three.target(LoadSubprotocol.JSON, three.tokens(), true),
                new Plan.Load(clients, clients, "own-", 1, 1_000, 1, 128),
                timing(0, clients / 1_000 + 1),
                1);
        BenchReport report = Bench.run(plan, new RunObserver() {
            @Override
            public void connected() {
                bytes[1] = three.busBytes();
            }

            @Override
            public void measured() {
                bytes[2] = three.heap();
            }
        });
        double sent = three.metric("fanfare_remote_sent_total")
                / Math.max(1, report.messages().published());
        say(
                "%10s %10.0f %10.0f %12.1f %12d %14.3f %14.3f %14.1f",
                slots,
                report.connections().perSecond(),
                three.metric("fanfare_registered_addresses"),
                (bytes[1] - bytes[0]) / (double) clients - idle / report.connections().perSecond(),
                idle,
                sent,
                sent - 2 / 3.0, // two of three members are on another node than the publisher
                (bytes[2] - heapBefore) / (double) clients);
        if (report.messages().lost() > 0 || report.connections().failed() > 0) {
            report.reasons().forEach(reason -> say("           NOT VALID: %s", reason));
            return false;
        }
        return true;
    }

    // Rounds.

    private interface Value {
        double of(Measured measured);
    }

    /** Runs all in turn, a first time for the warm-up, and then until each round counts. The first one is the base. */
    private boolean compare(Map<String, Supplier<Measured>> runs, Value value, String unit) {
        int rounds = number("--rounds");
        List<String> names = List.copyOf(runs.keySet());
        Map<String, List<Double>> values = new LinkedHashMap<>();
        names.forEach(name -> values.put(name, new ArrayList<>()));
        say("%-10s %-18s %28s %10s %10s %10s", "round", "", unit, "x", "server", "driver");
        int refused = 0;
        for (int round = 0; values.get(names.get(0)).size() < rounds && refused <= rounds; round++) {
            List<Measured> all =
                    names.stream().map(name -> runs.get(name).get()).toList();
            double base = value.of(all.get(0));
            for (int i = 0; i < all.size(); i++) {
                Measured each = all.get(i);
                say(
                        "%-10s %-18s %28.3f %10.3f %9.0f%% %9.0f%%",
                        round == 0 ? "warm-up" : i == 0 ? round : "",
                        names.get(i),
                        value.of(each),
                        value.of(each) / base,
                        100 * each.serverShare(),
                        100 * each.report.drivers().busiest());
                if (!each.valid()) {
                    each.report.reasons().forEach(reason -> say("           NOT VALID: %s", reason));
                }
            }
            if (!all.stream().allMatch(Measured::valid)) {
                refused += round == 0 ? 0 : 1;
            } else if (round > 0) {
                for (int i = 0; i < all.size(); i++) {
                    values.get(names.get(i)).add(value.of(all.get(i)));
                }
            }
        }
        boolean enough = values.get(names.get(0)).size() >= rounds;
        summarise(values, unit);
        if (refused > 0) {
            say("%d rounds are left out, since one of their runs was not valid.", refused);
        }
        if (!enough) {
            say("NOT VALID: fewer than %d rounds count.", rounds);
        }
        return enough;
    }

    private void summarise(Map<String, List<Double>> values, String unit) {
        List<Double> base = values.values().iterator().next();
        say("");
        values.forEach((name, measured) -> {
            if (!measured.isEmpty()) {
                List<Double> ratios = IntStream.range(0, measured.size())
                        .mapToObj(i -> measured.get(i) / base.get(i))
                        .toList();
                say(
                        "median     %-18s %10.3f %s (%.3f to %.3f), ratio %.3f (%.3f to %.3f)",
                        name,
                        median(measured),
                        unit,
                        least(measured),
                        greatest(measured),
                        median(ratios),
                        least(ratios),
                        greatest(ratios));
            }
        });
    }

    private static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(each -> each).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double least(List<Double> values) {
        return values.stream().mapToDouble(each -> each).min().orElse(0);
    }

    private static double greatest(List<Double> values) {
        return values.stream().mapToDouble(each -> each).max().orElse(0);
    }

    /** A run and what the server needed for it. */
    private record Measured(BenchReport report, long cpuNanos, long wallNanos, long allocatedBytes) {

        double microsPerDelivery() {
            return cpuNanos / 1e3 / Math.max(1, report.messages().delivered());
        }

        double microsPerPublish() {
            return cpuNanos / 1e3 / Math.max(1, report.messages().published());
        }

        double microsPerConnection() {
            return cpuNanos / 1e3 / Math.max(1, report.connections().opened());
        }

        double bytesPerDelivery() {
            return allocatedBytes / (double) Math.max(1, report.messages().delivered());
        }

        /**
         * For the cost of handshakes it does not matter whether the driver had time left, as long as the server had none:
         * nothing but the server's own work is counted.
         */
        boolean valid() {
            boolean onlySaturated =
                    report.reasons().size() == 1 && report.drivers().busiest() > 0.8;
            boolean serverIsLimit = report.plan().mode() == Mode.CONNECT && serverShare() > 0.9;
            return report.valid() || (onlySaturated && serverIsLimit);
        }

        double serverShare() {
            return cpuNanos / (double) Math.max(1, wallNanos);
        }
    }

    // Plans.

    private static Plan.Load load(int connections, int groups, double rate, int burst) {
        return new Plan.Load(connections, groups, "bench-", 1, rate, burst, 128);
    }

    private Plan fanOut(Server server, LoadSubprotocol subprotocol, Plan.Load load) {
        return fanOut(server, subprotocol, load, timing(number("--warm-up"), number("--seconds")));
    }

    private static Plan fanOut(Server server, LoadSubprotocol subprotocol, Plan.Load load, Plan.Timing timing) {
        return new Plan(
                Mode.FANOUT,
                server.target(subprotocol, server.tokens(), load.connections() >= 5_000),
                load,
                timing,
                1);
    }

    private Plan hold(Server server, int connections, int seconds) {
        Plan.Load load = load(connections, 0, 0, 1);
        return new Plan(Mode.IDLE, server.target(LoadSubprotocol.RELIABLE, server.tokens(), true), load, timing(1, seconds), 1);
    }

    private Measured handshakes(Server server, Signer.Sign sign, int distinctTokens) {
        Pool tokens = Signer.pool(sign, distinctTokens);
        Measured measured = server.measure(handshakes(server, tokens, number("--handshakes"), 2));
        if (!tokens.eachOnce()) {
            say("           some tokens were used more than once");
        }
        return measured;
    }

    private static Plan handshakes(Server server, Tokens tokens, int rate, int seconds) {
        Plan.Endpoints endpoints = server.target(LoadSubprotocol.JSON, tokens, false);
        return new Plan(Mode.CONNECT, endpoints, load(50, 0, rate, 1), timing(1, seconds), 1);
    }

    private static Plan.Timing timing(int warmUp, int seconds) {
        return new Plan.Timing(
                Duration.ofSeconds(warmUp),
                Duration.ofSeconds(seconds),
                DRAIN,
                Duration.ofSeconds(30),
                100,
                Duration.ofSeconds(1));
    }

    // Servers.

    /** What is measured. */
    private abstract static class Server implements AutoCloseable {

        /** The first one is where publishers connect. */
        abstract List<URI> urls();

        abstract Tokens tokens();

        /** On a processor, of all threads. */
        abstract long cpuNanos();

        long allocatedBytes() {
            return 0;
        }

        /** @param many whether there will be more connections at once than one address has ports */
        final Plan.Endpoints target(LoadSubprotocol subprotocol, Tokens tokens, boolean many) {
            return new Plan.Endpoints(
                    urls(), urls().subList(0, 1), subprotocol, tokens, many ? sources() : List.of(), null);
        }

        /** The share of a processor that it takes with nothing to do. */
        final double idleShare() throws InterruptedException {
            long begun = System.nanoTime();
            long before = cpuNanos();
            Thread.sleep(10_000);
            return (cpuNanos() - before) / (double) (System.nanoTime() - begun);
        }

        /** What a run costs the server, from the first message that counts to the last that arrives. */
        final Measured measure(Plan plan) {
            long[] begun = new long[3];
            long[] used = new long[3];
            try {
                BenchReport report = Bench.run(plan, new RunObserver() {
                    @Override
                    public void measuring() {
                        begun[2] = allocatedBytes();
                        begun[1] = System.nanoTime();
                        begun[0] = cpuNanos();
                    }

                    @Override
                    public void measured() {
                        used[0] = cpuNanos() - begun[0];
                        used[1] = System.nanoTime() - begun[1];
                        used[2] = allocatedBytes() - begun[2];
                    }
                });
                return new Measured(report, used[0], used[1], used[2]);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public abstract void close();
    }

    /** A process that is measured. */
    private abstract static class Single extends Server {

        private final Process process;

        Single(Process process) {
            this.process = process;
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
        }

        abstract URI url();

        @Override
        final List<URI> urls() {
            return List.of(url());
        }

        final long pid() {
            return process.pid();
        }

        /** As the scheduler counts it: proc(5), schedstat. */
        @Override
        final long cpuNanos() {
            try (Stream<Path> threads = Files.list(Path.of("/proc", String.valueOf(pid()), "task"))) {
                return threads.mapToLong(Single::cpuNanos).sum();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static long cpuNanos(Path thread) {
            try {
                return Long.parseLong(
                        Files.readString(thread.resolve("schedstat")).split(" ")[0]);
            } catch (NoSuchFileException e) {
                return 0; // it has just ended
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            process.destroy();
            try {
                process.onExit().get(30, TimeUnit.SECONDS);
            } catch (ExecutionException | InterruptedException | TimeoutException e) {
                process.destroyForcibly().onExit().join();
            }
        }
    }

    /** Several, since one address has too few ports for large figures. */
    private static List<InetAddress> sources() {
        return IntStream.rangeClosed(2, 9)
                .mapToObj(i -> {
                    try {
                        return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) i});
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .toList();
    }

    /** The program in {@code floor.c}. */
    private static final class Floor extends Single {

        private final int port;

        Floor(Process process) throws IOException {
            super(process);
            this.port = Integer.parseInt(process.inputReader().readLine());
        }

        @Override
        URI url() {
            return URI.create("ws://127.0.0.1:" + port + "/");
        }

        @Override
        Tokens tokens() {
            return Tokens.same("");
        }
    }

    private Floor floor() throws Exception {
        Path source = Path.of("src", "bench", "floor.c");
        Path program = directory.resolve("floor");
        command("cc", "-O2", "-Wall", "-Wextra", "-o", program.toString(), source.toString());
        return new Floor(pinned(program.toString(), Bench.expectedAccept()).start());
    }

    private record Memory(long rss, long heap) {}

    /** The broker, as it is delivered. */
    private static final class Broker extends Single {

        private static final Pattern CLIENTS = Pattern.compile(" *clients +ws://[^/]*:(\\d+)/.*");
        private static final Pattern PROMETHEUS = Pattern.compile(" *Prometheus +(http:.*)");
        private static final Pattern RSS = Pattern.compile("VmRSS:\\s+(\\d+) kB");
        private static final Pattern HEAP = Pattern.compile("used (\\d+)K");
        private static final List<String> OURS = List.of("RMI ", "JMX ", "Attach ");

        private final Path jcmd;
        private int port;
        private String metrics = "";
        private MBeanServerConnection management;

        Broker(Process process, Path jcmd) throws IOException {
            super(process);
            this.jcmd = jcmd;
            readPorts(process);
        }

        private void readPorts(Process process) throws IOException {
            BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
            while (metrics.isEmpty()) {
                String line = output.readLine();
                if (line == null) {
                    throw new IOException("the broker did not start");
                }
                Matcher clients = CLIENTS.matcher(line);
                port = clients.matches() ? Integer.parseInt(clients.group(1)) : port;
                Matcher prometheus = PROMETHEUS.matcher(line);
                metrics = prometheus.matches() ? prometheus.group(1) : "";
            }
        }

        /** The value of a series without labels. */
        double metric(String series) {
            try (InputStream page = URI.create(metrics).toURL().openStream()) {
                return new String(page.readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> line.startsWith(series + " "))
                        .mapToDouble(line -> Double.parseDouble(line.substring(series.length())))
                        .sum();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        URI url() {
            return URI.create("ws://127.0.0.1:" + port + "/client/hubs/" + HUB);
        }

        @Override
        Tokens tokens() {
            Signer signer = Signer.ofAccessKey();
            Map<String, String> signed = new HashMap<>();
            return new Tokens() {
                @Override
                public String member(int connection, String group) {
                    return signed.computeIfAbsent(group, name -> signer.hs256("member", name));
                }

                @Override
                public String publisher() {
                    return signer.hs256("publisher", "");
                }
            };
        }

        /** Collects, and waits until the JVM has given back what it does not need any more. */
        void collectGarbage() {
            command(jcmd.toString(), String.valueOf(pid()), "GC.run");
            long rss = Long.MAX_VALUE;
            for (long now = memory().rss; now < rss; now = memory().rss) {
                rss = now;
                command("sleep", "2");
            }
        }

        Memory memory() {
            try {
                String status = Files.readString(Path.of("/proc", String.valueOf(pid()), "status"));
                String heap = command(jcmd.toString(), String.valueOf(pid()), "GC.heap_info");
                return new Memory(first(RSS, status), first(HEAP, heap));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static long first(Pattern pattern, String text) {
            Matcher matcher = pattern.matcher(text);
            if (!matcher.find()) {
                throw new IllegalStateException(pattern + " is not in " + text);
            }
            return Long.parseLong(matcher.group(1));
        }

        /** Has the Java of the broker count, thread by thread. */
        void countAllocation() throws Exception {
            com.sun.tools.attach.VirtualMachine machine =
                    com.sun.tools.attach.VirtualMachine.attach(String.valueOf(pid()));
            JMXServiceURL url = new JMXServiceURL(machine.startLocalManagementAgent());
            machine.detach();
            JMXConnector connector = JMXConnectorFactory.connect(url);
            management = connector.getMBeanServerConnection();
        }

        @Override
        long allocatedBytes() {
            if (management == null) {
                return 0;
            }
            try {
                com.sun.management.ThreadMXBean threads = ManagementFactory.newPlatformMXBeanProxy(
                        management, ManagementFactory.THREAD_MXBEAN_NAME, com.sun.management.ThreadMXBean.class);
                long[] ids = Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                        .filter(thread -> thread != null && OURS.stream().noneMatch(thread.getThreadName()::startsWith))
                        .mapToLong(thread -> thread.getThreadId())
                        .toArray();
                return Arrays.stream(threads.getThreadAllocatedBytes(ids))
                        .filter(bytes -> bytes > 0)
                        .sum();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Nodes on this machine that know of each other. */
    private static final class Cluster extends Server {

        private static final Pattern RECEIVED = Pattern.compile("bytes_received:(\\d+)");

        private final List<Broker> nodes;
        private final List<Integer> busPorts;

        Cluster(List<Broker> nodes, List<Integer> busPorts) {
            this.nodes = nodes;
            this.busPorts = busPorts;
        }

        @Override
        List<URI> urls() {
            return nodes.stream().map(Broker::url).toList();
        }

        @Override
        Tokens tokens() {
            return nodes.get(0).tokens();
        }

        @Override
        long cpuNanos() {
            return nodes.stream().mapToLong(Server::cpuNanos).sum();
        }

        /** The sum over all nodes. */
        double metric(String series) {
            return nodes.stream().mapToDouble(node -> node.metric(series)).sum();
        }

        /** KiB after a collection. */
        long heap() {
            nodes.forEach(Broker::collectGarbage);
            return nodes.stream().mapToLong(node -> node.memory().heap).sum();
        }

        /** What the nodes have received over the bus: the kernel counts it for each connection that is open, ss(8). */
        long busBytes() {
            long bytes = 0;
            for (int port : busPorts) {
                Matcher each = RECEIVED.matcher(command("ss", "-tinHO", "state", "established", "sport = :" + port));
                while (each.find()) {
                    bytes += Long.parseLong(each.group(1));
                }
            }
            return bytes;
        }

        long busBytes(int seconds) throws InterruptedException {
            long before = busBytes();
            Thread.sleep(1_000L * seconds);
            return busBytes() - before;
        }

        void awaitEachOther() throws InterruptedException {
            while (nodes.stream()
                    .anyMatch(node -> node.metric("fanfare_cluster_members") != nodes.size()
                            || node.metric("fanfare_cluster_silent_members") != 0)) {
                Thread.sleep(100);
            }
        }

        @Override
        public void close() {
            nodes.forEach(Broker::close);
        }
    }

    private Cluster cluster(int size, Map<String, String> settings) throws Exception {
        List<Integer> ports = freePorts(2 * size);
        String members = ports.subList(0, size).stream()
                .map(port -> "127.0.0.1:" + port)
                .collect(Collectors.joining(","));
        List<Broker> nodes = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            Map<String, String> own = new HashMap<>(settings);
            own.putAll(Map.of(
                    "FANFARE_CLUSTER_ENABLED", "true",
                    "FANFARE_CLUSTER_HOST", "127.0.0.1",
                    "FANFARE_CLUSTER_PORT", String.valueOf(ports.get(i)),
                    "FANFARE_CLUSTER_BUS_PORT", String.valueOf(ports.get(size + i)),
                    "FANFARE_CLUSTER_MEMBERS", members));
            nodes.add(broker(own));
        }
        Cluster cluster = new Cluster(nodes, ports.subList(size, 2 * size));
        cluster.awaitEachOther();
        return cluster;
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        }
        List<Integer> ports = sockets.stream().map(ServerSocket::getLocalPort).toList();
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return ports;
    }

    private Broker broker(Map<String, String> settings) throws Exception {
        Path java = Path.of(options.get("--java"));
        Path options = Path.of("conf", "jvm.options");
        List<String> command = new ArrayList<>(List.of(java.toString(), "@" + options));
        String archive = this.options.get("--archive");
        if (!archive.isEmpty()) {
            command.add((archive.endsWith(".aot") ? "-XX:AOTCache=" : "-XX:SharedArchiveFile=") + archive);
        }
        command.addAll(List.of("-jar", this.options.get("--jar")));
        ProcessBuilder builder = pinned(command.toArray(String[]::new));
        builder.environment().keySet().removeIf(name -> name.startsWith("FANFARE_"));
        builder.environment()
                .putAll(Map.of(
                        "FANFARE_SERVER_HOST", "127.0.0.1",
                        "FANFARE_SERVER_PORT", "0",
                        "FANFARE_MANAGEMENT_PORT", "0",
                        "FANFARE_AUTH_ACCESS_KEYS", Signer.ACCESS_KEY));
        builder.environment().putAll(settings);
        builder.redirectError(
                ProcessBuilder.Redirect.to(Files.createTempFile(directory, "broker", ".log").toFile()));
        Path jcmd = java.resolveSibling("jcmd");
        return new Broker(
                builder.start(), Files.exists(jcmd) ? jcmd : Path.of(System.getProperty("java.home"), "bin", "jcmd"));
    }

    private ProcessBuilder pinned(String... command) {
        List<String> all = new ArrayList<>(List.of("taskset", "-c", options.get("--server-cpu")));
        all.addAll(List.of(command));
        return new ProcessBuilder(all).redirectError(ProcessBuilder.Redirect.INHERIT);
    }

    private void onDriverCpu() {
        command(
                "taskset",
                "-a",
                "-p",
                "-c",
                options.get("--driver-cpu"),
                String.valueOf(ProcessHandle.current().pid()));
    }

    // Tokens.

    /** Signs tokens: as a server with an access key, and as an identity provider. */
    private static final class Signer {

        static final String ACCESS_KEY = "an-access-key-that-only-this-run-knows-0123456789";
        private static final String ISSUER = "https://issuer.example.com/";
        private static final String AUDIENCE = "fanfare";
        private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
        private static final List<String> ROLES = List.of("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup");

        private final KeyPair keys;

        Signer() throws GeneralSecurityException {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            keys = generator.generateKeyPair();
        }

        private Signer(KeyPair none) {
            keys = none;
        }

        static Signer ofAccessKey() {
            return new Signer(null);
        }

        private interface Sign {
            String token(String user, String group);
        }

        /** Tokens made beforehand, each once, or over and over where there are not enough. */
        static Pool pool(Sign sign, int count) {
            return new Pool(IntStream.range(0, count)
                    .mapToObj(i -> sign.token("user-" + System.nanoTime() + "-" + i, ""))
                    .toList());
        }

        /** What makes the broker believe the identity provider. */
        String config() {
            String pem = Base64.getMimeEncoder(64, new byte[] {'\n'})
                    .encodeToString(keys.getPublic().getEncoded());
            String indented = ("-----BEGIN PUBLIC KEY-----\n" + pem + "\n-----END PUBLIC KEY-----")
                    .lines()
                    .map(line -> "            " + line)
                    .collect(Collectors.joining("\n"));
            return """
                    auth:
                      issuers:
                        - issuer: %s
                          audience: [%s]
                          keys:
                            - id: one
                              algorithm: RS256
                              pem: |
                    %s
                    """.formatted(ISSUER, AUDIENCE, indented);
        }

        String hs256(String user, String group) {
            String claims = "\"aud\":\"http://localhost/client/hubs/" + HUB + "\",\"role\":" + json(ROLES)
                    + (group.isEmpty() ? "" : ",\"webpubsub.group\":" + json(List.of(group)));
            String signed = unsigned("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", claims, user);
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(ACCESS_KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
                return signed + "." + BASE64.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        String rs256(String user, String group) {
            String claims = "\"iss\":\"" + ISSUER + "\",\"aud\":\"" + AUDIENCE + "\",\"roles\":" + json(ROLES);
            String signed = unsigned("{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"one\"}", claims, user);
            try {
                Signature signature = Signature.getInstance("SHA256withRSA");
                signature.initSign(keys.getPrivate());
                signature.update(signed.getBytes(StandardCharsets.US_ASCII));
                return signed + "." + BASE64.encodeToString(signature.sign());
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        private static String unsigned(String header, String claims, String user) {
            long end = Instant.now().plus(Duration.ofHours(6)).getEpochSecond();
            String body = "{" + claims + ",\"sub\":\"" + user + "\",\"exp\":" + end + "}";
            return base64(header) + "." + base64(body);
        }

        private static String json(List<String> texts) {
            return texts.stream().map(text -> '"' + text + '"').collect(Collectors.joining(",", "[", "]"));
        }

        private static String base64(String text) {
            return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Tokens for handshakes. */
    private static final class Pool implements Tokens {

        private final List<String> tokens;
        private int taken;

        Pool(List<String> tokens) {
            this.tokens = tokens;
        }

        @Override
        public String member(int connection, String group) {
            return tokens.get(taken++ % tokens.size());
        }

        @Override
        public String publisher() {
            throw new IllegalStateException("nobody publishes");
        }

        boolean eachOnce() {
            return taken <= tokens.size();
        }
    }

    // The machine, and words.

    private String machine() throws IOException {
        String model = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .orElse(System.getProperty("os.arch"));
        String java = command(options.get("--java"), "-version")
                .lines()
                .skip(1)
                .findFirst()
                .orElse("?");
        return """
                machine     %s, %d processors, Linux %s
                broker on   %s, @conf/jvm.options
                driver on   %s
                processors  %s for broker and floor, %s for the driver
                rounds      %s of %s s, after %s s of warm-up, and one more that does not count
                """.formatted(
                        model,
                        Runtime.getRuntime().availableProcessors(),
                        System.getProperty("os.version"),
                        java,
                        System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"),
                        options.get("--server-cpu"),
                        options.get("--driver-cpu"),
                        options.get("--rounds"),
                        options.get("--seconds"),
                        options.get("--warm-up"));
    }

    private static String command(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<LoadSubprotocol> subprotocols() {
        return Arrays.stream(options.get("--subprotocols").split(","))
                .map(name -> LoadSubprotocol.valueOf(name.toUpperCase(Locale.ROOT)))
                .toList();
    }

    private int number(String option) {
        return Integer.parseInt(options.get(option));
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static void title(String name, String text) {
        say("");
        say("== %s: %s", name, text);
        say("");
    }

    private static void say(String format, Object... arguments) {
        System.out.println(arguments.length == 0 ? format : String.format(Locale.ROOT, format, arguments));
    }
}
