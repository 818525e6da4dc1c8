import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.revocation.Revocation;
import dev.fanfare.revocation.RevocationIndex;
import dev.fanfare.revocation.Revocations;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.WatchListener;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What a million revocations take in the index of a node, and how long a handshake asks it.
 *
 * <pre>
 * mvn -q -DskipTests package
 * java -Xmx2g -cp target/fanfare.jar src/bench/RevocationBench.java
 * </pre>
 */
public final class RevocationBench {

    private static final int MANY = 1_000_000;
    private static final int ROUNDS = 5;

    private RevocationBench() {}

    public static void main(String[] args) throws Exception {
        AtomicReference<WatchListener> listener = new AtomicReference<>();
        Store store = store(listener);
        RevocationIndex index = new RevocationIndex();
        Revocations revocations = new Revocations(store, index, InstantSource.system());
        Vertx vertx = Vertx.vertx();
        vertx.deployVerticle(revocations).await(10, TimeUnit.SECONDS);
        listener.get().syncing();
        listener.get().synced();

        long before = heap();
        long start = System.nanoTime();
        Instant now = Instant.now();
        for (int i = 0; i < MANY; i++) {
            RevocationKind kind =
                    switch (i % 3) {
                        case 0 -> RevocationKind.TOKEN;
                        case 1 -> RevocationKind.USER;
                        default -> RevocationKind.USER_TOKENS;
                    };
            String hub = i % 10 == 0 ? "chat" : null;
            revocations.add(
                    new Revocation(kind, "subject-" + i, hub, "reason", "ops", now, 1_700_000_000, now.plusSeconds(9999)));
        }
        long seconds = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        System.out.printf("%,d entries read in %,d ms, %d bytes each%n", index.size(), seconds, (heap() - before) / MANY);
        networks(revocations, now);

        byte[] address = InetAddress.getByName("198.51.100.7").getAddress();
        for (int round = 1; round <= ROUNDS; round++) {
            long begun = cpuNanos();
            int found = 0;
            for (int i = 0; i < MANY; i++) {
                // All that a handshake pays, with both digests; none of these is revoked.
                TokenGrant grant = TokenGrant.of("other-" + i, 1_800_000_000, address);
                if (index.find("chat", "user-" + i, grant) != null) {
                    found++;
                }
            }
            System.out.printf("round %d: %d ns of CPU for a question, %d found%n", round, (cpuNanos() - begun) / MANY, found);
        }
        vertx.close();
    }

    private static void networks(Revocations revocations, Instant now) {
        for (int i = 0; i < 1000; i++) {
            String network = "10." + i / 250 + "." + i % 250 + ".0/" + (24 - i % 3);
            revocations.add(
                    new Revocation(RevocationKind.ADDRESSES, network, null, null, null, now, 0, now.plusSeconds(9999)));
        }
    }

    /** Gives the index what is put, and keeps nothing. */
    private static Store store(AtomicReference<WatchListener> listener) {
        return (Store) Proxy.newProxyInstance(
                Store.class.getClassLoader(), new Class<?>[] {Store.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "watch" -> {
                            listener.set((WatchListener) arguments[1]);
                            return (dev.fanfare.store.Watch) () -> {};
                        }
                        case "put" -> {
                            listener.get().present(new StoreEntry((String) arguments[0], (byte[]) arguments[1], 1, null));
                            return Future.succeededFuture(1L);
                        }
                        default -> {
                            return Future.succeededFuture(null);
                        }
                    }
                });
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
