package dev.fanfare.server;

import dev.fanfare.auth.AuthenticationException;
import dev.fanfare.auth.Authenticator;
import dev.fanfare.auth.ClientAddresses;
import dev.fanfare.auth.Principal;
import dev.fanfare.broker.Claim;
import dev.fanfare.config.Config;
import dev.fanfare.config.HubSettings;
import dev.fanfare.config.Hubs;
import dev.fanfare.consumer.SeatException;
import dev.fanfare.consumer.SeatRefusal;
import dev.fanfare.consumer.Seats;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Names;
import dev.fanfare.core.Permission;
import dev.fanfare.core.Permissions;
import dev.fanfare.core.RevocationKind;
import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.event.ConnectAnswer;
import dev.fanfare.event.EventContext;
import dev.fanfare.event.EventException;
import dev.fanfare.event.EventSink;
import dev.fanfare.limit.ConnectionLimits;
import dev.fanfare.limit.Limiter;
import dev.fanfare.limit.OverLimitException;
import dev.fanfare.ops.Metrics;
import dev.fanfare.revocation.RevocationIndex;
import dev.fanfare.shard.Admission;
import dev.fanfare.shard.InboundOpening;
import dev.fanfare.shard.Shard;
import dev.fanfare.shard.ShardEnvironment;
import dev.fanfare.socket.FaultReporter;
import dev.fanfare.socket.MalformedRequest;
import dev.fanfare.socket.MessageInflater;
import dev.fanfare.socket.RequestHeads;
import dev.fanfare.socket.SocketOptions;
import dev.fanfare.socket.Upgrade;
import dev.fanfare.socket.UpgradeRequest;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Turns a client's HTTP request into a connection of this event loop's shard: checks the request, the origin and the
 * token, and upgrades. Cheap checks come first. Confined to the event loop; tokens are verified elsewhere ({@code
 * src/docs/decisions/0018-tokens-off-the-loops.md}). Bounded by {@link Admission}: pending handshakes count as
 * connections once the token is verified. {@code src/docs/decisions/0019-forged-recoveries.md} explains how recoveries
 * are refused.
 */
final class ClientHandshake {

    private static final Logger log = LoggerFactory.getLogger(ClientHandshake.class);
    private static final Map<String, String> RETRY_LATER = Map.of("Retry-After", "5");
    private static final Map<String, String> CHALLENGE = Map.of("WWW-Authenticate", "Bearer realm=\"fanfare\"");
    private static final String BEARER = "Bearer ";

    private final Shard shard;
    private final Authenticator authenticator;
    private final Admission admission;
    private final Limiter limiter;
    private final EventSink events;
    private final Metrics metrics;
    private final RevocationIndex revocations;
    private final Seats seats;
    private final FaultReporter faultReporter;
    private final AlertSink alerts;
    private final Names names;
    private Config config;
    private Hubs hubs;
    private Origins origins;
    private RefusalLog refusals;
    private final SocketOptions socketOptions;

    /** The same with compression, by the maximum ratio. */
    private final Map<Integer, SocketOptions> deflating = new HashMap<>(2);

    private ClientAddresses addresses;
    private final Consumer<HttpConnection> onUpgraded;

    /** @param onUpgraded receives each connection that no longer speaks HTTP */
    ClientHandshake(Shard shard, ShardEnvironment shardEnvironment, Names names, Consumer<HttpConnection> onUpgraded) {
        this.shard = shard;
        this.onUpgraded = onUpgraded;
        this.authenticator = shardEnvironment.authenticator();
        this.admission = shardEnvironment.admission();
        this.limiter = shardEnvironment.limiter();
        this.events = shardEnvironment.events();
        this.metrics = shardEnvironment.metrics();
        this.revocations = shardEnvironment.revocations();
        this.seats = shardEnvironment.seats();
        this.faultReporter = shardEnvironment.faultReporter();
        this.alerts = shardEnvironment.alerts();
        this.names = names;
        configure(shardEnvironment.settings());
        Config.Limits limits = config.limits();
        this.socketOptions = SocketOptions.server(
                new SocketOptions.MessageLimits(limits.messageBytes(), limits.frameBytes(), limits.framesPerMessage()));
    }

    /** Takes other settings; call it on the event loop. */
    final void configure(ShardEnvironment.ShardSettings settings) {
        config = settings.config();
        hubs = settings.hubs();
        addresses = new ClientAddresses(config.server().trustedProxies());
        refusals = new RefusalLog(names, addresses);
        origins = new Origins(config.server().allowedOrigins(), config.server().publicEndpoints());
    }

