package dev.fanfare.broker.handover;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.broker.Subscriptions.Claimed;
import dev.fanfare.broker.handover.HandoverMessage.Barrier;
import dev.fanfare.broker.handover.HandoverMessage.ClaimDeclined;
import dev.fanfare.broker.handover.HandoverMessage.ClaimQuery;
import dev.fanfare.broker.handover.HandoverMessage.ClaimReply;
import dev.fanfare.broker.handover.HandoverMessage.ClaimRequest;
import dev.fanfare.broker.handover.HandoverMessage.ClaimTaken;
import dev.fanfare.broker.handover.HandoverMessage.Forward;
import dev.fanfare.broker.handover.HandoverMessage.OwnerChanged;
import dev.fanfare.broker.handover.HandoverMessage.Release;
import dev.fanfare.broker.handover.HandoverMessage.SessionEnded;
import dev.fanfare.broker.handover.HandoverMessage.SessionsDigest;
import dev.fanfare.broker.handover.HandoverMessage.SessionsReply;
import dev.fanfare.broker.handover.HandoverMessage.SessionsRequest;
import dev.fanfare.broker.routing.Peer;
import dev.fanfare.broker.routing.RoutingTable;
import dev.fanfare.core.ConnectionId;
import dev.fanfare.core.session.SessionState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves sessions between the shards of this node and between nodes, and tracks where the sessions are that began here:
 * a connection id names the node that issued it, its home, and other nodes ask the home for the session.
 *
 * {@code src/docs/decisions/0005-sessions-move.md} explains how a session moves without losing or duplicating a
 * message, {@code 0023-claims-are-settled.md} how a claim is resolved whichever message is lost. State is bounded by
 * the sessions that exist and by the claims in flight, which time out. Confined to the registry's thread, except {@link
 * #hasReturned} and {@link #mayBeElsewhere}.
 */
public final class SessionHandovers {

    private static final Logger log = LoggerFactory.getLogger(SessionHandovers.class);

    /** How long a claim may take before the client is refused. */
    static final long CLAIM_TIMEOUT_MILLIS = 5000;

    /** After this long, all nodes are asked instead of only the likely owner. */
    private static final long ASK_ALL_MILLIS = 1000;

    /** After this long without {@link ClaimTaken} the claimant is asked whether it has taken the session. */
    private static final long CONFIRM_MILLIS = 2000;

    /** How long a claimant may take from {@link ClaimTaken} to {@link Release} before it is asked. */
    private static final long RELEASE_MILLIS = 10_000;

    /** How long a finished handover is kept as a hint of where the session went. */
    private static final long HINT_MILLIS = 30_000;

    /** How many owner hints a claim follows. */
    private static final int MAX_HOPS = 4;

    private static final Future<ClaimReply> NO_SESSION = Future.succeededFuture(ClaimReply.NOTHING);

    private final String nodeId;
    private final Executor executor;
    private final LongSupplier clock;
    private final List<Subscriber> attached;
    private final RoutingTable routingTable;
    private final HandoverSender handoverSender;
    private final Supplier<Future<Void>> publicationsHandedOver;
    private final MessageReceiver messageReceiver = new MessageReceiver();
    private final CoalescedBarrier barriers;
    private final CoalescedBarrier localBarriers;

    /** By connection id, the end of the claims queued for it: claims of one session run one after the other. */
    private final Map<String, Future<?>> claims = new HashMap<>();

    /** Sessions that began here and are owned by another node. */
    private final SessionDirectory directory = new SessionDirectory();

    /** Undecided claims of clients of this node. */
    private final Set<SessionSearch> searches = new HashSet<>();

    /** Numbers of the claim requests that are not answered yet. */
    private final Set<Long> pendingAttempts = new HashSet<>();

    private final Map<Long, AcquiredSession> acquired = new HashMap<>();

    /** Sessions that arrived from another node and whose former owner has not released them yet. */
    private final Set<String> incoming = new HashSet<>();

    /** Sessions handed to other nodes; finished ones are kept for a while as hints. */
    private final Map<String, OutgoingSession> outgoing = new ConcurrentHashMap<>();

    /** Sessions owned by this node that began on another one, by home node. */
    private final Map<String, SessionSet> foreignSessions = new HashMap<>();

