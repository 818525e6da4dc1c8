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
import dev.fanfare.broker.wire.Wire;
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
 * Takes sessions from shard to shard and from node to node, and knows where those went that began here: a connection id
 * names the node that gave it, so that this is the one who is asked for them. {@code src/docs/decisions/0005} tells how a
 * session moves without losing or doubling anything, and {@code 0023} how it is with somebody whatever is lost on the
 * way. Belongs to the registry's thread.
 */
public final class SessionHandovers {

    private static final Logger log = LoggerFactory.getLogger(SessionHandovers.class);

    /** After so long a client is told that its session is not to be had. */
    static final long CLAIM_TIMEOUT_MILLIS = 5000;

    /** After so long those are asked, too, who need not know of a session. */
    private static final long ASK_ALL_MILLIS = 1000;

    /** After so long without a word a node is asked what became of a session that it was given. */
    private static final long CONFIRM_MILLIS = 2000;

    /** How long the one who was given a session may take until it hears of everything itself, before it is asked. */
    private static final long RELEASE_MILLIS = 10_000;

    /** How long it is remembered whom a session was given to. */
    private static final long HINT_MILLIS = 30_000;

    /** From node to node after a session. */
    private static final int MAX_HOPS = 4;

    private final String nodeId;
    private final Executor executor;
    private final LongSupplier clock;
    private final List<Subscriber> attached;
    private final RoutingTable routingTable;
    private final Post post;
    private final CoalescedBarrier barriers = new CoalescedBarrier(this::barrierAll);

    /** Claims of one session come one after the other: while it is on its way, nobody has it. */
    private final Map<String, Future<?>> claims = new HashMap<>();

    /** Sessions that began here, and the nodes that have them by now. */
    private final SessionDirectory directory = new SessionDirectory();

    /** Claims of this node that are not decided. */
    private final Set<Search> searches = new HashSet<>();

    /** Attempts that were not answered, and sessions that were taken whose former owner does not know that it may go. */
    private final Set<Long> pendingAttempts = new HashSet<>();

    private final Map<Long, AcquiredSession> acquired = new HashMap<>();

    /** Sessions that are here, while not everybody knows. */
    private final Set<String> incoming = new HashSet<>();

    /** Sessions that another node was given. */
    private final Map<String, OutgoingSession> outgoing = new HashMap<>();

    /** Sessions that are here and began on other nodes, by these. */
    private final Map<String, SessionSet> foreignSessions = new HashMap<>();

    /** Sessions that began here and came back. Any thread. */
    private final Set<String> returned = ConcurrentHashMap.newKeySet();

    private long attempts;

    /** Brings messages to other nodes. */
    public interface Post {
        void send(String node, HandoverMessage message);

        /** Brings a publication for a connection to the node that has it. */
        void publish(String node, Publication publication);

        /** Fails if there is no answer in time, or the node is silent or gone. Completes on the registry's thread. */
        Future<ClaimReply> request(String node, HandoverMessage message);
    }

    /**
     * @param executor the registry's thread; what it is given runs later, in order
     * @param clock milliseconds of any origin, as for the view
     * @param attached the shards of this node; changes under our eyes, on our thread
     */
    public SessionHandovers(
            String nodeId,
            Executor executor,
            LongSupplier clock,
            List<Subscriber> attached,
            RoutingTable routingTable,
            Post post) {
        this.nodeId = nodeId;
        this.executor = executor;
        this.clock = clock;
        this.attached = attached;
        this.routingTable = routingTable;
        this.post = post;
    }

    /** A session that was found on this node. */
    private record Found(Subscriber former, SessionState state) {}

    /** A session that was taken from another node, which is to be told that it may forget it. */
    private static final class AcquiredSession {
        private final String connectionId;
        private final String former;
        private boolean retry;

        AcquiredSession(String connectionId, String former) {
            this.connectionId = connectionId;
            this.former = former;
        }
    }

    // ---- the node that wants a session

    public Future<Optional<Claimed>> claim(Claim claim, Subscriber claimant) {
        Search search = new Search(claim, claimant);
        searches.add(search);
        enqueue(claim.connectionId(), search::begin);
        return search.result().onComplete(done -> searches.remove(search));
    }

