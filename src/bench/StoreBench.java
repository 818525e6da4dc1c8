import dev.fanfare.store.LogLimits;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.file.FileJournal;
import dev.fanfare.store.local.LocalStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * The figures of an engine of the store: how long writes take, and what a million entries and 100,000 logs take.
 *
 * <pre>
 * mvn -q -DskipTests package
 * java -Xmx2g -cp target/fanfare.jar src/bench/StoreBench.java memory
 * java -Xmx2g -cp target/fanfare.jar src/bench/StoreBench.java file FOLDER
 * </pre>
 *
 * <p>FOLDER is on the disk to measure. {@code src/docs/performance.md} says what each figure means.
 */
public final class StoreBench {

    private static final long MAX_BYTES = 1L << 30;
    private static final LogLimits LIMITS = new LogLimits(1000, 1 << 20, Duration.ofDays(1));
    private static final int MANY = 1_000_000;
    private static final int VALUE = 30;
    private static final int MESSAGE = 100;

    private final Vertx vertx = Vertx.vertx();
    private final Engine engine;

    /** Opens an engine that is empty, or what the last one with this name has left. */
    private interface Engine {
        Store open(String name);
    }

    private interface Operation {
        Future<?> call(Store store, int number);
    }

    private record Run(Histogram nanos, long totalNanos) {

        double perSecond() {
            return nanos.getTotalCount() / (totalNanos / 1e9);
        }
    }

    private StoreBench(Path folder) {
        engine = name -> local(folder == null ? null : folder.resolve(name));
    }

    public static void main(String[] args) throws IOException {
        boolean files = args[0].equals("file");
        Path folder = files ? Files.createTempDirectory(Path.of(args[1]), "store-bench") : null;
        StoreBench bench = new StoreBench(folder);
        System.out.printf(
                "%s, %d processors, %s %s, Java %s, heap %d MB%n",
                args[0],
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                Runtime.version(),
                Runtime.getRuntime().maxMemory() >> 20);
        try {
            bench.latencies(files ? 40_000 : 400_000);
            bench.size("a million entries", folder, StoreBench::putNext);
            bench.size("100,000 logs of ten", folder, StoreBench::appendNext);
        } finally {
            bench.vertx.close().await();
            if (folder != null) {
                delete(folder);
            }
        }
    }

    private Store local(Path folder) {
        LocalStore store = new LocalStore(
                MAX_BYTES,
                folder == null ? null : new FileJournal(folder),
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

    private void latencies(int count) {
        Store store = engine.open("latencies");
        Operation put = (s, i) -> s.put("key/" + i % 10_000, new byte[VALUE], VersionCondition.ANY);
        Operation append = (s, i) -> s.append("log/" + i % 1000, new byte[MESSAGE], LIMITS);
        run(store, count, 64, put);
        run(store, count, 64, append);
        for (int inFlight : List.of(1, 64, 1024)) {
            int operations = inFlight == 1 ? count / 10 : count;
            print("put", inFlight, run(store, operations, inFlight, put));
            print("append", inFlight, run(store, operations, inFlight, append));
        }
        store.close().await();
    }

    private static void print(String operation, int inFlight, Run run) {
        System.out.printf(
                Locale.ROOT,
                "%-6s %4d in flight: p50 %8.3f ms  p99 %8.3f ms  %9.0f a second%n",
                operation,
                inFlight,
                run.nanos.getValueAtPercentile(50) / 1e6,
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
        Store store = engine.open(name);
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
            Store again = engine.open(name);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %d MB on the disk, read at a start in %.1f s%n",
                    name,
                    bytes >> 20,
                    (System.nanoTime() - begun) / 1e9);
            again.close().await();
        }
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