    /** Sessions that began here, moved away and returned. Any thread. */
    private final Set<String> returned = ConcurrentHashMap.newKeySet();

    private long attempts;

    /** Sends messages to other nodes. */
    public interface HandoverSender {
        void send(String node, HandoverMessage message);

        /** Sends a publication for a single connection to the node that owns it. */
        void publish(String node, Publication publication);

        /** Fails on timeout, and when the node is silent or has left. Completes on the registry's thread. */
        Future<ClaimReply> request(String node, HandoverMessage message);
    }

    /**
     * @param executor runs tasks on the registry's thread, later and in order
     * @param clock monotonic, in milliseconds; the same as for the routing table
     * @param attached the shards of this node; a live list, changed on the registry's thread only
     * @param publicationsHandedOver completes, on the registry's thread, when the publications in progress have been
     *     handed to all shards and nodes that their publishers selected
     */
    public SessionHandovers(
            String nodeId,
            Executor executor,
            LongSupplier clock,
            List<Subscriber> attached,
            RoutingTable routingTable,
            Supplier<Future<Void>> publicationsHandedOver,
            HandoverSender handoverSender) {
        this.nodeId = nodeId;
        this.executor = executor;
        this.clock = clock;
        this.attached = attached;
        this.routingTable = routingTable;
        this.publicationsHandedOver = publicationsHandedOver;
        this.handoverSender = handoverSender;
        this.barriers = new CoalescedBarrier(executor, this::barrierAll);
        this.localBarriers = new CoalescedBarrier(executor, publicationsHandedOver::get);
    }

    /** A session found on this node, and the shard that owned it. */
    private record Found(Subscriber former, SessionState state) {}

    /** A session acquired from another node, until that node has acknowledged {@link Release}. */
    private static final class AcquiredSession {
        private final String connectionId;
        private final String former;
        private boolean retry;

        AcquiredSession(String connectionId, String former) {
            this.connectionId = connectionId;
            this.former = former;
        }
    }

    // ---- the claimant

    public Future<Optional<Claimed>> claim(Claim claim, Subscriber claimant) {
        SessionSearch sessionSearch = new SessionSearch(claim, claimant);
        searches.add(sessionSearch);
        enqueue(claim.connectionId(), sessionSearch::begin);
        return sessionSearch.result().onComplete(done -> searches.remove(sessionSearch));
    }

    /** Runs work on a session when all earlier work on it has completed. */
    private void enqueue(String connectionId, Supplier<Future<Void>> work) {
        Future<?> before = claims.getOrDefault(connectionId, Future.succeededFuture());
        Future<Void> end = before.transform(done -> work.get());
        claims.put(connectionId, end);
        end.onComplete(done -> executor.execute(() -> claims.remove(connectionId, end)));
    }

    private Future<Optional<Found>> findLocally(Claim claim, Subscriber claimant) {
        List<Future<Optional<Found>>> answers = new ArrayList<>();
        for (Subscriber former : attached) {
            if (!former.equals(claimant)) {
                answers.add(
                        former.claim(claim, claimant).map(state -> state.map(present -> new Found(former, present))));
            }
        }
        // A failing shard must not prevent another from answering.
        return Future.join(answers)
                .transform(all -> onOwnThread(() -> Future.succeededFuture(answers.stream()
                        .filter(Future::succeeded)
                        .flatMap(answer -> answer.result().stream())
                        .findFirst())));
    }

    /**
     * The first barrier brings what was published before the claimant had subscribed to the former shard, which then
     * forwards its last; behind the second one, all of that has also reached the claimant directly, or never will.
     */
    private Future<Void> releaseLocally(Subscriber former, String connectionId) {
        return onOwnThread(localBarriers::await)
                .compose(passed -> former.release(connectionId))
                .compose(released -> onOwnThread(localBarriers::await));
    }

    /**
     * One claim of a client of this node. Asks every node that may own the session or know its owner; the first reply
     * with a session wins, and a reply without one never ends the search while others are outstanding.
     */
    private final class SessionSearch {
        private final Claim claim;
        private final Subscriber claimant;
        private final long deadline = clock.getAsLong() + CLAIM_TIMEOUT_MILLIS;
        private final Promise<Optional<Claimed>> result = Promise.promise();
        private final Set<String> asked = new HashSet<>();
        private final Set<String> outstanding = new HashSet<>();
        private int hops = MAX_HOPS;
        private boolean askedAll;