    /**
     * Handles a request to {@code /client}. A connection that is not upgraded is closed (RFC 6455 section 4.2.2).
     *
     * @param first whether it is the first request on its connection: RFC 6455 section 4.1 uses a connection per
     *     WebSocket, and after another request bytes of the WebSocket may already have been read as HTTP
     */
    void handle(HttpServerRequest request, boolean first) {
        if (!first) {
            refuse(
                    request,
                    Metrics.Handshake.BAD_REQUEST,
                    400,
                    "A WebSocket is opened with a connection's first request");
            return;
        }
        UpgradeRequest upgrade = UpgradeRequest.of(request);
        if (upgrade instanceof UpgradeRequest.RefusedUpgrade refusedUpgrade) {
            refuse(
                    request,
                    Metrics.Handshake.BAD_REQUEST,
                    refusedUpgrade.status(),
                    refusedUpgrade.text(),
                    refusedUpgrade.headers());
            return;
        }
        ClientUrl url;
        try {
            url = ClientUrl.parse(request.path(), request.query(), names);
        } catch (ClientUrl.BadName e) {
            metrics.limitReached(Metrics.Limit.NAMES);
            refuse(request, Metrics.Handshake.BAD_REQUEST, 400, String.valueOf(e.getMessage()), Map.of(), "limits");
            return;
        } catch (ClientUrl.MalformedUrl e) {
            refuse(request, Metrics.Handshake.BAD_REQUEST, 400, String.valueOf(e.getMessage()));
            return;
        }
        if (!origins.allow(
                request.headers().getAll(HttpHeaders.ORIGIN), request.scheme(), request.getHeader(HttpHeaders.HOST))) {
            refuse(request, Metrics.Handshake.FORBIDDEN_ORIGIN, 403, "the origin is not allowed");
            return;
        }
        if (!admission.open()) {
            unavailable(request, Metrics.Handshake.STOPPING, "the node is stopping");
            return;
        }
        if (!revocations.synced()) {
            unavailable(request, Metrics.Handshake.STARTING, "the node does not know yet which tokens are revoked");
            return;
        }
        if (url.connectionId() == null && shard.isLate()) {
            metrics.limitReached(Metrics.Limit.EVENT_LOOP_LAG);
            refuse(
                    request,
                    Metrics.Handshake.OVERLOADED,
                    503,
                    "the node is busy with those that are connected; try again later",
                    RETRY_LATER,
                    "limits.eventLoopLagMillis");
            return;
        }
        if (limiter.limitsHandshakesOfAddresses()) {
            try {
                limiter.handshake(addresses.of(request).getAddress());
            } catch (OverLimitException e) {
                refuse(request, e);
                return;
            }
        }
        UpgradeRequest.Valid valid = (UpgradeRequest.Valid) upgrade;
        SubprotocolOffer subprotocolOffer = SubprotocolOffer.of(valid.subprotocols());
        RevocationKind blocked =
                revocations.find(url.hub(), addresses.of(request).getAddress());
        if (blocked != null) {
            revoked(request, blocked);
        } else if (url.connectionId() != null) {
            recover(request, Upgrade.hold(request, valid), subprotocolOffer, url, url.connectionId());
        } else {
            authenticate(request, valid, subprotocolOffer, url);
        }
    }

    private SocketOptions options(String hub, Upgrade upgrade) {
        Config.Compression compression = hubs.of(hub).compression();
        if (!compression.enabled() || !upgrade.offersDeflate()) {
            return socketOptions;
        }
        return deflating.computeIfAbsent(
                compression.maxRatio(),
                ratio -> socketOptions.deflating(
                        new MessageInflater(config.limits().messageBytes(), ratio, metrics)));
    }