    /** Work on one session waits until what came before has come to its end. */
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
        // A shard that fails must not keep the session from the one that has it.
        return Future.join(answers)
                .transform(all -> onOwnThread(() -> Future.succeededFuture(answers.stream()
                        .filter(Future::succeeded)
                        .flatMap(answer -> answer.result().stream())
                        .findFirst())));
    }

    /** On this thread, so that whatever the former subscriber still forwards has reached the claimant, too. */
    private Future<Void> releaseLocally(Subscriber former, String connectionId) {
        return onOwnThread(() -> former.release(connectionId));
    }

    /**
     * One claim of a client of this node. Every node that may have the session, or know who has it, is asked; the first
     * answer that has it counts, and an answer without it never ends the search while others are outstanding.
     */
    private final class Search {
        private final Claim claim;
        private final Subscriber claimant;
        private final long deadline = clock.getAsLong() + CLAIM_TIMEOUT_MILLIS;
        private final Promise<Optional<Claimed>> result = Promise.promise();
        private final Set<String> asked = new HashSet<>();
        private final Set<String> outstanding = new HashSet<>();
        private int hops = MAX_HOPS;
        private boolean askedAll;

        Search(Claim claim, Subscriber claimant) {
            this.claim = claim;
            this.claimant = claimant;
        }

        Future<Optional<Claimed>> result() {
            return result.future();
        }

        /** Completes when it is decided, and nothing of it is left. */
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
                post.request(node, new ClaimRequest(nodeId, claim, attempt, left))
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
                // A node that was asleep reads this before its timers run: by now it may have been given up.
                if (result.future().isComplete() || clock.getAsLong() > deadline) {
                    result.tryComplete(Optional.empty());
                    post.send(node, new ClaimDeclined(nodeId, claim.connectionId(), attempt));
                } else {
                    result.complete(Optional.of(acquire(state, node, attempt)));
                }
            } else if (!result.future().isComplete()) {
                String next = nodeId.equals(claimReply.owner()) ? locate(claim.connectionId()) : claimReply.owner();
                if (next != null && !next.equals(nodeId) && hops-- > 0) {
                    ask(next); // goes after a session that moves faster than the word of it
                }
                proceed();
            }
        }

        /** Where those who should know do not, all are asked: what they were told may be lost, or not told yet. */
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

        /** One that is slow to answer does not hold up those that may know better. */
        void tick(long now) {
            if (now >= deadline) {
                result.tryComplete(Optional.empty());
            } else if (!outstanding.isEmpty() && !askedAll && now >= deadline - CLAIM_TIMEOUT_MILLIS + ASK_ALL_MILLIS) {
                askAll();
            }
        }
    }

    /** Who should have a session or know who has it. */
    private Collection<String> likelyOwners(String connectionId) {
        String home = ConnectionId.nodeOf(connectionId);
        String node = nodeId.equals(home) ? locate(connectionId) : home;
        Peer peer = node == null ? null : routingTable.peer(node);
        return peer == null || peer.isSilent() ? List.of() : List.of(peer.id());
    }

    /** Whom it was given to, even if that one does not hear of everything itself yet. */
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
            // It came back before all was done that follows from its going.
            before.finish(clock.getAsLong());
            before.former().release(id);
        }
        incoming.add(id);
        acquired.put(attempt, new AcquiredSession(id, former));
        addOwned(id);
        post.send(former, new ClaimTaken(nodeId, id, attempt));
        return new Claimed(state, true, () -> onOwnThread(() -> releaseAtFormer(id, former, attempt)));
    }

    /** The session is here. */
    private void addOwned(String connectionId) {
        String home = ConnectionId.nodeOf(connectionId);
        if (nodeId.equals(home)) {
            returned.add(connectionId);
        } else if (home != null) {
            foreignSessions.computeIfAbsent(home, node -> new SessionSet()).add(connectionId);
        }
    }

    /** Whether a session of another node is here. */
    private boolean ownsForeign(String connectionId, String home) {
        SessionSet of = foreignSessions.get(home);
        return of != null && of.contains(connectionId);
    }

    /** The session is here no more. */
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
                : post.request(home, new OwnerChanged(nodeId, connectionId));
        return announced
                .transform(done -> sendRelease(former, attempt))
                // What the former forwarded may still be on its way to us directly, too.
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
        return post.request(former, new Release(nodeId, acquiredSession.connectionId, attempt))
                .onSuccess(done -> acquired.remove(attempt))
                .onFailure(lost -> acquiredSession.retry = true);
    }

    /** A session has ended here that another node gave its id, or that was on another node. */
    public void ended(String connectionId) {
        removeOwned(connectionId);
        String home = ConnectionId.nodeOf(connectionId);
        if (home != null && !home.equals(nodeId) && routingTable.peer(home) != null) {
            post.send(home, new SessionEnded(nodeId, connectionId));
        }
    }

    /** Whether {@link #ended} wants to hear of a session that began here. Any thread. */
    public boolean hasReturned(String connectionId) {
        return returned.contains(connectionId);
    }

    // ---- the node that has a session, or knows where it is

    /** What another node says; the answer is for those that wait for one. */
    public Future<ClaimReply> receive(HandoverMessage message) {
        if (message instanceof ClaimRequest claimRequest) {
            return onClaimRequest(claimRequest);
        }
        if (message instanceof Release released) {
            return onRelease(released);
        }
        if (message instanceof Barrier) {
            return barrier().transform(done -> onOwnThread(() -> Future.succeededFuture(ClaimReply.NOTHING)));
        }
        if (message instanceof Forward forwarded) {
            onForward(forwarded);
        } else if (message instanceof OwnerChanged ownerChanged) {
            onOwnerChanged(ownerChanged);
        } else if (message instanceof SessionEnded ended) {
            onSessionEnded(ended);
        } else if (message instanceof ClaimTaken claimTaken) {
            onClaimTaken(claimTaken);
        } else if (message instanceof ClaimDeclined claimDeclined) {
            onClaimDeclined(claimDeclined);
        } else if (message instanceof ClaimQuery claimQuery) {
            onClaimQuery(claimQuery);
        } else if (message instanceof SessionsDigest sessionsDigest) {
            Long requestId = directory.compare(sessionsDigest.from(), sessionsDigest.digest(), clock.getAsLong());
            if (requestId != null) {
                post.send(sessionsDigest.from(), new SessionsRequest(nodeId, requestId));
            }
        } else if (message instanceof SessionsRequest sessionsRequest) {
            SessionSet ids = foreignSessions.get(sessionsRequest.from());
            post.send(
                    sessionsRequest.from(),
                    new SessionsReply(nodeId, sessionsRequest.requestId(), ids == null ? List.of() : ids.all()));
        } else if (message instanceof SessionsReply all) {
            List<String> there = all.connectionIds().stream()
                    .filter(id -> nodeId.equals(ConnectionId.nodeOf(id)) && !returned.contains(id))
                    .toList();
            directory.confirm(all.from(), all.requestId(), there, clock.getAsLong());
        }
        return Future.succeededFuture(ClaimReply.NOTHING);
    }

    private void onOwnerChanged(OwnerChanged ownerChanged) {
        if (!returned.contains(ownerChanged.connectionId())) { // else it is older than the return
            directory.put(ownerChanged.connectionId(), ownerChanged.from());
        }
    }

    private void onSessionEnded(SessionEnded ended) {
        directory.remove(ended.connectionId()); // it may have moved on before this node was told
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

    /** Whether the one who wanted a session has given it up, as far as can be seen from here. */
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

    /** The other node does not have the session: it is here as before, unless that one had it already. */
    private void cancel(OutgoingSession outgoingSession) {
        if (outgoingSession.confirmed()) {
            discard(outgoingSession);
        } else if (outgoingSession.startEnding()) {
            String id = outgoingSession.connectionId();
            if (outgoing.get(id) == outgoingSession) {
                addOwned(id); // before the shard has it, which may end it at once
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
                    .log("a session stays, since the node that wanted it did not take it");
        }
    }

    /** The other node had the session and has it no more; what became of it, that one has told. */
    private void discard(OutgoingSession outgoingSession) {
        if (outgoingSession.startEnding()) {
            outgoingSession.finish(clock.getAsLong());
            outgoing.remove(outgoingSession.connectionId(), outgoingSession);
            outgoingSession
                    .former()
                    .release(outgoingSession.connectionId())
                    .onFailure(failure -> log.error("a session could not be forgotten", failure));
        }
    }

    /** A former owner wants to know what became of a session that it gave us, or tried to. */
    private void onClaimQuery(ClaimQuery claimQuery) {
        AcquiredSession acquiredSession = acquired.get(claimQuery.attempt());
        if (acquiredSession != null) {
            post.send(claimQuery.from(), new ClaimTaken(nodeId, claimQuery.connectionId(), claimQuery.attempt()));
        } else if (!pendingAttempts.contains(claimQuery.attempt())) {
            post.send(claimQuery.from(), new ClaimDeclined(nodeId, claimQuery.connectionId(), claimQuery.attempt()));
        }
    }

    private Future<ClaimReply> onRelease(Release released) {
        OutgoingSession outgoingSession = findOutgoing(released.connectionId(), released.from(), released.attempt());
        if (outgoingSession == null || !outgoingSession.startEnding()) {
            return Future.succeededFuture(ClaimReply.NOTHING);
        }
        outgoingSession.confirm();
        // What was published before all knew of the new owner may still be on its way to us alone.
        return barriers.await().transform(done -> onOwnThread(() -> finishRelease(outgoingSession)));
    }

    /** Completes behind everything that the nodes in touch have begun to publish by now. */
    private Future<?> barrierAll() {
        List<Future<?>> answers = new ArrayList<>();
        answers.add(barrier());
        reachable().forEach(node -> answers.add(post.request(node, new Barrier())));
        return Future.join(answers);
    }

    /** Behind what the shards of this node are publishing now. */
    private Future<?> barrier() {
        return Future.join(attached.stream().map(Subscriber::barrier).toList());
    }

    private Future<ClaimReply> finishRelease(OutgoingSession outgoingSession) {
        String id = outgoingSession.connectionId();
        if (outgoing.get(id) != outgoingSession) {
            return Future.succeededFuture(ClaimReply.NOTHING); // it came back meanwhile
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
                            .forEach(publication -> post.publish(outgoingSession.to(), publication));
                    return Future.succeededFuture(ClaimReply.NOTHING);
                }));
    }

    /** Takes a publication for a connection that is with another node by now; false if it is for this node. */
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
            post.publish(node, publication);
        }
        mayHave(id).stream().filter(other -> !other.equals(node)).forEach(other -> post.publish(other, publication));
        return node != null;
    }

    /**
     * The nodes that may have a session that began here, whatever this node knows of it: they are in touch, but have not told
     * yet what they have, or it is not what is known of them. None but for moments after a node has come in touch.
     */
    public List<String> mayHave(String connectionId) {
        if (directory.stale().isEmpty() || !nodeId.equals(ConnectionId.nodeOf(connectionId))) {
            return List.of();
        }
        return reachable().stream().filter(directory.stale()::contains).toList();
    }

    /** The node that is to be asked about a connection instead of this one; null if it did not move, or came back. */
    public @Nullable String whereIs(String connectionId) {
        return incoming.contains(connectionId) ? null : locate(connectionId);
    }

    /** Completes when it is known whether a session that another node was given is there or stays. On this thread. */
    public Future<Void> decided(String connectionId) {
        OutgoingSession outgoingSession = outgoing.get(connectionId);
        return outgoingSession == null ? Future.succeededFuture() : outgoingSession.decided();
    }

    private void forward(String node, String connectionId, Publication publication) {
        post.send(node, new Forward(connectionId, Wire.encode(publication)));
    }

    private void onForward(Forward forwarded) {
        Publication publication = Wire.publication(forwarded.publication());
        if (publication != null) {
            Delivery delivery = new Delivery(publication);
            attached.forEach(shard -> shard.forward(forwarded.connectionId(), delivery));
        }
    }

    /**
     * A node is in touch, for the first time or again: what either told the other one before may be lost. They do not wait for
     * the next second to make it good.
     */
    public void onReachable(String node) {
        post.send(node, new SessionsRequest(nodeId, directory.newRequest(node, clock.getAsLong())));
        sendDigest(node);
    }

    // ---- time

    /** Clients that have waited for long enough are told so. To be called every {@link RoutingTable#TICK_MILLIS}. */
    public void tick() {
        long now = clock.getAsLong();
        List.copyOf(searches).forEach(search -> search.tick(now));
    }

    /**
     * Makes good what was lost on the way, and forgets what nodes had that are no members any more. To be called every
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
        post.send(node, new SessionsDigest(nodeId, ids == null ? 0 : ids.digest()));
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
            post.send(
                    outgoingSession.to(),
                    new ClaimQuery(nodeId, outgoingSession.connectionId(), outgoingSession.attempt()));
        }
    }

    private boolean isGone(String node, Collection<String> members) {
        return routingTable.peer(node) == null && (routingTable.hasLeft(node) || !members.contains(node));
    }

    /** Sessions that began here and are elsewhere. */
    int relocated() {
        return directory.size();
    }

    /** Moves of which not everything is known here. */
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

    /** A shard of another node, for the shard that a session leaves. Any thread may call it. */
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
            throw new UnsupportedOperationException("it is subscribed to nothing here");
        }

        @Override
        public Future<OperationResult> answer(Selector target, Operation operation) {
            throw new UnsupportedOperationException("it is not asked here");
        }

        @Override
        public Future<Optional<SessionState>> claim(Claim claim, Subscriber claimant) {
            throw new UnsupportedOperationException("it has no sessions here");
        }

        @Override
        public Future<Void> release(String connectionId) {
            throw new UnsupportedOperationException("it has no sessions here");
        }

        @Override
        public Future<Boolean> reinstate(String connectionId) {
            throw new UnsupportedOperationException("it has no sessions here");
        }

        @Override
        public Future<Void> barrier() {
            throw new UnsupportedOperationException("it has no thread here");
        }

        @Override
        public void writable() {
            throw new UnsupportedOperationException("it does not publish here");
        }
    }
}