        SessionSearch(Claim claim, Subscriber claimant) {
            this.claim = claim;
            this.claimant = claimant;
        }

        Future<Optional<Claimed>> result() {
            return result.future();
        }

        /** Completes when the claim is decided and cleaned up. */
        Future<Void> begin() {
            if (result.future().isComplete()) {
                return Future.succeededFuture();
            }
            return findLocally(claim, claimant).compose(found -> {
                if (found.isPresent()) {
                    return onFoundLocally(found.get());
                }
                likelyOwners(claim.connectionId()).forEach(this::ask);
                proceed();
                return result.future().mapEmpty();
            });
        }

        private Future<Void> onFoundLocally(Found found) {
            String id = claim.connectionId();
            Claimed claimed = new Claimed(found.state(), false, () -> releaseLocally(found.former(), id));
            return result.tryComplete(Optional.of(claimed))
                    ? Future.succeededFuture()
                    : found.former().reinstate(id).mapEmpty();
        }

        private void ask(String node) {
            if (outstanding.add(node)) {
                asked.add(node);
                long attempt = ++attempts;
                pendingAttempts.add(attempt);
                long left = Math.max(0, deadline - clock.getAsLong());
                handoverSender
                        .request(node, new ClaimRequest(nodeId, claim, attempt, left))
                        .otherwise(ClaimReply.NOTHING)
                        .onSuccess(claimReply -> {
                            pendingAttempts.remove(attempt);
                            outstanding.remove(node);
                            onReply(node, attempt, claimReply);
                        });
            }
        }

        private void onReply(String node, long attempt, ClaimReply claimReply) {
            SessionState state = claimReply.state();
            if (state != null) {
                // After a pause of this process the reply is read before the timers run: check the deadline here, too.
                if (result.future().isComplete() || clock.getAsLong() > deadline) {
                    result.tryComplete(Optional.empty());
                    handoverSender.send(node, new ClaimDeclined(nodeId, claim.connectionId(), attempt));
                } else {
                    result.complete(Optional.of(acquire(state, node, attempt)));
                }
            } else if (!result.future().isComplete()) {
                String next = nodeId.equals(claimReply.owner()) ? locate(claim.connectionId()) : claimReply.owner();
                if (next != null && !next.equals(nodeId) && hops-- > 0) {
                    ask(next); // the hint may be newer than the directory of the home node
                }
                proceed();
            }
        }

        /** Asks all nodes when the likely ones do not have the session: the directory may be out of date. */
        private void proceed() {
            if (outstanding.isEmpty() && !askedAll) {
                askAll();
            }
            if (outstanding.isEmpty()) {
                result.tryComplete(Optional.empty());
            }
        }

        private void askAll() {
            askedAll = true;
            reachable().stream().filter(node -> !asked.contains(node)).forEach(this::ask);
        }

        /** A slow node must not delay those that may have the session. */
        void tick(long now) {
            if (now >= deadline) {
                result.tryComplete(Optional.empty());
            } else if (!outstanding.isEmpty() && !askedAll && now >= deadline - CLAIM_TIMEOUT_MILLIS + ASK_ALL_MILLIS) {
                askAll();
            }
        }
    }

    /** The nodes that should own a session or know its owner. */
    private Collection<String> likelyOwners(String connectionId) {
        String home = ConnectionId.nodeOf(connectionId);
        String node = nodeId.equals(home) ? locate(connectionId) : home;
        Peer peer = node == null ? null : routingTable.peer(node);
        return peer == null || peer.isSilent() ? List.of() : List.of(peer.id());
    }

    /** The owner as far as known, including a claimant that has not released the session yet. */
    private @Nullable String locate(String connectionId) {
        OutgoingSession outgoingSession = outgoing.get(connectionId);
        String node = directory.get(connectionId);
        return node != null || outgoingSession == null || outgoingSession.sessionEnded() ? node : outgoingSession.to();
    }

