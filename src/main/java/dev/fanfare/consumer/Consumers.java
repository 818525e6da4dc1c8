package dev.fanfare.consumer;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.Fingerprint;
import dev.fanfare.store.VersionMismatchException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The registered clients of hubs. Any thread; futures complete as those of the store do, and fail with its exceptions. See
 * {@code src/docs/decisions/0055}.
 */
public final class Consumers {

    /** More writers do not come for one client at the same moment. */
    private static final int ATTEMPTS = 32;

    private final Seats seats;

    public Consumers(Seats seats) {
        this.seats = seats;
    }

    /**
     * Keeps the token of a client, instead of the one that it may have had, whose connection is ended.
     *
     * @param hub in lower case
     * @param token stands for the id of the token
     * @param forgottenAfter how long the registration is kept without a connection
     */
    public Future<ConsumerRecord> register(
            String hub, String id, Fingerprint token, long expiresAtMillis, Duration forgottenAfter) {
        long now = seats.wallMillis();
        ConsumerRecord.Registration registration = new ConsumerRecord.Registration(token, now, expiresAtMillis);
        return register(new ConsumerRecord(hub, id, registration, now, List.of()), forgottenAfter, ATTEMPTS);
    }

    private Future<ConsumerRecord> register(ConsumerRecord fresh, Duration forgottenAfter, int attempts) {
        ConsumerKey key = ConsumerKey.of(fresh.hub(), fresh.id());
        return seats.records()
                .read(key)
                .compose(read -> seats.records()
                        .replace(key, read, fresh, forgottenAfter)
                        .compose(version -> ended(read.current()))
                        .map(fresh))
                .recover(failure -> failure instanceof VersionMismatchException && attempts > 1
                        ? register(fresh, forgottenAfter, attempts - 1)
                        : Future.failedFuture(failure));
    }

    /** Ends the connections that a client had with its former registration. */
    private Future<Void> ended(@Nullable ConsumerRecord former) {
        return former == null || former.seats().isEmpty()
                ? Future.succeededFuture()
                : seats.evictions().end(former.hub(), former.seats(), CloseReason.UNREGISTERED);
    }

    /** The record of a registered client; empty if there is none. */
    public Future<Optional<ConsumerRecord>> get(String hub, String id) {
        return get(ConsumerKey.of(hub, id));
    }

    private Future<Optional<ConsumerRecord>> get(ConsumerKey key) {
        return seats.records()
                .read(key)
                .map(read -> Optional.ofNullable(read.current()).filter(current -> current.registration() != null));
    }

    /** Removes the registration of a client, and ends its connection. Returns whether there was one. */
    public Future<Boolean> remove(String hub, String id) {
        return remove(ConsumerKey.of(hub, id), ATTEMPTS);
    }

    private Future<Boolean> remove(ConsumerKey key, int attempts) {
        return seats.records().read(key).compose(read -> {
            ConsumerRecord current = read.current();
            if (current == null || current.registration() == null) {
                return Future.succeededFuture(false);
            }
            return seats.records()
                    .remove(key, read)
                    .compose(removed -> ended(current))
                    .map(true)
                    .recover(failure -> failure instanceof VersionMismatchException && attempts > 1
                            ? remove(key, attempts - 1)
                            : Future.failedFuture(failure));
        });
    }

    /** Whether this node knows which clients there are, so that it can list them. */
    public boolean synced() {
        return seats.index().isSynced();
    }

    /** How many clients are registered, at all hubs. */
    public int size() {
        return seats.index().size();
    }

    /**
     * Some registered clients in an order of their own.
     *
     * @param next where the next page begins; null on the last one
     */
    public record ConsumerPage(
            List<ConsumerRecord> consumers, @Nullable String next) {}

    /**
     * Lists the registered clients of a hub.
     *
     * @param after where the page begins; null for the first one
     * @param limit 1 and up
     */
    public Future<ConsumerPage> list(String hub, @Nullable String after, int limit) {
        List<ConsumerKey> found = seats.index().page(hub, after, limit + 1);
        List<ConsumerKey> page = found.subList(0, Math.min(limit, found.size()));
        String next = found.size() > limit ? page.get(limit - 1).name() : null;
        return Future.all(page.stream().map(this::get).toList())
                .map(read -> new ConsumerPage(
                        read.<Optional<ConsumerRecord>>list().stream()
                                .flatMap(Optional::stream)
                                .toList(),
                        next));
    }
}