    /**
     * Responds with 101 in any case: a session that cannot be recovered is closed with 1008, upon which client SDKs
     * start a new one at once; after another response they would retry for half a minute. With a forged token no socket
     * is opened.
     */
    private void recover(
            HttpServerRequest request,
            Upgrade upgrade,
            SubprotocolOffer subprotocolOffer,
            ClientUrl url,
            String connectionId) {
        Subprotocol subprotocol = subprotocolOffer.chosen() == null ? Subprotocol.RAW : subprotocolOffer.chosen();
        Claim claim = new Claim(url.hub(), connectionId, url.reconnectionToken(), subprotocol);
        if (!shard.isGenuine(claim)) {
            metrics.recoveryRefused(subprotocol);
            refusals.forgedRecovery(request, claim);
            blame(request);
            onUpgraded.accept(request.connection());
            upgrade.turnAway(
                    subprotocolOffer.answer(),
                    CloseReason.RECOVERY_REFUSED.code(),
                    CloseReason.RECOVERY_REFUSED.text());
            return;
        }
        if (!admission.mayRecover()) {
            metrics.limitReached(Metrics.Limit.CONNECTIONS);
            unavailable(request, Metrics.Handshake.NODE_FULL, "too many clients wait for their connections");
            return;
        }
        upgrade.clientAddress(addresses.of(request));
        onUpgraded.accept(request.connection());
        upgrade.accept(
                subprotocolOffer.answer(),
                options(url.hub(), upgrade),
                faultReporter,
                socket -> shard.recover(claim, socket));
    }

    private void authenticate(
            HttpServerRequest request, UpgradeRequest.Valid valid, SubprotocolOffer subprotocolOffer, ClientUrl url) {
        String token = token(request, subprotocolOffer, url);
        if (token == null) {
            metrics.tokenRefused(AuthenticationException.Reason.MISSING.label());
            unauthorized(
                    request,
                    "a token is required: as access_token in the query, in the Authorization header as Bearer, or as"
                            + " access_token.{token} among the subprotocols",
                    null);
            return;
        }
        Upgrade upgrade = Upgrade.hold(request, valid);
        InetAddress from = addresses.of(request);
        upgrade.clientAddress(from);
        BooleanSupplier connected = RequestHeads.isOpen(request.connection());
        authenticator.authenticateClient(token, url.hub(), from, connected).onComplete(result -> {
            if (result.succeeded()) {
                open(request, upgrade, subprotocolOffer, url, result.result());
            } else if (result.cause() instanceof AuthenticationException refused) {
                refuse(request, refused);
                alertOfConsumer(request, url, refused.reason());
            } else {
                faultReporter.report(result.cause());
                unavailable(request, Metrics.Handshake.OVERLOADED, "the token could not be checked; try again");
            }
        });
    }

    /** Tokens that were not looked at are not held against a client. */
    private void alertOfConsumer(HttpServerRequest request, ClientUrl url, AuthenticationException.Reason reason) {
        boolean unread = switch (reason) {
            case ABANDONED, OVERLOADED, THROTTLED -> true;
            default -> false;
        };
        if (!unread && hubs.of(url.hub()).consumers().enabled()) {
            alerts.raise(
                    AlertCause.CONSUMER_TOKEN_REFUSED,
                    "hub " + url.hub() + ", address " + addresses.of(request).getHostAddress() + ", reason "
                            + reason.label());
        }
    }

    private void refuse(HttpServerRequest request, AuthenticationException refused) {
        metrics.tokenRefused(refused.reason().label());
        String text = String.valueOf(refused.getMessage());
        switch (refused.reason()) {
            case ABANDONED -> metrics.handshake(Metrics.Handshake.ABANDONED);
            case OVERLOADED -> unavailable(request, Metrics.Handshake.OVERLOADED, text);
            case THROTTLED -> {
                metrics.limitReached(Metrics.Limit.FAILED_TOKENS);
                refuse(request, Metrics.Handshake.THROTTLED, 429, text, Map.of("Retry-After", "1"));
            }
            case OVERSIZED -> {
                metrics.limitReached(Metrics.Limit.TOKEN_BYTES);
                unauthorized(request, text, RefusalLog.setting(refused.reason()));
            }
            default -> unauthorized(request, text, RefusalLog.setting(refused.reason()));
        }
    }

    private static @Nullable String token(HttpServerRequest request, SubprotocolOffer subprotocolOffer, ClientUrl url) {
        if (url.token() != null) {
            return url.token();
        }
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (header != null && header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            String token = header.substring(BEARER.length()).strip();
            if (!token.isEmpty()) {
                return token;
            }
        }
        return subprotocolOffer.token();
    }