    private List<String> reachable() {
        List<String> nodes = new ArrayList<>();
        for (Peer peer : routingTable.peers()) {
            if (!peer.isSilent()) {
                nodes.add(peer.id());
            }
        }
        return nodes;
    }

    private Claimed acquire(SessionState state, String former, long attempt) {
        String id = state.identity().connectionId();
        OutgoingSession before = outgoing.remove(id);
        if (before != null && !before.finished()) {
            // The session returned before its own departure was finished.
            before.finish(clock.getAsLong());
            before.former().release(id);
        }
        incoming.add(id);
        acquired.put(attempt, new AcquiredSession(id, former));
        addOwned(id);
        handoverSender.send(former, new ClaimTaken(nodeId, id, attempt));
        return new Claimed(state, true, () -> onOwnThread(() -> releaseAtFormer(id, former, attempt)));
    }

    /** Records that this node owns the session. */
    private void addOwned(String connectionId) {
        String home = ConnectionId.nodeOf(connectionId);
        if (nodeId.equals(home)) {
            returned.add(connectionId);
        } else if (home != null) {
            foreignSessions.computeIfAbsent(home, node -> new SessionSet()).add(connectionId);
        }
    }

    /** Whether this node owns a session of that home node. */
    private boolean ownsForeign(String connectionId, String home) {
        SessionSet of = foreignSessions.get(home);
        return of != null && of.contains(connectionId);
    }

    /** Records that this node no longer owns the session. */
    private void removeOwned(String connectionId) {
        returned.remove(connectionId);
        String home = ConnectionId.nodeOf(connectionId);
        SessionSet of = home == null ? null : foreignSessions.get(home);
        if (home != null && of != null) {
            of.remove(connectionId);
            if (of.isEmpty()) {
                foreignSessions.remove(home);
            }
        }
    }

    private Future<Void> releaseAtFormer(String connectionId, String former, long attempt) {
        String home = ConnectionId.nodeOf(connectionId);
        directory.remove(connectionId);
        Future<?> announced = home == null
                        || home.equals(former)
                        || !ownsForeign(connectionId, home)
                        || routingTable.peer(home) == null
                ? Future.succeededFuture()
                : handoverSender.request(home, new OwnerChanged(nodeId, connectionId));
        return announced
                .transform(done -> sendRelease(former, attempt))
                // What the former owner forwarded may still be in flight to this node directly as well.
                .transform(done -> onOwnThread(() -> {
                    incoming.remove(connectionId);
                    return barriers.await();
                }));
    }

    private Future<?> sendRelease(String former, long attempt) {
        AcquiredSession acquiredSession = acquired.get(attempt);
        if (acquiredSession == null) {
            return Future.succeededFuture();
        }
        acquiredSession.retry = false;
        return handoverSender
                .request(former, new Release(nodeId, acquiredSession.connectionId, attempt))
                .onSuccess(done -> acquired.remove(attempt))
                .onFailure(lost -> acquiredSession.retry = true);
    }

    /** A session ended on this node that began on another one, or that was on another one in between. */
    public void ended(String connectionId) {
        removeOwned(connectionId);
        String home = ConnectionId.nodeOf(connectionId);
        if (home != null && !home.equals(nodeId) && routingTable.peer(home) != null) {
            handoverSender.send(home, new SessionEnded(nodeId, connectionId));
        }
    }

    /** Whether {@link #ended} must be called for a session that began here. Any thread. */
    public boolean hasReturned(String connectionId) {
        return returned.contains(connectionId);
    }

    // ---- the owner, and the home node

    /** Handles a message of another node; the result is sent only where the sender waits for a reply. */
    public Future<ClaimReply> receive(HandoverMessage message) {
        return message.accept(messageReceiver);
    }

    private final class MessageReceiver implements HandoverVisitor<Future<ClaimReply>> {

        @Override
        public Future<ClaimReply> on(ClaimRequest claimRequest) {
            return onClaimRequest(claimRequest);
        }

        @Override
        public Future<ClaimReply> on(ClaimTaken claimTaken) {
            onClaimTaken(claimTaken);
            return NO_SESSION;
        }

        @Override
        public Future<ClaimReply> on(ClaimDeclined claimDeclined) {
            onClaimDeclined(claimDeclined);
            return NO_SESSION;
        }

