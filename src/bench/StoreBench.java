import dev.fanfare.cluster.Cluster;
import dev.fanfare.cluster.ClusterOptions;
import dev.fanfare.cluster.ClusterTls;
import dev.fanfare.cluster.Refusals;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.store.LogLimits;
import dev.fanfare.store.ReplicationFigures;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.cluster.ReplicaFiles;
import dev.fanfare.store.cluster.ReplicatedStore;
import dev.fanfare.store.file.FileJournal;
import dev.fanfare.store.local.LocalStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * The figures of an engine of the store: how long writes take, and what a million entries and 100,000 logs take.
 *
 * <pre>
 * mvn -q -DskipTests package
 * java -Xmx2g -cp target/fanfare.jar src/bench/StoreBench.java memory
 * java -Xmx2g -cp target/fanfare.jar src/bench/StoreBench.java file FOLDER
 * java -Xmx2g -cp target/fanfare.jar src/bench/StoreBench.java replicated [FOLDER]
 * </pre>
 *
 * <p>FOLDER is on the disk to measure. {@code replicated} starts two more processes; run it from the folder of the
 * repository. {@code src/docs/performance.md} says what each figure means.
 */
public final class StoreBench {

    private static final long MAX_BYTES = 1L << 30;
    private static final LogLimits LIMITS = new LogLimits(1000, 1 << 20, Duration.ofDays(1));
    private static final int MANY = 1_000_000;
    private static final int VALUE = 30;
    private static final int MESSAGE = 100;

    private static final int NODES = 3;

    private final Vertx vertx;

    private interface Operation {
        Future<?> call(Store store, int number);
    }

    private record Run(Histogram nanos, long totalNanos) {

        double perSecond() {
            return nanos.getTotalCount() / (totalNanos / 1e9);
        }
    }