    private void open(
            HttpServerRequest request,
            Upgrade upgrade,
            SubprotocolOffer subprotocolOffer,
            ClientUrl url,
            Principal principal) {
        boolean decidedByHandler = events.decides(url.hub());
        RevocationKind revoked = revocations.find(url.hub(), principal.userId(), grant(request, principal));
        if (revoked != null) {
            revoked(request, revoked);
            return;
        }
        RefusedHandshake refusedHandshake = claimsProblem(principal, "the token");
        if (refusedHandshake == null) {
            refusedHandshake = publisherProblem(request, subprotocolOffer, url);
        }
        if (refusedHandshake == null && !decidedByHandler) {
            refusedHandshake = problem(subprotocolOffer, url, principal);
        }
        if (refusedHandshake != null) {
            refuse(
                    request,
                    refusedHandshake.outcome,
                    refusedHandshake.status,
                    refusedHandshake.text,
                    Map.of(),
                    refusedHandshake.setting);
            return;
        }
        if (!upgrade.pending()) {
            metrics.handshake(Metrics.Handshake.ABANDONED);
            return;
        }
        if (shard.inboundMemory().full()) {
            metrics.limitReached(Metrics.Limit.INBOUND_BYTES_OF_NODE);
            refuse(
                    request,
                    Metrics.Handshake.NODE_FULL,
                    503,
                    "the node holds as much for its clients as it may",
                    RETRY_LATER,
                    "limits.inboundBytesPerNode");
            return;
        }
        if (!admission.enter()) {
            metrics.limitReached(Metrics.Limit.CONNECTIONS);
            unavailable(request, Metrics.Handshake.NODE_FULL, "the node has as many connections as it takes");
            return;
        }
        ConnectionLimits limits;
        try {
            limits = shareLimits(request, url, principal);
        } catch (OverLimitException e) {
            admission.leave();
            refuse(request, e);
            return;
        }
        PendingConnection pendingConnection = new PendingConnection(
                shard.newConnectionId(), url, subprotocolOffer, principal, limits, new EventState());
        if (hubs.of(url.hub()).consumers().enabled()) {
            admitConsumer(request, upgrade, pendingConnection, decidedByHandler);
        } else if (decidedByHandler) {
            askHandler(request, upgrade, pendingConnection);
        } else {
            admitUser(request, upgrade, pendingConnection, false);
        }
    }

    /** Compares the token with the one that is kept, and takes the seat of the client; then a handler may be asked. */
    private void admitConsumer(
            HttpServerRequest request, Upgrade upgrade, PendingConnection pendingConnection, boolean decidedByHandler) {
        if (pendingConnection.principal().userId() == null) {
            leave(pendingConnection);
            refuse(request, SeatRefusal.NOT_REGISTERED);
            alertOfConsumer(request, pendingConnection.url(), AuthenticationException.Reason.NOT_REGISTERED);
            return;
        }
        takeSeat(request, upgrade, pendingConnection, reason -> leave(pendingConnection), () -> {
            if (decidedByHandler) {
                askHandler(request, upgrade, pendingConnection);
            } else {
                enter(request, upgrade, pendingConnection, false);
            }
        });
    }

    /** Uncounts a connection that was admitted and does not open. */
    private void leave(PendingConnection pendingConnection) {
        admission.leave();
        pendingConnection.limits().leave();
        seats.release(pendingConnection.connectionId());
    }

    /**
     * Takes a seat if the connections of a user are limited.
     *
     * @param accepted whether a handler has accepted the client
     */
    private void admitUser(
            HttpServerRequest request, Upgrade upgrade, PendingConnection pendingConnection, boolean accepted) {
        HubSettings settings = hubs.of(pendingConnection.url().hub());
        if (settings.consumers().enabled()
                || !Seats.needed(settings, pendingConnection.principal().userId())) {
            enter(request, upgrade, pendingConnection, accepted);
            return;
        }
        takeSeat(
                request,
                upgrade,
                pendingConnection,
                reason -> giveUp(pendingConnection, accepted, reason),
                () -> enter(request, upgrade, pendingConnection, accepted));
    }

    private void giveUp(PendingConnection pendingConnection, boolean accepted, CloseReason reason) {
        if (accepted) {
            forgo(pendingConnection, reason);
        } else {
            leave(pendingConnection);
        }
    }