        @Override
        public Future<ClaimReply> on(ClaimQuery claimQuery) {
            onClaimQuery(claimQuery);
            return NO_SESSION;
        }

        @Override
        public Future<ClaimReply> on(ClaimReply claimReply) {
            return NO_SESSION; // without its request it means nothing
        }

        @Override
        public Future<ClaimReply> on(Forward forward) {
            onForward(forward);
            return NO_SESSION;
        }

        @Override
        public Future<ClaimReply> on(Release release) {
            return onRelease(release);
        }

        @Override
        public Future<ClaimReply> on(Barrier barrier) {
            return barrier().transform(done -> onOwnThread(() -> NO_SESSION));
        }

        @Override
        public Future<ClaimReply> on(OwnerChanged ownerChanged) {
            onOwnerChanged(ownerChanged);
            return NO_SESSION;
        }

        @Override
        public Future<ClaimReply> on(SessionEnded sessionEnded) {
            onSessionEnded(sessionEnded);
            return NO_SESSION;
        }

        @Override
        public Future<ClaimReply> on(SessionsDigest sessionsDigest) {
            onSessionsDigest(sessionsDigest);
            return NO_SESSION;
        }

        @Override
        public Future<ClaimReply> on(SessionsRequest sessionsRequest) {
            onSessionsRequest(sessionsRequest);
            return NO_SESSION;
        }

        @Override
        public Future<ClaimReply> on(SessionsReply sessionsReply) {
            onSessionsReply(sessionsReply);
            return NO_SESSION;
        }
    }

    private void onSessionsDigest(SessionsDigest sessionsDigest) {
        Long requestId = directory.compare(sessionsDigest.from(), sessionsDigest.digest(), clock.getAsLong());
        if (requestId != null) {
            handoverSender.send(sessionsDigest.from(), new SessionsRequest(nodeId, requestId));
        }
    }

    private void onSessionsRequest(SessionsRequest sessionsRequest) {
        SessionSet ids = foreignSessions.get(sessionsRequest.from());
        handoverSender.send(
                sessionsRequest.from(),
                new SessionsReply(nodeId, sessionsRequest.requestId(), ids == null ? List.of() : ids.all()));
    }

    private void onSessionsReply(SessionsReply sessionsReply) {
        List<String> there = sessionsReply.connectionIds().stream()
                .filter(id -> nodeId.equals(ConnectionId.nodeOf(id)) && !returned.contains(id))
                .toList();
        directory.confirm(sessionsReply.from(), sessionsReply.requestId(), there, clock.getAsLong());
    }

    private void onOwnerChanged(OwnerChanged ownerChanged) {
        if (!returned.contains(ownerChanged.connectionId())) { // else it is older than the return
            directory.put(ownerChanged.connectionId(), ownerChanged.from());
        }
    }

    private void onSessionEnded(SessionEnded ended) {
        directory.remove(ended.connectionId()); // the entry may name a node that the session has left since
        OutgoingSession outgoingSession = outgoing.get(ended.connectionId());
        if (outgoingSession != null) {
            outgoingSession.endSession();
        }
    }

    private Future<ClaimReply> onClaimRequest(ClaimRequest claimRequest) {
        Promise<ClaimReply> answer = Promise.promise();
        long until = clock.getAsLong() + claimRequest.withinMillis();
        String id = claimRequest.claim().connectionId();
        Subscriber claimant = new RemoteClaimant(claimRequest.from());
        enqueue(id, () -> {
            if (isExpired(claimRequest, until)) {
                answer.complete(ClaimReply.NOTHING);
                return Future.succeededFuture();
            }
            return findLocally(claimRequest.claim(), claimant)
                    .compose(found -> handOver(claimRequest, until, found, answer))
                    .onFailure(answer::tryFail);
        });
        return answer.future();
    }

    private Future<Void> handOver(
            ClaimRequest claimRequest, long until, Optional<Found> found, Promise<ClaimReply> answer) {
        String id = claimRequest.claim().connectionId();
        if (found.isEmpty()) {
            answer.complete(new ClaimReply(null, locate(id)));
            return Future.succeededFuture();
        }
        if (isExpired(claimRequest, until)) {
            answer.complete(ClaimReply.NOTHING);
            return found.get().former().reinstate(id).mapEmpty();
        }
        OutgoingSession outgoingSession = new OutgoingSession(
                id, claimRequest.from(), claimRequest.attempt(), found.get().former(), clock.getAsLong());
        OutgoingSession before = outgoing.put(id, outgoingSession);
        if (before != null) {
            before.finish(clock.getAsLong());
        }
        removeOwned(id);
        answer.complete(new ClaimReply(found.get().state(), null));
        return outgoingSession.decided();
    }

