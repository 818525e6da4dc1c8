package dev.fanfare.revocation;

import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.VersionCondition;
import dev.fanfare.store.VersionMismatchException;
import dev.fanfare.store.Watch;
import dev.fanfare.store.WatchListener;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The list of revocations in the store, and its copy in the {@link RevocationIndex} of this node. Deploy it on a worker: a
 * synchronisation reads everything. The other methods may be called by any thread; their futures complete as those of the
 * store do, and fail with its exceptions.
 */
public final class Revocations extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(Revocations.class);
    private static final String PREFIX = "revocations/";

    /** More writers than that do not revoke one user at the same time. */
    private static final int ATTEMPTS = 16;

    private final Store store;
    private final RevocationIndex index;
    private final InstantSource clock;
    private final Promise<Void> synced = Promise.promise();
    private @Nullable Watch watch;

    public Revocations(Store store, RevocationIndex index, InstantSource clock) {
        this.store = store;
        this.index = index;
        this.clock = clock;
    }

    @Override
    public Future<?> start() {
        watch = store.watch(PREFIX, new RevocationFollower());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        Objects.requireNonNull(watch).close();
        return Future.succeededFuture();
    }

    /** Completes with the first synchronisation. */
    public Future<Void> synced() {
        return synced.future();
    }

    /** Copies what the watch reports; always on the context of this verticle. */
    private final class RevocationFollower implements WatchListener {

        @Override
        public void syncing() {
            index.syncing();
        }

        @Override
        public void present(StoreEntry entry) {
            RevocationId id = RevocationId.parse(entry.key().substring(PREFIX.length()));
            try {
                if (id == null) {
                    throw WireException.malformed("the key is not an id");
                }
                index.put(id, RevocationCodec.read(entry.value()));
            } catch (WireException | RuntimeException e) {
                // A later version may know more kinds. What cannot be read cannot be enforced by this node.
                log.atError()
                        .addKeyValue("key", entry.key())
                        .addKeyValue("problem", e.getMessage())
                        .log("a revocation cannot be read, and is not enforced");
            }
        }

        @Override
        public void absent(String key, long version) {
            RevocationId id = RevocationId.parse(key.substring(PREFIX.length()));
            if (id != null) {
                index.remove(id);
            }
        }

        @Override
        public void synced() {
            index.completeSync();
            synced.tryComplete();
        }
    }

    /**
     * Revokes. A revocation of the same subject is replaced; the tokens of a user that it refused stay refused. It holds on
     * all nodes that reach each other within about a second.
     *
     * @param revocation ends in the future, and not later than the store keeps anything
     */
    public Future<Revocation> add(Revocation revocation) {
        return revocation.kind() == RevocationKind.USER_TOKENS
                ? extend(revocation, ATTEMPTS)
                : put(revocation, VersionCondition.ANY);
    }

    /** Clocks of nodes differ, and may be set back: a later revocation must not admit what an earlier one refuses. */
    private Future<Revocation> extend(Revocation revocation, int attempts) {
        return entry(revocation.key()).compose(former -> {
            long since = former.isEmpty()
                    ? 0
                    : readable(former.get())
                            .map(Revocation::issuedBeforeSeconds)
                            .orElse(0L);
            Revocation latest = revocation.issuedBefore(Math.max(since, revocation.issuedBeforeSeconds()));
            VersionCondition condition = former.isEmpty()
                    ? VersionCondition.ABSENT
                    : VersionCondition.version(former.get().version());
            return put(latest, condition)
                    .recover(failure -> failure instanceof VersionMismatchException && attempts > 1
                            ? extend(revocation, attempts - 1)
                            : Future.failedFuture(failure));
        });
    }

    private Future<Revocation> put(Revocation revocation, VersionCondition condition) {
        Duration left = Duration.between(clock.instant(), revocation.expiresAt());
        Duration timeToLive = left.toMillis() < 1 ? Duration.ofMillis(1) : left;
        return store.put(key(revocation.key()), RevocationCodec.write(revocation), condition, timeToLive)
                .map(version -> revocation);
    }

    /** The revocation with that id; empty if there is none. */
    public Future<Optional<Revocation>> get(String id) {
        RevocationId key = RevocationId.parse(id);
        return key == null ? Future.succeededFuture(Optional.empty()) : read(key);
    }

    private Future<Optional<Revocation>> read(RevocationId id) {
        return entry(id).map(entry -> entry.flatMap(Revocations::readable));
    }

    private Future<Optional<StoreEntry>> entry(RevocationId id) {
        return store.get(key(id)).map(Optional::ofNullable);
    }

    private static Optional<Revocation> readable(StoreEntry entry) {
        try {
            return Optional.of(RevocationCodec.read(entry.value()));
        } catch (WireException e) {
            return Optional.empty();
        }
    }

    /** Lifts a revocation. Returns whether there was one. */
    public Future<Boolean> lift(String id) {
        RevocationId key = RevocationId.parse(id);
        return key == null ? Future.succeededFuture(false) : store.remove(key(key), VersionCondition.ANY);
    }

    /**
     * Some revocations in the order of their ids.
     *
     * @param last the last id of this page if others follow, null otherwise
     */
    public record RevocationPage(
            List<Revocation> revocations, @Nullable String last) {}

    /**
     * Revocations in the order of their ids, as this node knows them.
     *
     * @param hub null for those of all hubs and of each
     * @param after the last id of the page before; null from the start
     * @param limit 1 and up
     */
    public Future<RevocationPage> list(@Nullable String hub, @Nullable String after, int limit) {
        RevocationId start = after == null ? null : RevocationId.parse(after);
        return vertx.executeBlocking(() -> index.page(hub, start, limit + 1), false)
                .compose(ids -> {
                    List<RevocationId> page = ids.subList(0, Math.min(limit, ids.size()));
                    String last = ids.size() > limit ? page.get(limit - 1).text() : null;
                    return Future.all(page.stream().map(this::read).toList())
                            .map(read -> new RevocationPage(
                                    read.<Optional<Revocation>>list().stream()
                                            .flatMap(Optional::stream)
                                            .toList(),
                                    last));
                });
    }

    private static String key(RevocationId id) {
        return PREFIX + id.text();
    }
}