    /**
     * @param refused called with the reason if there is no seat, or nobody waits for it any more
     * @param next continues with the seat, on this event loop
     */
    private void takeSeat(
            HttpServerRequest request,
            Upgrade upgrade,
            PendingConnection pendingConnection,
            Consumer<CloseReason> refused,
            Runnable next) {
        String hub = pendingConnection.url().hub();
        Principal principal = pendingConnection.principal();
        seats.take(
                        hubs.of(hub),
                        hub,
                        Objects.requireNonNull(principal.userId(), "only users have seats"),
                        grant(request, principal),
                        pendingConnection.connectionId())
                .onComplete(shard.here(taken -> {
                    if (taken.failed()) {
                        refused.accept(CloseReason.REPLACED);
                        if (!upgrade.pending()) {
                            metrics.handshake(Metrics.Handshake.ABANDONED);
                        } else if (taken.cause() instanceof SeatException denied) {
                            refuse(request, denied.refusal());
                            if (denied.refusal() == SeatRefusal.NOT_REGISTERED
                                    || denied.refusal() == SeatRefusal.OTHER_TOKEN) {
                                alertOfConsumer(
                                        request,
                                        pendingConnection.url(),
                                        AuthenticationException.Reason.NOT_REGISTERED);
                            }
                        } else {
                            faultReporter.report(taken.cause());
                            refuse(request, SeatRefusal.UNAVAILABLE);
                        }
                    } else if (!upgrade.pending()) {
                        seats.release(pendingConnection.connectionId());
                        refused.accept(CloseReason.CONNECTION_LOST);
                        metrics.handshake(Metrics.Handshake.ABANDONED);
                    } else if (!admission.open()) {
                        seats.release(pendingConnection.connectionId());
                        refused.accept(CloseReason.SHUTDOWN);
                        unavailable(request, Metrics.Handshake.STOPPING, "the node is stopping");
                    } else {
                        next.run();
                    }
                }));
    }

    private void refuse(HttpServerRequest request, SeatRefusal refusal) {
        switch (refusal) {
            case NOT_REGISTERED, OTHER_TOKEN -> {
                metrics.tokenRefused(AuthenticationException.Reason.NOT_REGISTERED.label());
                unauthorized(
                        request, refusal.text(), RefusalLog.setting(AuthenticationException.Reason.NOT_REGISTERED));
            }
            case OCCUPIED ->
                refuse(request, Metrics.Handshake.DUPLICATE, ErrorCode.CONFLICT.httpStatus(), refusal.text());
            case UNAVAILABLE -> unavailable(request, Metrics.Handshake.NO_SEATS, refusal.text());
        }
    }

    private ConnectionLimits shareLimits(HttpServerRequest request, ClientUrl url, Principal principal)
            throws OverLimitException {
        return shard.loopLimits()
                .enter(url.hub(), principal.userId(), addresses.of(request).getAddress());
    }

    /** Asks the event handler; continues on this event loop. */
    private void askHandler(HttpServerRequest request, Upgrade upgrade, PendingConnection pendingConnection) {
        events.connect(pendingConnection.event(request, addresses.of(request))).onComplete(shard.here(result -> {
            if (result.succeeded()) {
                decided(request, upgrade, pendingConnection, result.result());
                return;
            }
            leave(pendingConnection);
            if (!upgrade.pending()) {
                metrics.handshake(Metrics.Handshake.ABANDONED);
            } else if (result.cause() instanceof EventException failure) {
                refuse(request, failure);
            } else {
                faultReporter.report(result.cause());
                refuse(request, Metrics.Handshake.HANDLER_FAILED, 500, "the event handler could not be asked");
            }
        }));
    }

    private void refuse(HttpServerRequest request, EventException failure) {
        if (failure.status() >= 400 && failure.status() < 600) { // others are not error statuses (RFC 9110 section 15)
            if (failure.status() < 500) {
                blame(request);
            }
            refuse(
                    request,
                    failure.status() < 500 ? Metrics.Handshake.REFUSED_BY_HANDLER : Metrics.Handshake.HANDLER_FAILED,
                    failure.status(),
                    "the event handler refused the connection");
        } else if (failure.code() == ErrorCode.UNAVAILABLE) {
            unavailable(request, Metrics.Handshake.HANDLER_FAILED, String.valueOf(failure.getMessage()));
        } else {
            refuse(request, Metrics.Handshake.HANDLER_FAILED, 500, String.valueOf(failure.getMessage()));
        }
    }

