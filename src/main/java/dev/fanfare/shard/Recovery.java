package dev.fanfare.shard;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.broker.Subscriptions;
import dev.fanfare.config.HubSettings;
import dev.fanfare.consumer.Seats;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.session.ReconnectionTokens;
import dev.fanfare.core.session.Session;
import dev.fanfare.core.session.SessionState;
import dev.fanfare.limit.ConnectionLimits;
import dev.fanfare.ops.Metrics;
import dev.fanfare.recovery.HandedOverSession;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recovers sessions of reconnecting reliable clients: from this shard, or by a claim from another shard or node; and hands
 * sessions over to other shards. Confined to the shard's thread. Pending claims are bounded by {@link Admission#mayRecover},
 * and each in bytes by {@link PendingClaim}. See {@code src/docs/decisions/0005} (steps of a handover), {@code 0019} (forged
 * recoveries) and {@code 0023} (every claim is settled).
 */
final class Recovery {

    private static final Logger log = LoggerFactory.getLogger(Recovery.class);

    private final ShardContext context;
    private final ConnectionHost host;
    private final ConnectionTable connections;
    private final Deliveries deliveries;
    private final ShardShutdown shutdown;
    private final Subscriber self;
    private ReconnectionTokens tokens;
    private final Map<String, PendingClaim> pendingClaims = new HashMap<>();

    /** @param self the shard, as the new owner of the sessions that it claims */
    Recovery(
            ConnectionHost host,
            ConnectionTable connections,
            Deliveries deliveries,
            ShardShutdown shutdown,
            Subscriber self) {
        this.context = host.context();
        this.host = host;
        this.connections = connections;
        this.deliveries = deliveries;
        this.shutdown = shutdown;
        this.self = self;
        this.tokens = tokens(context);
    }

    private static ReconnectionTokens tokens(ShardContext context) {
        return new ReconnectionTokens(
                context.reconnectionKeys(),
                Duration.ofDays(context.config().sessions().reconnectionTokenDays()));
    }

    /** Takes the keys of changed settings. */
    void configured() {
        tokens = tokens(context);
    }

    String token(String connectionId) {
        return tokens.issue(connectionId, context.wallMillis());
    }

    /** Attaches a socket to its session, or closes it. */
    void recover(Claim claim, Link link) {
        assert context.onThread();
        PendingClaim pending = pendingClaims.get(claim.connectionId());
        Connection local = connections.find(claim.connectionId());
        if (link.closed()) {
            return; // closed while waiting: the session stays for a later attempt
        }
        if (!genuine(claim)) {
            refuse(claim, link, "the reconnection token is not valid");
        } else if (pending != null) {
            pending.next(claim, link);
        } else if (local == null || !local.present()) {
            claimSession(claim, link);
        } else if (matches(claim, local) && !local.endIfExpired(context.wallMillis()) && !local.endIfRevoked()) {
            resume(local, link, false);
        } else {
            refuse(claim, link, "the session is of another hub or subprotocol, or its token has ended or was revoked");
        }
    }

    /** Whether hub and subprotocol of a claim are those of the connection. */
    private static boolean matches(Claim claim, Connection connection) {
        Session session = connection.session();
        return session.subprotocol().reliable()
                && session.subprotocol() == claim.subprotocol()
                && session.hub().equals(claim.hub());
    }

    /** Whether the token was issued by this cluster for that connection; checked before any shard is asked. */
    boolean genuine(Claim claim) {
        return tokens.valid(claim.connectionId(), claim.token(), context.wallMillis());
    }

    private void refuse(Claim claim, Link link, String why) {
        context.metrics().recoveryRefused(claim.subprotocol());
        log.atInfo()
                .addKeyValue("reason", CloseReason.RECOVERY_REFUSED.label())
                .addKeyValue("code", CloseReason.RECOVERY_REFUSED.code())
                .addKeyValue("why", why)
                .addKeyValue("hub", claim.hub())
                .addKeyValue("subprotocol", claim.subprotocol().wireName())
                .addKeyValue("remote", ConnectionTable.address(link.socket()))
                .log("recovery refused");
        link.close(CloseReason.RECOVERY_REFUSED.code(), CloseReason.RECOVERY_REFUSED.text());
    }