    private StoreBench(Vertx vertx) {
        this.vertx = vertx;
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("member")) {
            member(args);
            return;
        }
        System.out.printf(
                "%s, %d processors, %s %s, Java %s, heap %d MB%n",
                args[0],
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                Runtime.version(),
                Runtime.getRuntime().maxMemory() >> 20);
        switch (args[0]) {
            case "memory" -> single(null);
            case "file" -> single(folder(args));
            default -> replicated(args.length > 1 ? folder(args) : null);
        }
        System.exit(0);
    }

    private static Path folder(String[] args) throws IOException {
        return Files.createTempDirectory(Path.of(args[1]), "store-bench");
    }

    private static void single(Path folder) throws IOException {
        Vertx vertx = Vertx.vertx();
        StoreBench bench = new StoreBench(vertx);
        try {
            Store store = bench.open(folder, "latencies");
            bench.latencies(store, folder == null ? 400_000 : 40_000);
            store.close().await();
            bench.size("a million entries", folder, StoreBench::putNext);
            bench.size("100,000 logs of ten", folder, StoreBench::appendNext);
        } finally {
            vertx.close().await();
            if (folder != null) {
                delete(folder);
            }
        }
    }

    /** One node in this process, and others in processes of their own, of which one is killed. */
    private static void replicated(Path folder) throws Exception {
        List<String> ports = new ArrayList<>();
        while (ports.size() < 2 * NODES) {
            try (ServerSocket socket = new ServerSocket(0)) {
                ports.add(String.valueOf(socket.getLocalPort()));
            }
        }
        Member own = new Member(0, ports, folder);
        List<Other> others = new ArrayList<>();
        try {
            for (int i = 1; i < NODES; i++) {
                others.add(new Other(i, ports, folder));
            }
            awaitCopies(own, others);
            StoreBench bench = new StoreBench(own.vertx);
            bench.latencies(own.store, 50_000);
            bench.fill(own.store, "a million entries", StoreBench::putNext);
            bench.fill(own.store, "100,000 logs of ten", StoreBench::appendNext);
            others.remove(0).process.destroyForcibly();
            System.out.printf(Locale.ROOT, "a node is killed: all copied again after %.1f s%n", awaitCopies(own, others));
            others.add(new Other(1, ports, folder));
            System.out.printf(Locale.ROOT, "it is started again: spread after %.1f s%n", awaitCopies(own, others));
        } finally {
            others.forEach(other -> other.process.destroyForcibly());
            if (folder != null) {
                own.store.close().await();
                delete(folder);
            }
        }
    }

    /** Waits until there are so many nodes and each entry is on two of them. Returns the seconds. */
    private static double awaitCopies(Member own, List<Other> others) throws InterruptedException {
        long begun = System.nanoTime();
        String expected = 1 + others.size() + " true";
        while (!own.status().equals(expected)
                || !others.stream().allMatch(other -> other.status.equals(expected))) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
        return (System.nanoTime() - begun) / 1e9;
    }

    /** A node of the replicated engine. */
    private static final class Member {

        private final Vertx vertx;
        private final ReplicatedStore store;

        /** @param folder null to keep everything in memory only */
        Member(int number, List<String> ports, Path folder) {
            String node = "n" + number;
            String[] members = IntStream.range(0, NODES)
                    .mapToObj(i -> "127.0.0.1:" + ports.get(2 * i))
                    .toArray(String[]::new);
            ClusterOptions options = ClusterOptions.at("127.0.0.1", ClusterTls.derived(List.of("a key of the benchmark")))
                    .withName("store-bench")
                    .withPorts(Integer.parseInt(ports.get(2 * number)), Integer.parseInt(ports.get(2 * number + 1)))
                    .withMembers(members);
            Cluster cluster = Cluster.open(
                            Vertx.builder(),
                            new VertxOptions(),
                            options,
                            node,
                            InstantSource.system(),
                            new Refusals(reason -> {}),
                            bus -> {})
                    .await();
            vertx = cluster.vertx();
            ReplicaFiles files = folder == null
                    ? null
                    : new ReplicaFiles(
                            folder.resolve(node),
                            Set.of(),
                            System::nanoTime,
                            InstantSource.system(),
                            StoreObserver.NONE);
            store = new ReplicatedStore(
                    node,
                    MAX_BYTES,
                    files,
                    other -> WireVersions.OURS.current(),
                    System::nanoTime,
                    StoreObserver.NONE);
            cluster.watchViews(view -> store.view(view.nodeIds()));
            cluster.watch(new Cluster.Watcher() {
                @Override
                public void changed() {}

                @Override
                public void crashed(String nodeId) {
                    store.crashed(nodeId);
                }
            });
            vertx.deployVerticle(store).await();
            cluster.join().await();
        }

        /** How many nodes there are, and whether no copy is missing or being made. */
        String status() {
            ReplicationFigures figures = store.replication();
            return figures.members() + " "
                    + (figures.unavailable() == 0 && figures.singleCopies() == 0 && figures.learners() == 0);
        }
    }

    /** A member in a process of its own, which prints its status. */
    private static void member(String[] args) throws InterruptedException {
        Member member = new Member(
                Integer.parseInt(args[1]), List.of(args[2].split(",")), args.length > 3 ? Path.of(args[3]) : null);
        while (!System.out.checkError()) {
            System.out.println(member.status());
            TimeUnit.MILLISECONDS.sleep(50);
        }
        System.exit(0);
    }

    private static final class Other {

        private final Process process;
        private volatile String status = "";

        Other(int number, List<String> ports, Path folder) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                            "-Xmx" + Runtime.getRuntime().maxMemory(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            "src/bench/StoreBench.java",
                            "member",
                            String.valueOf(number),
                            String.join(",", ports)));
            if (folder != null) {
                command.add(folder.toString());
            }
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            new Thread(this::read, "member-" + number).start();
        }

        private void read() {
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                lines.lines().forEach(line -> status = line);
            } catch (IOException | UncheckedIOException e) {
                status = "ended";
            }
        }
    }

    /** In memory, or in files, where it has what the last one with this name has left. */
    private Store open(Path folder, String name) {
        LocalStore store = new LocalStore(
                MAX_BYTES,
                folder == null ? null : new FileJournal(folder.resolve(name)),
                System::nanoTime,
                InstantSource.system(),
                StoreObserver.NONE);
        vertx.deployVerticle(store).await();
        return store;
    }

    /** Keys of 20 bytes. */
    private static Future<?> putNext(Store store, int number) {
        return store.put(String.format("consumer/%011d", number), new byte[VALUE], VersionCondition.ANY);
    }

    private static Future<?> appendNext(Store store, int number) {
        return store.append(String.format("history/%012d", number / 10), new byte[MESSAGE], LIMITS);
    }

    private void latencies(Store store, int count) {
        Operation put = (s, i) -> s.put("key/" + i % 10_000, new byte[VALUE], VersionCondition.ANY);
        Operation append = (s, i) -> s.append("log/" + i % 1000, new byte[MESSAGE], LIMITS);
        run(store, count, 64, put);
        run(store, count, 64, append);
        for (int inFlight : List.of(1, 64, 1024)) {
            int operations = inFlight == 1 ? count / 10 : count;
            print("put", inFlight, run(store, operations, inFlight, put));
            print("append", inFlight, run(store, operations, inFlight, append));
        }
    }

    private static void print(String operation, int inFlight, Run run) {
        System.out.printf(
                Locale.ROOT,
                "%-6s %4d in flight: p50 %8.3f ms  p90 %8.3f ms  p99 %8.3f ms  %9.0f a second%n",
                operation,
                inFlight,
                run.nanos.getValueAtPercentile(50) / 1e6,
                run.nanos.getValueAtPercentile(90) / 1e6,
                run.nanos.getValueAtPercentile(99) / 1e6,
                run.perSecond());
    }

    /** So many operations at a time, each followed by another one. */
    private Run run(Store store, int count, int inFlight, Operation operation) {
        Histogram nanos = new Histogram(60_000_000_000L, 3);
        List<Future<Void>> lanes = new ArrayList<>();
        long begun = System.nanoTime();
        for (int lane = 0; lane < inFlight; lane++) {
            int first = lane;
            Promise<Void> done = Promise.promise();
            lanes.add(done.future());
            vertx.runOnContext(turn -> next(store, first, count, inFlight, operation, nanos, done));
        }
        Future.all(lanes).await();
        return new Run(nanos, System.nanoTime() - begun);
    }

    private void next(
            Store store, int number, int count, int step, Operation operation, Histogram nanos, Promise<Void> done) {
        if (number >= count) {
            done.complete();
            return;
        }
        long begun = System.nanoTime();
        operation.call(store, number).onComplete((result, failure) -> {
            if (failure != null) {
                done.tryFail(failure);
                return;
            }
            synchronized (nanos) {
                nanos.recordValue(System.nanoTime() - begun);
            }
            next(store, number + step, count, step, operation, nanos, done);
        });
    }

    private void size(String name, Path folder, Operation operation) {
        long before = usedHeap();
        Store store = open(folder, name);
        Run run = run(store, MANY, 1024, operation);
        long heap = usedHeap() - before;
        pause(); // figures are some moments old
        System.out.printf(
                Locale.ROOT,
                "%s: written in %.1f s, %d MB of heap, %d MB counted%n",
                name,
                run.totalNanos / 1e9,
                heap >> 20,
                store.figures().bytes() >> 20);
        store.close().await();
        if (folder != null) {
            long bytes = bytes(folder.resolve(name));
            long begun = System.nanoTime();
            Store again = open(folder, name);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %d MB on the disk, read at a start in %.1f s%n",
                    name,
                    bytes >> 20,
                    (System.nanoTime() - begun) / 1e9);
            again.close().await();
        }
    }

    private void fill(Store store, String name, Operation operation) {
        Run run = run(store, MANY, 1024, operation);
        System.out.printf(Locale.ROOT, "%s: written in %.1f s%n", name, run.totalNanos / 1e9);
    }

    private void pause() {
        Promise<Void> over = Promise.promise();
        vertx.setTimer(1000, timer -> over.complete());
        over.future().await();
    }

    private static long usedHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static long bytes(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