    /** The handler accepted the client: if it is refused after all, the handler gets a {@code disconnected} event. */
    private void decided(
            HttpServerRequest request, Upgrade upgrade, PendingConnection pendingConnection, ConnectAnswer answer) {
        SubprotocolOffer agreed = answer.subprotocol() == null
                ? pendingConnection.subprotocolOffer()
                : pendingConnection.subprotocolOffer().choose(answer.subprotocol());
        if (agreed == null) {
            forgo(pendingConnection, CloseReason.INTERNAL_ERROR);
            refuse(
                    request,
                    Metrics.Handshake.HANDLER_FAILED,
                    500,
                    "the event handler chose a subprotocol that was not offered");
            return;
        }
        PendingConnection changed = pendingConnection.decided(answer, agreed);
        RefusedHandshake invalid = claimsProblem(changed.principal(), "the event handler's answer");
        RefusedHandshake refusedHandshake = problem(agreed, changed.url(), changed.principal());
        RevocationKind revoked = revocations.find(
                changed.url().hub(), changed.principal().userId(), grant(request, changed.principal()));
        if (invalid != null) {
            forgo(pendingConnection, CloseReason.INTERNAL_ERROR);
            refuse(request, Metrics.Handshake.HANDLER_FAILED, 500, invalid.text);
        } else if (renamesConsumer(pendingConnection, changed)) {
            forgo(pendingConnection, CloseReason.INTERNAL_ERROR);
            refuse(
                    request,
                    Metrics.Handshake.HANDLER_FAILED,
                    500,
                    "the event handler's answer names another user than the registered client");
        } else if (refusedHandshake != null) {
            forgo(changed, CloseReason.FORBIDDEN);
            refuse(
                    request,
                    refusedHandshake.outcome,
                    refusedHandshake.status,
                    refusedHandshake.text,
                    Map.of(),
                    refusedHandshake.setting);
        } else if (revoked != null) {
            forgo(changed, CloseReason.REVOKED);
            revoked(request, revoked);
        } else if (!upgrade.pending()) {
            forgo(changed, CloseReason.CONNECTION_LOST);
            metrics.handshake(Metrics.Handshake.ABANDONED);
        } else if (!admission.open()) {
            forgo(changed, CloseReason.SHUTDOWN);
            unavailable(request, Metrics.Handshake.STOPPING, "the node is stopping");
        } else {
            enterDecided(request, upgrade, pendingConnection, changed);
        }
    }

    /** The handler may have chosen another user, with limits of its own. */
    private void enterDecided(
            HttpServerRequest request, Upgrade upgrade, PendingConnection before, PendingConnection changed) {
        if (Objects.equals(before.principal().userId(), changed.principal().userId())) {
            admitUser(request, upgrade, changed, true);
            return;
        }
        before.limits().leave();
        ConnectionLimits limits;
        try {
            limits = shard.loopLimits()
                    .enterAs(
                            changed.url().hub(),
                            changed.principal().userId(),
                            addresses.of(request).getAddress());
        } catch (OverLimitException e) {
            forgo(changed, CloseReason.FORBIDDEN);
            refuse(request, e);
            return;
        }
        admitUser(request, upgrade, changed.sharing(limits), true);
    }

    private boolean renamesConsumer(PendingConnection asked, PendingConnection changed) {
        return hubs.of(asked.url().hub()).consumers().enabled()
                && !Objects.equals(
                        asked.principal().userId(), changed.principal().userId());
    }

    /** The handler accepted the client, but it does not become a connection. */
    private void forgo(PendingConnection pendingConnection, CloseReason reason) {
        leave(pendingConnection);
        events.disconnected(
                EventContext.next(pendingConnection.identity(), pendingConnection.state()),
                reason.code(),
                reason.text());
    }

