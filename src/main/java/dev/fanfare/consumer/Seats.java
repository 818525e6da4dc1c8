package dev.fanfare.consumer;

import dev.fanfare.broker.Broker;
import dev.fanfare.config.Config;
import dev.fanfare.config.HubSettings;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.Fingerprint;
import dev.fanfare.core.MonotonicClock;
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.store.OutcomeUnknownException;
import dev.fanfare.store.Store;
import dev.fanfare.store.StoreEntry;
import dev.fanfare.store.VersionMismatchException;
import dev.fanfare.store.Watch;
import dev.fanfare.store.WatchListener;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The seats of connections: a registered client has one connection, a user as many as its hub allows, in the whole cluster.
 * A seat is taken by compare-and-set on a record in the store before a connection opens, and freed likewise after it. The
 * watch of the records tells this node when a connection of its own has lost its seat, as after parts of a cluster met
 * again; it is ended then. Deploy it on a worker. The other methods may be called by any thread and never block. See
 * {@code src/docs/decisions/0055}.
 */
public final class Seats extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(Seats.class);

    /** More contenders for one record do not come at the same moment. */
    private static final int ATTEMPTS = 32;

    /** How long the record of a user is kept that is not renewed, since its node is gone. */
    private static final Duration USER_KEPT = Duration.ofDays(1);

    private static final long RENEW_CHECK_MILLIS = 60_000;

    private final ConsumerStore records;
    private final Store store;
    private final String self;
    private final Evictions evictions;
    private final Departures departures;
    private final InstantSource timeOfDay;
    private final MonotonicClock clock;
    private final OwnSeats own = new OwnSeats();
    private final ConsumerIndex index = new ConsumerIndex();
    private final SeatErrands errands;
    private @Nullable Watch watch;
    private long renewing = -1;

    /**
     * @param broker its connections, and those of others
     * @param members the ids of all nodes, this one included
     * @param clustered whether there may be other nodes
     * @param timeOfDay for what people read
     */
    public Seats(
            Store store,
            Broker broker,
            Supplier<List<String>> members,
            boolean clustered,
            InstantSource timeOfDay,
            MonotonicClock clock) {
        this.store = store;
        this.records = new ConsumerStore(store);
        this.self = broker.nodeId();
        this.evictions = new Evictions(broker);
        this.departures = new Departures(members, clock, clustered);
        this.timeOfDay = timeOfDay;
        this.clock = clock;
        this.errands = new SeatErrands();
    }

    @Override
    public Future<?> start() {
        watch = store.watch(ConsumerKey.PREFIX, new RecordFollower());
        errands.open(context);
        renewing = vertx.setPeriodic(RENEW_CHECK_MILLIS, timer -> renew());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        vertx.cancelTimer(renewing);
        errands.close();
        Objects.requireNonNull(watch).close();
        return Future.succeededFuture();
    }

    /** How many connections of this node have a seat. */
    public int held() {
        return own.size();
    }

    /** Completes when the seats of all connections that have ended are free. */
    public Future<Void> idle() {
        return errands.idle();
    }

    /** The nodes of the cluster have changed. */
    public void membersChanged() {
        departures.update();
    }

    ConsumerStore records() {
        return records;
    }

    ConsumerIndex index() {
        return index;
    }

    Evictions evictions() {
        return evictions;
    }

    long wallMillis() {
        return timeOfDay.millis();
    }

    // ---- connections

    /** Whether a connection of this node has a seat that it has not lost. Any thread. */
    public boolean holds(String connectionId) {
        return own.has(connectionId);
    }

    /** Whether connections of a user need a seat at a hub with these settings. */
    public static boolean needed(HubSettings settings, @Nullable String userId) {
        return userId != null && (settings.consumers().enabled() || settings.connectionsPerUser() > 0);
    }

    /**
     * Takes a seat for a new connection, which must be {@linkplain #release released} when the connection has ended, or does
     * not open. Connections that make room have ended when this completes, or their node did not answer. Fails with {@link
     * SeatException} only.
     *
     * @param hub in lower case
     * @param userId of the client or user
     * @param grant what it connects with
     */
    public Future<Void> take(HubSettings settings, String hub, String userId, TokenGrant grant, String connectionId) {
        return take(new OwnSeat(request(settings, hub, userId, grant, connectionId)));
    }

    private static SeatRequest request(
            HubSettings settings, String hub, String userId, TokenGrant grant, String connectionId) {
        Config.ConsumerSettings consumers = settings.consumers();
        if (!consumers.enabled()) {
            return new SeatRequest(hub, userId, null, connectionId, settings.connectionsPerUser(), false, USER_KEPT);
        }
        Fingerprint token = grant.token();
        return new SeatRequest(
                hub,
                userId,
                token == null ? new Fingerprint(0, 0) : token,
                connectionId,
                1,
                consumers.onDuplicate() == Config.ConsumerSettings.DuplicatePolicy.REPLACE,
                Duration.ofDays(consumers.forgetAfterDays()));
    }

    private Future<Void> take(OwnSeat seat) {
        own.add(seat); // before the record is written: then every report about it finds this
        return attempt(seat, Set.of(), true, ATTEMPTS).recover(failure -> {
            dropped(seat);
            if (failure instanceof SeatException) {
                return Future.failedFuture(failure);
            }
            log.atWarn()
                    .addKeyValue("hub", seat.request().hub())
                    .addKeyValue("problem", failure.getMessage())
                    .log("a connection got no seat, since the store does not serve");
            return Future.failedFuture(new SeatException(SeatRefusal.UNAVAILABLE));
        });
    }

    private Future<Void> attempt(OwnSeat seat, Set<String> leaving, boolean mayAsk, int attempts) {
        SeatRequest request = seat.request();
        return records.read(seat.key()).compose(read -> {
            SeatRequest.SeatDecision decision =
                    request.decide(read.current(), self, departures::isGone, leaving, timeOfDay.millis());
            if (decision instanceof SeatRequest.SeatDecision.Granted granted) {
                return records.replace(seat.key(), read, granted.next(), request.kept())
                        .compose(version -> written(seat, version, granted.evicted()))
                        .recover(failure -> {
                            if (failure instanceof OutcomeUnknownException) {
                                seat.mayBeWritten();
                            }
                            return failure instanceof VersionMismatchException && attempts > 1
                                    ? attempt(seat, leaving, mayAsk, attempts - 1)
                                    : Future.failedFuture(failure);
                        });
            }
            SeatRequest.SeatDecision.Denied denied = (SeatRequest.SeatDecision.Denied) decision;
            return mayAsk && denied.refusal() == SeatRefusal.OCCUPIED
                    ? afterAsking(seat, denied, attempts)
                    : Future.failedFuture(new SeatException(denied.refusal()));
        });
    }

    /** Connections that wait for their client make room: it may have lost what it needs to recover. */
    private Future<Void> afterAsking(OwnSeat seat, SeatRequest.SeatDecision.Denied denied, int attempts) {
        return evictions
                .waiting(seat.request().hub(), denied.occupied())
                .compose(waiting -> waiting.isEmpty()
                        ? Future.failedFuture(new SeatException(denied.refusal()))
                        : attempt(seat, waiting, false, attempts));
    }

    private Future<Void> written(OwnSeat seat, long version, List<Seat> evicted) {
        if (seat.written(version, clock.millis()) == OwnSeat.SeatState.LOST) {
            return Future.failedFuture(new SeatException(SeatRefusal.OCCUPIED));
        }
        return evicted.isEmpty()
                ? Future.succeededFuture()
                : evictions.end(seat.request().hub(), evicted, CloseReason.REPLACED);
    }

    /** The connection has ended, or did not open. Does nothing if it has no seat. */
    public void release(String connectionId) {
        OwnSeat seat = own.remove(connectionId);
        if (seat != null) {
            errands.add(() -> freed(seat));
        }
    }

    /** The connection does not open. Only a record that may have been written needs a change. */
    private void dropped(OwnSeat seat) {
        if (own.remove(seat) && seat.isPerhapsWritten()) {
            errands.add(() -> freed(seat));
        }
    }

    private Future<Void> freed(OwnSeat seat) {
        return records.read(seat.key()).compose(read -> {
            ConsumerRecord current = read.current();
            Seat held = current == null ? null : current.seat(seat.connectionId());
            if (current == null || held == null || own.has(seat.connectionId())) {
                return Future.succeededFuture();
            }
            // The record may still name the node that had the session before, which frees nothing any more.
            Future<Boolean> over = held.nodeId().equals(self)
                    ? Future.succeededFuture(true)
                    : evictions.isOver(current.hub(), seat.connectionId());
            return over.compose(free -> free && !own.has(seat.connectionId())
                    ? freed(seat, read, current.without(seat.connectionId(), timeOfDay.millis()))
                    : Future.succeededFuture());
        });
    }

    private Future<Void> freed(OwnSeat seat, ConsumerStore.StoredConsumer read, ConsumerRecord next) {
        return next.isEmpty()
                ? records.remove(seat.key(), read)
                : records.replace(seat.key(), read, next, seat.request().kept()).mapEmpty();
    }

    /** The seat of a connection of this node, as it is now; null if it has none. */
    public @Nullable OwnSeat seatOf(String connectionId) {
        return own.get(connectionId);
    }

    /**
     * The session has moved to another node, which takes its seat along.
     *
     * @param seat the one that it had here before: it may have returned already, and have another; null if it had none
     */
    public void movedAway(@Nullable OwnSeat seat) {
        if (seat != null) {
            own.remove(seat);
        }
    }

    /**
     * A session has come from another node, or has returned from one: its seat is this node's from now on. If it has lost it,
     * it is ended.
     */
    public void arrived(HubSettings settings, String hub, String userId, TokenGrant grant, String connectionId) {
        OwnSeat seat =
                new OwnSeat(request(settings, hub, userId, grant, connectionId).withoutReplacing());
        own.add(seat);
        errands.add(() -> settle(seat));
    }

    private Future<Void> settle(OwnSeat seat) {
        if (!own.has(seat)) {
            return Future.succeededFuture(); // it has ended or moved meanwhile
        }
        return attempt(seat, Set.of(), false, ATTEMPTS).recover(failure -> {
            if (failure instanceof SeatException denied) {
                end(seat, denied.refusal() == SeatRefusal.OCCUPIED ? CloseReason.REPLACED : CloseReason.UNREGISTERED);
                return Future.succeededFuture();
            }
            return Future.failedFuture(failure); // again, later
        });
    }

    /** Ends a connection that has lost its seat. */
    private void end(OwnSeat seat, CloseReason reason) {
        if (own.remove(seat)) {
            SeatRequest request = seat.request();
            log.atInfo()
                    .addKeyValue("hub", request.hub())
                    .addKeyValue("connectionId", request.connectionId())
                    .addKeyValue("userId", request.id())
                    .addKeyValue("reason", reason.label())
                    .log("a connection has lost its seat");
            evictions.end(request.hub(), request.connectionId(), reason);
        }
    }

    private void renew() {
        long now = clock.millis();
        for (OwnSeat seat : own.all()) {
            if (seat.isDue(now)) {
                errands.add(() -> renewed(seat));
            }
        }
    }

    private Future<Void> renewed(OwnSeat seat) {
        return records.read(seat.key()).compose(read -> {
            ConsumerRecord current = read.current();
            if (current == null || current.seat(seat.connectionId()) == null || !own.has(seat.connectionId())) {
                return Future.succeededFuture();
            }
            return records.replace(
                            seat.key(),
                            read,
                            current.seen(timeOfDay.millis()),
                            seat.request().kept())
                    .map(version -> {
                        seat.written(version, clock.millis());
                        return null;
                    });
        });
    }

    /** Follows the records; always on the context of this verticle. */
    private final class RecordFollower implements WatchListener {

        private int generation;

        @Override
        public void syncing() {
            generation++;
            index.syncing();
            own.all().forEach(seat -> seat.awaits(generation));
        }

        @Override
        public void present(StoreEntry entry) {
            ConsumerKey key = ConsumerKey.parse(entry.key());
            ConsumerRecord current = ConsumerStore.decode(entry).orElse(null);
            if (key == null || current == null) {
                return;
            }
            if (current.registration() == null) {
                index.remove(key);
            } else {
                index.put(key);
            }
            own.of(key).forEach(seat -> follow(seat, current, entry.version()));
            for (Seat seat : current.seats()) {
                if (seat.nodeId().equals(self) && !own.has(seat.connectionId())) {
                    errands.add(() -> freeOrphan(key, seat));
                }
            }
        }

        @Override
        public void absent(String text, long version) {
            ConsumerKey key = ConsumerKey.parse(text);
            if (key != null) {
                index.remove(key);
                own.of(key).forEach(seat -> follow(seat, null, version));
            }
        }

        @Override
        public void synced() {
            index.synced();
            own.all().forEach(seat -> {
                if (seat.isMissing(generation)) {
                    // What was written while the synchronisation began may be reported only now.
                    errands.add(() -> verified(seat));
                }
            });
        }

        private void follow(OwnSeat seat, @Nullable ConsumerRecord current, long version) {
            switch (seat.reported(current, version, self)) {
                case LOST -> lost(seat, current);
                case MOVED -> own.remove(seat);
                case HELD -> {}
            }
        }
    }

    private Future<Void> verified(OwnSeat seat) {
        return records.read(seat.key()).map(read -> {
            ConsumerRecord current = read.current();
            if (current == null || current.seat(seat.connectionId()) == null) {
                lost(seat, current);
            }
            return null;
        });
    }

    /** There may be room for another connection of a user; a client needs its registration. */
    private void lost(OwnSeat seat, @Nullable ConsumerRecord current) {
        if (seat.request().token() == null && own.has(seat)) {
            seat.restart();
            errands.add(() -> settle(seat));
        } else {
            end(seat, seat.request().isRegistered(current) ? CloseReason.REPLACED : CloseReason.UNREGISTERED);
        }
    }

    /** A seat that a write left behind whose outcome was not known. */
    private Future<Void> freeOrphan(ConsumerKey key, Seat orphan) {
        return records.read(key).compose(read -> {
            ConsumerRecord current = read.current();
            String connectionId = orphan.connectionId();
            if (current == null || !orphan.equals(current.seat(connectionId)) || own.has(connectionId)) {
                return Future.succeededFuture();
            }
            return evictions.isOver(current.hub(), connectionId).compose(over -> {
                if (!over || own.has(connectionId)) {
                    return Future.succeededFuture();
                }
                ConsumerRecord next = current.without(connectionId, current.lastSeenMillis());
                return next.isEmpty()
                        ? records.remove(key, read)
                        : records.replace(key, read, next, read.left(USER_KEPT)).mapEmpty();
            });
        });
    }
}