    /** Whether the claimant has given up, as far as this node can tell. */
    private boolean isExpired(ClaimRequest claimRequest, long until) {
        return clock.getAsLong() > until || routingTable.hasLeft(claimRequest.from());
    }

    private @Nullable OutgoingSession findOutgoing(String connectionId, String to, long attempt) {
        OutgoingSession outgoingSession = outgoing.get(connectionId);
        return outgoingSession != null && outgoingSession.matches(to, attempt) && !outgoingSession.ending()
                ? outgoingSession
                : null;
    }

    private void onClaimTaken(ClaimTaken claimTaken) {
        OutgoingSession outgoingSession =
                findOutgoing(claimTaken.connectionId(), claimTaken.from(), claimTaken.attempt());
        if (outgoingSession != null) {
            outgoingSession.confirm();
        }
    }

    private void onClaimDeclined(ClaimDeclined claimDeclined) {
        OutgoingSession outgoingSession =
                findOutgoing(claimDeclined.connectionId(), claimDeclined.from(), claimDeclined.attempt());
        if (outgoingSession != null) {
            cancel(outgoingSession);
        }
    }

    /** The claimant did not take the session: resume it here, unless the claimant owned it already. */
    private void cancel(OutgoingSession outgoingSession) {
        if (outgoingSession.confirmed()) {
            discard(outgoingSession);
        } else if (outgoingSession.startEnding()) {
            String id = outgoingSession.connectionId();
            if (outgoing.get(id) == outgoingSession) {
                addOwned(id); // before the shard resumes it, which may end it at once
                String home = ConnectionId.nodeOf(id);
                if (home != null && routingTable.peer(home) != null) {
                    sendDigest(home); // which may have been the claimant, and then believes it gone
                }
            }
            outgoingSession
                    .former()
                    .reinstate(id)
                    .otherwise(false)
                    .onSuccess(reinstated -> executor.execute(() -> {
                        if (outgoing.remove(id, outgoingSession) && !reinstated) {
                            removeOwned(id);
                        }
                        outgoingSession.finish(clock.getAsLong());
                    }));
            log.atInfo()
                    .addKeyValue("connectionId", id)
                    .addKeyValue("node", outgoingSession.to())
                    .log("session stays here: the claimant did not take it");
        }
    }

    /** The claimant has owned the session, so this node forgets it; by now it may have ended there or moved on. */
    private void discard(OutgoingSession outgoingSession) {
        if (outgoingSession.startEnding()) {
            outgoingSession.finish(clock.getAsLong());
            outgoing.remove(outgoingSession.connectionId(), outgoingSession);
            outgoingSession
                    .former()
                    .release(outgoingSession.connectionId())
                    .onFailure(failure -> log.error("failed to release a moved session", failure));
        }
    }

    /** The former owner asks whether this node has taken a session that it handed, or tried to hand, over. */
    private void onClaimQuery(ClaimQuery claimQuery) {
        AcquiredSession acquiredSession = acquired.get(claimQuery.attempt());
        if (acquiredSession != null) {
            handoverSender.send(
                    claimQuery.from(), new ClaimTaken(nodeId, claimQuery.connectionId(), claimQuery.attempt()));
        } else if (!pendingAttempts.contains(claimQuery.attempt())) {
            handoverSender.send(
                    claimQuery.from(), new ClaimDeclined(nodeId, claimQuery.connectionId(), claimQuery.attempt()));
        }
    }

    private Future<ClaimReply> onRelease(Release released) {
        OutgoingSession outgoingSession = findOutgoing(released.connectionId(), released.from(), released.attempt());
        if (outgoingSession == null || !outgoingSession.startEnding()) {
            return NO_SESSION;
        }
        outgoingSession.confirm();
        // Publications sent before every node knew the new owner may still be in flight to this node only.
        return barriers.await().transform(done -> onOwnThread(() -> finishRelease(outgoingSession)));
    }