    /** The newest socket wins, if it is still open. */
    private void resume(Connection connection, Link link, boolean moved) {
        context.metrics().handshake(Metrics.Handshake.RECOVERED);
        if (!link.closed()) {
            ConnectionTable.described(log.atInfo(), connection.session())
                    .addKeyValue("moved", moved)
                    .addKeyValue("remote", ConnectionTable.address(link.socket()))
                    .log("connection recovered");
            connection.attach(link);
            // Its address may be another one now, and may have been revoked while the session was claimed.
            if (!connection.endIfRevoked()) {
                connection.ready();
            }
        }
    }

    // ---- incoming sessions

    /** Claims the session from the other shards and nodes. */
    private void claimSession(Claim claim, Link link) {
        PendingClaim pendingClaim = new PendingClaim(claim, context.limits().unacknowledgedBytesPerSession());
        pendingClaims.put(claim.connectionId(), pendingClaim);
        context.subscriptions().claim(claim, self).onComplete(context.here(result -> {
            pendingClaims.remove(claim.connectionId());
            try {
                Connection local = connections.find(claim.connectionId());
                if (result.succeeded() && result.result().isPresent()) {
                    install(claim, result.result().get(), pendingClaim, link);
                } else if (local != null && local.present()) {
                    recover(claim, link); // the session had been handed over and was reinstated here
                } else {
                    refuse(claim, link, "no node has the session");
                }
            } finally {
                pendingClaim.end(this::recover);
                shutdown.completeIfIdle();
            }
        }));
    }

    private void install(Claim claim, Subscriptions.Claimed claimed, PendingClaim pendingClaim, Link link) {
        SessionState state = claimed.state();
        Connection connection = connection(state);
        if (claimed.fromAnotherNode()) {
            context.admission().enterAnyway();
            context.metrics().moved(state.identity().subprotocol(), Metrics.Move.IN);
        }
        former(claimed.state()).ifPresent(this::retire);
        if (claimed.fromAnotherNode()) {
            takeSeat(connection); // the former object, which may end, has given back its own
        }
        connection.markIncoming(state.heard());
        connection.adopt(state.owed());
        connections.add(connection);
        Future<Void> registered = connection.memberships().register(state.groups());
        if (connection.endIfExpired(context.wallMillis()) || connection.endIfRevoked()) {
            refuse(claim, link, "the token of the session has ended, or was revoked");
        } else {
            resume(connection, link, claimed.fromAnotherNode());
        }
        pendingClaim.forwarded().forEach(connection::forwarded);
        if (pendingClaim.overflowed()) {
            connection.overflowed();
        } else {
            shutdown.shutDownIfStarted(connection);
        }
        registered
                .onFailure(failure -> ConnectionTable.registrationFailed(connection, failure))
                .transform(result -> context.subscriptions().release(claimed))
                .onComplete(context.here(released -> connection.forwardingEnded()));
    }

    /**
     * Drops the object whose session arrives here again. It may be present: it was reinstated because the node that had taken
     * the session was given up, and that node returns it all the same. Its client was there last, so that session goes on.
     */
    private void retire(Connection former) {
        if (former.present()) {
            log.atWarn()
                    .addKeyValue("hub", former.session().hub())
                    .addKeyValue("connectionId", former.connectionId())
                    .log("a session was at two nodes; the one of the other node goes on");
            deliveries.catchUp(former);
            if (former.handOver(self, deliveries.lastSequences()) == null) {
                return;
            }
            connections.movedAway(former);
        }
        former.released();
    }

    /** The connection object from which this shard handed over the session earlier, if not yet released. */
    private Optional<Connection> former(SessionState state) {
        return Optional.ofNullable(connections.find(state.identity().connectionId()));
    }