    /**
     * What may have changed since it was asked is asked once more, in the turn in which the connection enters its shard: from
     * then on revocations and the loss of its seat find it there.
     *
     * @param accepted whether a handler has accepted the client
     */
    private void enter(
            HttpServerRequest request, Upgrade upgrade, PendingConnection pendingConnection, boolean accepted) {
        ClientUrl url = pendingConnection.url();
        Principal principal = pendingConnection.principal();
        TokenGrant grant = grant(request, principal);
        RevocationKind revoked = revocations.find(url.hub(), principal.userId(), grant);
        if (revoked != null) {
            giveUp(pendingConnection, accepted, CloseReason.REVOKED);
            revoked(request, revoked);
            return;
        }
        if (Seats.needed(hubs.of(url.hub()), principal.userId()) && !seats.holds(pendingConnection.connectionId())) {
            giveUp(pendingConnection, accepted, CloseReason.REPLACED);
            refuse(request, SeatRefusal.OCCUPIED);
            return;
        }
        Subprotocol subprotocol =
                Objects.requireNonNull(pendingConnection.subprotocolOffer().chosen());
        InboundOpening.RawPublisher publisher = subprotocol == Subprotocol.RAW ? url.publisher() : null;
        shard.enter(new InboundOpening(
                        pendingConnection.connectionId(),
                        url.hub(),
                        url.path(),
                        principal,
                        grant,
                        pendingConnection.limits(),
                        subprotocol,
                        publisher,
                        pendingConnection.state()))
                .onComplete(entered -> {
                    if (entered.failed()) {
                        seats.release(pendingConnection.connectionId());
                        unavailable(
                                request,
                                Metrics.Handshake.OVERLOADED,
                                "the connection could not be registered; try again");
                    } else if (upgrade.pending()) {
                        metrics.handshake(Metrics.Handshake.ACCEPTED);
                        logAccepted(request, pendingConnection, subprotocol);
                        onUpgraded.accept(request.connection());
                        upgrade.accept(
                                pendingConnection.subprotocolOffer().answer(),
                                options(url.hub(), upgrade),
                                faultReporter,
                                entered.result()::attach);
                    } else {
                        metrics.handshake(Metrics.Handshake.ABANDONED);
                        entered.result().abandon();
                    }
                });
    }

    private TokenGrant grant(HttpServerRequest request, Principal principal) {
        return principal.grant(addresses.of(request).getAddress());
    }

    /** The text says what was revoked, and never why: the reason is for operators. */
    private void revoked(HttpServerRequest request, RevocationKind kind) {
        metrics.revoked(kind);
        if (kind.status() == 401) { // others are held off already, and may share an address with many
            blame(request);
        }
        refuse(
                request,
                Metrics.Handshake.REVOKED,
                kind.status(),
                kind.text(),
                kind.status() == 401 ? CHALLENGE : Map.of());
    }

    private void logAccepted(HttpServerRequest request, PendingConnection pendingConnection, Subprotocol subprotocol) {
        if (log.isDebugEnabled()) {
            LoggingEventBuilder line = log.atDebug()
                    .addKeyValue("hub", pendingConnection.url().hub())
                    .addKeyValue("connectionId", pendingConnection.connectionId());
            String userId = pendingConnection.principal().userId();
            if (userId != null) {
                line = line.addKeyValue("userId", userId);
            }
            line.addKeyValue("subprotocol", subprotocol.wireName())
                    .addKeyValue("remote", refusals.remote(request))
                    .log("connection accepted");
        }
    }

    /** Why a client is refused. */
    private record RefusedHandshake(
            Metrics.Handshake outcome,
            int status,
            String text,
            @Nullable String setting) {
        static RefusedHandshake bad(String text, @Nullable String setting) {
            return new RefusedHandshake(Metrics.Handshake.BAD_REQUEST, 400, text, setting);
        }
    }

    private @Nullable RefusedHandshake problem(SubprotocolOffer subprotocolOffer, ClientUrl url, Principal principal) {
        if (subprotocolOffer.chosen() == null) {
            return RefusedHandshake.bad(
                    "none of the offered subprotocols is supported; offer " + Subprotocol.JSON_RELIABLE.wireName()
                            + " or " + Subprotocol.JSON.wireName() + ", or none",
                    null);
        }
        InboundOpening.RawPublisher publisher = subprotocolOffer.chosen() == Subprotocol.RAW ? url.publisher() : null;
        boolean allowed = publisher == null
                || new Permissions(principal.roles()).permits(Permission.SEND_TO_GROUP, publisher.group());
        return allowed
                ? null
                : new RefusedHandshake(
                        Metrics.Handshake.FORBIDDEN, 403, "the token has no role to send to the group", null);
    }

    /** A raw publisher at a hub that takes messages from other addresses only, or from none of its consumers. */
    private @Nullable RefusedHandshake publisherProblem(
            HttpServerRequest request, SubprotocolOffer subprotocolOffer, ClientUrl url) {
        if (subprotocolOffer.chosen() != Subprotocol.RAW || url.publisher() == null) {
            return null;
        }
        HubSettings settings = hubs.of(url.hub());
        if (settings.consumers().enabled() && !settings.consumers().mayPublish()) {
            return new RefusedHandshake(
                    Metrics.Handshake.FORBIDDEN, 403, CloseReason.CONSUMER_SENT.text(), "hubs.consumers.mayPublish");
        }
        return settings.mayPublish(addresses.of(request).getAddress())
                ? null
                : new RefusedHandshake(
                        Metrics.Handshake.FORBIDDEN,
                        403,
                        "messages to this hub are not allowed from your address",
                        "hubs.publishers");
    }