    /** Completes behind everything that this node and all reachable nodes have begun to publish. */
    private Future<?> barrierAll() {
        List<Future<?>> answers = new ArrayList<>();
        answers.add(barrier());
        reachable().forEach(node -> answers.add(handoverSender.request(node, new Barrier())));
        return Future.join(answers);
    }

    /** Completes behind what this node is publishing now. */
    private Future<?> barrier() {
        return publicationsHandedOver
                .get()
                .compose(passed ->
                        Future.join(attached.stream().map(Subscriber::barrier).toList()));
    }

    private Future<ClaimReply> finishRelease(OutgoingSession outgoingSession) {
        String id = outgoingSession.connectionId();
        if (outgoing.get(id) != outgoingSession) {
            return NO_SESSION; // the session returned meanwhile
        }
        outgoingSession.startBuffering();
        return outgoingSession
                .former()
                .release(id)
                .transform(done -> onOwnThread(() -> {
                    if (nodeId.equals(ConnectionId.nodeOf(id))
                            && outgoing.get(id) == outgoingSession
                            && !outgoingSession.sessionEnded()) {
                        directory.put(id, outgoingSession.to());
                    }
                    outgoingSession.finish(clock.getAsLong());
                    outgoingSession
                            .drainBuffer()
                            .forEach(publication -> handoverSender.publish(outgoingSession.to(), publication));
                    return NO_SESSION;
                }));
    }

    /**
     * Forwards a publication for a single connection whose session is on another node. Returns false if this node must
     * deliver it.
     */
    public boolean route(Publication publication) {
        String id = publication.target().connectionId();
        if (id == null
                || (outgoing.isEmpty()
                        && directory.size() == 0
                        && directory.stale().isEmpty())) {
            return false;
        }
        OutgoingSession outgoingSession = outgoing.get(id);
        if (outgoingSession != null && outgoingSession.buffer(publication)) {
            return true;
        }
        String node = directory.get(id);
        if (node != null) {
            handoverSender.publish(node, publication);
        }
        mayHave(id).stream()
                .filter(other -> !other.equals(node))
                .forEach(other -> handoverSender.publish(other, publication));
        return node != null;
    }

    /**
     * Whether a publication for this connection must pass {@link #route}. If not, and its session leaves meanwhile, the
     * shard that owned it forwards the publication. Any thread.
     */
    public boolean mayBeElsewhere(String connectionId) {
        return outgoing.containsKey(connectionId)
                || directory.get(connectionId) != null
                || !directory.stale().isEmpty();
    }

    /**
     * The nodes that may own a session that began here, whatever the directory says: reachable nodes that have not
     * listed their sessions yet, or whose digest differs. Empty except shortly after a node has become reachable.
     */
    public List<String> mayHave(String connectionId) {
        if (directory.stale().isEmpty() || !nodeId.equals(ConnectionId.nodeOf(connectionId))) {
            return List.of();
        }
        return reachable().stream().filter(directory.stale()::contains).toList();
    }

    /** The node to ask about a connection instead of this one; null if the session did not move, or returned. */
    public @Nullable String whereIs(String connectionId) {
        return incoming.contains(connectionId) ? null : locate(connectionId);
    }

    /**
     * Completes when it is known whether a session that was handed over is at the claimant or stays. On this thread.
     */
    public Future<Void> decided(String connectionId) {
        OutgoingSession outgoingSession = outgoing.get(connectionId);
        return outgoingSession == null ? Future.succeededFuture() : outgoingSession.decided();
    }

    private void forward(String node, String connectionId, Publication publication) {
        handoverSender.send(node, new Forward(connectionId, publication));
    }

    private void onForward(Forward forwarded) {
        Delivery delivery = new Delivery(forwarded.publication());
        attached.forEach(shard -> shard.forward(forwarded.connectionId(), delivery));
    }

    /**
     * A node is reachable, for the first time or again: directory updates in either direction may be lost. Exchanges
     * them at once instead of waiting for the next {@link #sweep}.
     */
    public void onReachable(String node) {
        handoverSender.send(node, new SessionsRequest(nodeId, directory.newRequest(node, clock.getAsLong())));
        sendDigest(node);
    }