    private Connection connection(SessionState state) {
        state.protocol().unacknowledged().moveTo(context.retention());
        Session session = Session.of(state, context.codec(state.identity().subprotocol()));
        ConnectionLimits limits = context.loopLimits()
                .enterAnyway(session.hub(), session.userId(), state.grant().address());
        return Connection.inbound(host, session, null, state.endsAtMillis(), state.grant(), limits);
    }

    private void takeSeat(Connection connection) {
        Session session = connection.session();
        String userId = session.userId();
        HubSettings settings = context.hub(session.hub());
        if (userId != null && Seats.needed(settings, userId)) {
            context.seats().arrived(settings, session.hub(), userId, connection.grant(), session.connectionId());
        }
    }

    /** A delivery forwarded by the former context. */
    void forwarded(String connectionId, Delivery delivery) {
        assert context.onThread();
        PendingClaim pendingClaim = pendingClaims.get(connectionId);
        Connection connection = connections.find(connectionId);
        if (pendingClaim != null) {
            pendingClaim.keep(delivery);
        } else {
            try {
                if (connection != null) {
                    connection.forwarded(delivery);
                }
            } finally {
                delivery.release();
            }
        }
    }

    /** Whether no claim is pending. */
    boolean idle() {
        return pendingClaims.isEmpty();
    }

    /** Completes on the shard's thread when all pending claims that may match the target are over. Never fails. */
    Future<?> whenArrived(Selector target) {
        assert context.onThread();
        return Future.join(pendingClaims.values().stream()
                        .filter(pendingClaim -> pendingClaim.mayMatch(target))
                        .map(PendingClaim::over)
                        .toList())
                .otherwiseEmpty();
    }

    // ---- outgoing sessions

    /** Completes on the shard's thread; empty if the session is not here or does not match the claim. */
    Future<Optional<SessionState>> handOver(Claim claim, Subscriber newOwner) {
        assert context.onThread();
        Connection connection = connections.find(claim.connectionId());
        return connection == null
                ? Future.succeededFuture(Optional.empty())
                : connection.whenArrived().map(v -> handOver(connection, claim, newOwner));
    }

    private Optional<SessionState> handOver(Connection connection, Claim claim, Subscriber newOwner) {
        deliveries.catchUp(connection); // its sequences are already noted
        return connection.present()
                        && matches(claim, connection)
                        && genuine(claim)
                        && !connection.endIfExpired(context.wallMillis())
                        && !connection.endIfRevoked()
                ? Optional.ofNullable(connection.handOver(newOwner, deliveries.lastSequences()))
                : Optional.empty();
    }

    /** The new owner's subscriptions are active. */
    void release(String connectionId) {
        assert context.onThread();
        Connection connection = connections.find(connectionId);
        if (connection != null && !connection.present()) {
            deliveries.catchUp(connection);
            connection.released();
        }
    }

    /**
     * The new owner did not take the session: it continues here, detached and without a gap. Returns false if it is no longer
     * held by this context.
     */
    boolean reinstate(String connectionId) {
        assert context.onThread();
        Connection former = connections.find(connectionId);
        HandedOverSession given = former == null ? null : former.handedOverSession();
        if (former == null || given == null) {
            return false;
        }
        deliveries.catchUp(former);
        Connection connection = connection(given.state());
        connection.markIncoming(given.state().heard());
        connection.adopt(given.state().owed());
        takeSeat(connection); // another node may have begun to
        connections.replace(former, connection);
        connection
                .memberships()
                .register(given.state().groups())
                .onFailure(failure -> ConnectionTable.registrationFailed(connection, failure));
        former.replaced();
        given.forwarded().forEach(publication -> connection.forwarded(new Delivery(publication)));
        connection.forwardingEnded();
        if (given.overflowed()) {
            connection.overflowed();
        } else if (!connection.endIfRevoked()) {
            shutdown.shutDownIfStarted(connection);
        }
        return true;
    }
}