    /** Checks the names that a token, or an event handler, gives; null if they are valid. */
    private @Nullable RefusedHandshake claimsProblem(Principal principal, String who) {
        int limit = config.limits().groupsPerConnection();
        if (principal.groups().size() > limit) {
            metrics.limitReached(Metrics.Limit.GROUPS_PER_CONNECTION);
            return RefusedHandshake.bad(
                    who + " names " + principal.groups().size() + " groups, and " + limit + " are allowed",
                    "limits.groupsPerConnection");
        }
        String problem = principal.userId() == null ? null : names.userIdProblem(principal.userId());
        if (problem != null) {
            return badName(who + " names a user that is not allowed: " + problem);
        }
        for (String group : principal.groups()) {
            problem = names.groupProblem(group);
            if (problem != null) {
                return badName(who + " names a group that is not allowed: " + problem);
            }
        }
        return null;
    }

    private RefusedHandshake badName(String text) {
        metrics.limitReached(Metrics.Limit.NAMES);
        return RefusedHandshake.bad(text, "limits");
    }

    private void unavailable(HttpServerRequest request, Metrics.Handshake outcome, String text) {
        refuse(request, outcome, 503, text, RETRY_LATER);
    }

    /** Over a limit that the client shares with others. */
    private void refuse(HttpServerRequest request, OverLimitException e) {
        metrics.limitReached(e.limit());
        refuse(
                request,
                Metrics.Handshake.THROTTLED,
                429,
                String.valueOf(e.getMessage()),
                Map.of("Retry-After", String.valueOf(e.retrySeconds())),
                e.setting());
    }

    /**
     * Counts a failure against the address. What any page can make a browser send does not count, or it could have the address
     * of its visitor blocked.
     */
    private void blame(HttpServerRequest request) {
        limiter.handshakeFailed(addresses.of(request).getAddress());
    }

    private void unauthorized(HttpServerRequest request, String text, @Nullable String setting) {
        blame(request);
        refuse(request, Metrics.Handshake.UNAUTHORIZED, 401, text, CHALLENGE, setting);
    }

    private void refuse(HttpServerRequest request, Metrics.Handshake outcome, int status, String text) {
        refuse(request, outcome, status, text, Map.of());
    }

    private void refuse(
            HttpServerRequest request,
            Metrics.Handshake outcome,
            int status,
            String text,
            Map<String, String> headers) {
        refuse(request, outcome, status, text, headers, RefusalLog.setting(outcome));
    }

    private void refuse(
            HttpServerRequest request,
            Metrics.Handshake outcome,
            int status,
            String text,
            Map<String, String> headers,
            @Nullable String setting) {
        metrics.handshake(outcome);
        refusals.refused(request, outcome, status, text, setting);
        Upgrade.forgo(request);
        headers.forEach(request.response()::putHeader);
        answer(request, status, text);
    }

    /** Counts and logs a request of a client or server that could not be decoded. */
    void malformed(HttpServerRequest request, MalformedRequest malformed) {
        boolean tooLong = malformed.malformedPart() != MalformedRequest.MalformedPart.SYNTAX;
        metrics.handshake(Metrics.Handshake.BAD_REQUEST);
        if (tooLong) {
            metrics.limitReached(Metrics.Limit.REQUEST_HEADERS);
        }
        refusals.refused(
                request,
                Metrics.Handshake.BAD_REQUEST,
                status(malformed),
                malformed.text(),
                tooLong ? "limits.requestHeaderBytes" : null);
    }

    /** Responds to a client request that could not be decoded. */
    static void answer(HttpServerRequest request, MalformedRequest malformed) {
        answer(request, status(malformed), malformed.text());
    }

    private static int status(MalformedRequest malformed) {
        return switch (malformed.malformedPart()) {
            case SYNTAX -> 400;
            case LINE_TOO_LONG -> 414;
            case HEADERS_TOO_LONG -> 431;
        };
    }

    private static void answer(HttpServerRequest request, int status, String text) {
        request.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8")
                .end(text + "\n");
    }
}
