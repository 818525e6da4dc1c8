package dev.fanfare.store.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.fanfare.cluster.Cluster;
import dev.fanfare.cluster.ClusterOptions;
import dev.fanfare.cluster.ClusterTls;
import dev.fanfare.cluster.Refusals;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.store.LogLimits;
import dev.fanfare.store.LogRecord;
import dev.fanfare.store.ReplicationFigures;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.StoreObserver;
import dev.fanfare.store.StoreUnavailableException;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.VersionMismatchException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A process that is a member of a cluster with the replicated store. It prints what it calls and what is answered, and how the
 * store is replicated; it ends when its input ends.
 */
final class StoreMember {

    private static final LogLimits LIMITS = new LogLimits(100_000, 100_000_000, Duration.ofDays(1));
    private static final int CLIENTS = 4;
    private static final int OBJECTS = 8;
    private static final long PAUSE_MILLIS = 12;
    private static final long SLICE_NANOS = 1_000_000_000;
    private static final int READ_BYTES = 1_000_000;

    private final PrintStream out = System.out;
    private final String node;
    private final Vertx vertx;
    private final ReplicatedStore store;
    private final AtomicLong calls = new AtomicLong();

    /** The version of each key that was seen last. */
    private final Map<String, Long> versions = new ConcurrentHashMap<>();

    private volatile boolean loading;

    private StoreMember(String node, Vertx vertx, ReplicatedStore store) {
        this.node = node;
        this.vertx = vertx;
        this.store = store;
    }

    /** @param args the name of the node, its host, two ports, and the members; for a store in files its folder */
    public static void main(String[] args) throws IOException {
        ClusterOptions options = ClusterOptions.at(args[1], ClusterTls.derived(List.of("the-key-of-a-test-cluster")))
                .withPorts(Integer.parseInt(args[2]), Integer.parseInt(args[3]))
                .withMembers(args[4].split(","));
        Cluster.open(
                        Vertx.builder(),
                        new VertxOptions().setEventLoopPoolSize(2),
                        options,
                        args[0],
                        InstantSource.system(),
                        new Refusals(reason -> {}),
                        bus -> {})
                .compose(cluster -> opened(args[0], args.length > 5 ? Path.of(args[5]) : null, cluster))
                .onFailure(failure -> {
                    System.out.println(failure);
                    Runtime.getRuntime().halt(1);
                })
                .onSuccess(member -> new Thread(member::obey, "input").start());
    }

    private static Future<StoreMember> opened(String node, @Nullable Path folder, Cluster cluster) {
        ReplicaFiles files = folder == null
                ? null
                : new ReplicaFiles(folder, Set.of(), System::nanoTime, InstantSource.system(), StoreObserver.NONE);
        ReplicatedStore store = new ReplicatedStore(
                node,
                64L * 1024 * 1024,
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
        StoreMember member = new StoreMember(node, cluster.vertx(), store);
        return cluster.vertx()
                .deployVerticle(store)
                .compose(deployed -> cluster.join())
                .map(joined -> member);
    }

    private void obey() {
        vertx.setPeriodic(50, tick -> report());
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                obey(line.split(" "));
            }
        } catch (IOException e) {
            System.out.println(e);
        }
        Runtime.getRuntime().halt(0);
    }

    private void obey(String[] words) {
        switch (words[0]) {
            case "load" -> {
                loading = true;
                for (int i = 0; i < CLIENTS; i++) {
                    act();
                }
            }
            case "rest" -> loading = false;
            case "read" -> readAll(List.of(words[1].split(",")));
            case "leave" ->
                store.leave(10_000)
                        .compose(left -> store.close())
                        .compose(closed -> vertx.close())
                        .onComplete(ended -> {
                            out.println("left");
                            Runtime.getRuntime().halt(0);
                        });
            default -> out.println("unknown: " + words[0]);
        }
    }

    private void report() {
        ReplicationFigures figures = store.replication();
        out.println("figures " + figures.members() + ' ' + figures.unavailable() + ' ' + figures.singleCopies() + ' '
                + figures.learners() + ' ' + store.traffic().lostPartitions());
    }

    /** All at once, each until it succeeds. */
    private void readAll(List<String> objects) {
        List<Future<?>> reads = new ArrayList<>();
        objects.forEach(object -> reads.add(readAgain(object)));
        Future.all(reads).onComplete(all -> out.println("read"));
    }

    private Future<?> readAgain(String object) {
        return call(object.startsWith("l") ? "log " + object : "get " + object)
                .recover(failure -> readAgain(object).mapEmpty());
    }

    /** Calls some operation, and so on. Objects change each second, so that their histories stay short. */
    private void act() {
        if (!loading) {
            return;
        }
        Random random = ThreadLocalRandom.current();
        String object = System.nanoTime() / SLICE_NANOS + "-" + random.nextInt(OBJECTS);
        String key = "k" + object;
        String value = node + "." + calls.get();
        String input = switch (random.nextInt(8)) {
            case 0 -> "get " + key;
            case 1 -> "log l" + object;
            case 2 -> "put " + key + " " + value + " -1 0";
            case 3, 4, 5 -> "put " + key + " " + value + " " + versions.getOrDefault(key, 0L) + " 0";
            default -> "append l" + object + " " + value;
        };
        call(input).onComplete(done -> vertx.setTimer(PAUSE_MILLIS, timer -> act()));
    }

    private Future<String> call(String input) {
        long id = calls.incrementAndGet();
        out.println("call " + id + ' ' + System.nanoTime() + ' ' + input);
        return execute(store, input.split(" "))
                .onSuccess(result -> out.println("done " + id + ' ' + System.nanoTime() + ' ' + result))
                .onFailure(failure -> {
                    boolean refused = failure instanceof StoreUnavailableException;
                    out.println((refused ? "refused " : "unknown ") + id + ' ' + System.nanoTime());
                });
    }

    private Future<String> execute(Store on, String[] words) {
        String object = words[1];
        return switch (words[0]) {
            case "get" -> on.get(object).map(entry -> entry == null ? "absent" : value(object, entry));
            case "put" -> {
                VersionCondition condition = new VersionCondition(Long.parseLong(words[3]));
                yield on.put(object, words[2].getBytes(UTF_8), condition)
                        .map(version -> {
                            versions.put(object, version);
                            return "stored " + version;
                        })
                        .recover(failure -> {
                            if (failure instanceof VersionMismatchException mismatch) {
                                versions.put(object, mismatch.current());
                                return Future.succeededFuture("mismatch " + mismatch.current());
                            }
                            return Future.failedFuture(failure);
                        });
            }
            case "append" ->
                on.append(object, words[2].getBytes(UTF_8), LIMITS)
                        .map(position -> "appended " + position.epoch() + ' ' + position.number());
            default ->
                on.read(object, 1, READ_BYTES, READ_BYTES)
                        .map(records -> "log " + records.epoch() + ' '
                                + records.records().stream()
                                        .map(StoreMember::text)
                                        .collect(Collectors.joining(",")));
        };
    }

    private String value(String key, StoreEntry entry) {
        versions.put(key, entry.version());
        return "value " + new String(entry.value(), UTF_8) + ' ' + entry.version();
    }

    private static String text(LogRecord record) {
        return new String(record.bytes(), UTF_8);
    }
}