    // ---- time

    /** Times out claims. Call it every {@link RoutingTable#TICK_MILLIS}. */
    public void tick() {
        long now = clock.getAsLong();
        List.copyOf(searches).forEach(sessionSearch -> sessionSearch.tick(now));
    }

    /**
     * Repairs what lost messages left behind, and drops entries of nodes that are no longer members. Call it every
     * second.
     */
    public void sweep(Collection<String> members) {
        long now = clock.getAsLong();
        directory.forget(node -> isGone(node, members));
        List.copyOf(outgoing.values()).forEach(outgoingSession -> reconcile(outgoingSession, members, now));
        Map.copyOf(acquired).forEach((attempt, acquiredSession) -> {
            if (isGone(acquiredSession.former, members)) {
                acquired.remove(attempt);
            } else if (acquiredSession.retry) {
                sendRelease(acquiredSession.former, attempt);
            }
        });
        reachable().forEach(this::sendDigest);
    }

    private void sendDigest(String node) {
        SessionSet ids = foreignSessions.get(node);
        handoverSender.send(node, new SessionsDigest(nodeId, ids == null ? 0 : ids.digest()));
    }

    private void reconcile(OutgoingSession outgoingSession, Collection<String> members, long now) {
        long age = now - outgoingSession.since();
        if (outgoingSession.finished()) {
            if (age >= HINT_MILLIS || outgoingSession.sessionEnded() || isGone(outgoingSession.to(), members)) {
                outgoing.remove(outgoingSession.connectionId(), outgoingSession);
            }
        } else if (isGone(outgoingSession.to(), members)) {
            cancel(outgoingSession);
        } else if (age >= (outgoingSession.confirmed() ? RELEASE_MILLIS : CONFIRM_MILLIS)) {
            handoverSender.send(
                    outgoingSession.to(),
                    new ClaimQuery(nodeId, outgoingSession.connectionId(), outgoingSession.attempt()));
        }
    }

    private boolean isGone(String node, Collection<String> members) {
        return routingTable.peer(node) == null && (routingTable.hasLeft(node) || !members.contains(node));
    }

    /** Number of sessions that began here and are on another node. */
    int relocated() {
        return directory.size();
    }

    /** Number of handovers and claims that are not finished. */
    int unresolved() {
        return (int) outgoing.values().stream()
                        .filter(outgoingSession -> !outgoingSession.finished())
                        .count()
                + acquired.size()
                + searches.size()
                + claims.size()
                + incoming.size();
    }

    private <T> Future<T> onOwnThread(Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        executor.execute(
                () -> Future.<Void>succeededFuture().compose(now -> work.get()).onComplete(promise));
        return promise.future();
    }

    /** Stands for a shard of another node, as the claimant that a local shard forwards to. Any thread. */
    private final class RemoteClaimant implements Subscriber {

        private final String node;

        RemoteClaimant(String node) {
            this.node = node;
        }

        @Override
        public void forward(String connectionId, Delivery delivery) {
            SessionHandovers.this.forward(node, connectionId, delivery.publication());
            delivery.release();
        }

        @Override
        public boolean isRemote() {
            return true;
        }

        @Override
        public void deliver(Delivery delivery) {
            throw new UnsupportedOperationException("a remote claimant has no subscriptions here");
        }

        @Override
        public Future<OperationResult> answer(Selector target, Operation operation) {
            throw new UnsupportedOperationException("a remote claimant answers no operations here");
        }

        @Override
        public Future<Optional<SessionState>> claim(Claim claim, Subscriber claimant) {
            throw new UnsupportedOperationException("a remote claimant has no sessions here");
        }

        @Override
        public Future<Void> release(String connectionId) {
            throw new UnsupportedOperationException("a remote claimant has no sessions here");
        }

        @Override
        public Future<Boolean> reinstate(String connectionId) {
            throw new UnsupportedOperationException("a remote claimant has no sessions here");
        }

        @Override
        public Future<Void> barrier() {
            throw new UnsupportedOperationException("a remote claimant has no thread here");
        }

        @Override
        public void writable() {
            throw new UnsupportedOperationException("a remote claimant does not publish here");
        }
    }
}
