package dev.fanfare.store.local;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.fanfare.store.LogLimits;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreUnavailableException;
import dev.fanfare.store.VersionCondition;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A process with a store in files, which prints a line for everything that is acknowledged. */
final class StoreProcess {

    private static final LogLimits LIMITS = new LogLimits(1_000_000, 100_000_000, Duration.ofDays(1));
    private static final int IN_FLIGHT = 64;

    private final Vertx vertx = Vertx.vertx();
    private final PrintStream out = System.out;
    private final Path folder;
    private final String name;

    private StoreProcess(Path folder, String name) {
        this.folder = folder;
        this.name = name;
    }

    public static void main(String[] args) {
        StoreProcess process = new StoreProcess(Path.of(args[0]), args[2]);
        try {
            if (args[1].equals("load")) {
                process.load();
            } else {
                process.fill();
            }
        } catch (Exception e) {
            System.out.println(e.getMessage());
            System.exit(1);
        }
    }

    private void load() {
        Store store = FileStoreIT.opened(vertx, folder);
        for (int i = 0; i < IN_FLIGHT; i++) {
            next(store, i);
        }
    }

    private void next(Store store, int number) {
        Future<String> done = number % 2 == 0
                ? store.put(name + "-" + number % 5000, new byte[100], VersionCondition.ANY)
                        .map(version -> "put " + name + "-" + number % 5000 + " " + version + ".")
                : store.append("log", (name + "-" + number).getBytes(UTF_8), LIMITS)
                        .map(position -> "append " + name + "-" + number + " " + position.number() + " "
                                + position.epoch() + ".");
        done.onSuccess(line -> {
            out.println(line);
            next(store, number + IN_FLIGHT);
        });
    }

    /** Fills the disk, reads, makes room, writes again, and starts again. */
    private void fill() throws IOException {
        Path ballast = Files.write(folder.resolveSibling("ballast"), new byte[1024 * 1024]);
        Store store = FileStoreIT.opened(vertx, folder);
        int written = 0;
        while (write(store, written)) {
            written++;
        }
        out.println("full");
        if (isThere(store, written - 1) && !isThere(store, written) && !write(store, written)) {
            out.println("read while full");
        }
        Files.delete(ballast);
        if (write(store, written)) {
            out.println("written again");
        }
        FileStoreIT.await(store.close());
        Store again = FileStoreIT.opened(vertx, folder);
        boolean all = true;
        for (int i = 0; i <= written; i++) {
            all &= isThere(again, i);
        }
        if (all && !isThere(again, written + 1)) {
            out.println("all there after a start");
        }
        FileStoreIT.await(vertx.close());
    }

    private static boolean write(Store store, int number) {
        return FileStoreIT.await(store.put("k" + number, new byte[20_000], VersionCondition.ANY)
                .map(true)
                .recover(failure -> failure instanceof StoreUnavailableException
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(failure)));
    }

    private static boolean isThere(Store store, int number) {
        return FileStoreIT.await(store.get("k" + number).map(entry -> entry != null));
    }
}
