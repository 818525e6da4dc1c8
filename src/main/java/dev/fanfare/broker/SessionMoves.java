package dev.fanfare.broker;

import dev.fanfare.broker.MoveMessage.Ended;
import dev.fanfare.broker.MoveMessage.Forwarded;
import dev.fanfare.broker.MoveMessage.Given;
import dev.fanfare.broker.MoveMessage.Mark;
import dev.fanfare.broker.MoveMessage.Moved;
import dev.fanfare.broker.MoveMessage.Released;
import dev.fanfare.broker.MoveMessage.Wanted;
import dev.fanfare.broker.Subscriptions.Claimed;
import dev.fanfare.core.ConnectionId;
import dev.fanfare.core.session.SessionState;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes sessions from shard to shard and from node to node, and knows where those went that began here: a connection id
 * names the node that gave it, so that this is the one who is asked for them. {@code src/docs/decisions/0005} tells how a
 * session moves without losing or doubling anything. Belongs to the registry's thread.
 */
final class SessionMoves {

    private static final Logger log = LoggerFactory.getLogger(SessionMoves.class);

    /** How long the one who was given a session may take until it hears of everything itself. */
    private static final long RELEASE_MILLIS = 30_000;

    /** From node to node after a session. */
    private static final int MAX_HOPS = 4;

    private final String nodeId;
    private final Context context;
    private final List<Subscriber> attached;
    private final View view;
    private final Post post;
    private final Rounds marks = new Rounds(this::markAll);

    /** Claims of one session come one after the other: while it is on its way, nobody has it. */
    private final Map<String, Future<?>> claims = new HashMap<>();

    /** Sessions that began here, and the nodes that have them by now. */
    private final Map<String, String> away = new HashMap<>();

    /** Answers that are waited for, and of whom. */
    private final Map<Promise<Given>, String> asked = new HashMap<>();

    /** Sessions that are here, while not everybody knows. */
    private final Set<String> arriving = new HashSet<>();

    /** Sessions that another node was given a moment ago. */
    private final Map<String, Departure> departures = new HashMap<>();

    /** Brings messages to other nodes. */
    interface Post {
        void send(String node, MoveMessage message);

        /** Brings a publication for a connection to the node that has it. */
        void publish(String node, Publication publication);

        /** Fails if there is no answer in time. */
        Future<Given> request(String node, MoveMessage message);
    }

    /** @param attached the shards of this node; changes under our eyes, on our thread */
    SessionMoves(String nodeId, Context context, List<Subscriber> attached, View view, Post post) {
        this.nodeId = nodeId;
        this.context = context;
        this.attached = attached;
        this.view = view;
        this.post = post;
    }

    /** A session that another node was given. Its publications wait here while its shard forwards its last. */
    private static final class Departure {
        private final String to;
        private final Supplier<Future<Void>> release;
        private @Nullable List<Publication> held;
        private boolean ending;
        private boolean released;

        Departure(String to, Supplier<Future<Void>> release) {
            this.to = to;
            this.release = release;
        }

        /** Completes when the shard has forwarded its last and forgotten the session. */
        Future<Void> end() {
            return release.get();
        }
    }

    // ---- the node that wants a session

    Future<Optional<Claimed>> claim(Claim claim, Subscriber claimant) {
        return inTurn(
                claim.connectionId(),
                () -> claimHere(claim, claimant)
                        .compose(here -> here.isPresent() ? Future.succeededFuture(here) : claimThere(claim)));
    }

    private <T> Future<T> inTurn(String connectionId, Supplier<Future<T>> work) {
        Future<?> before = claims.getOrDefault(connectionId, Future.succeededFuture());
        Future<T> answer = before.transform(done -> work.get());
        claims.put(connectionId, answer);
        return answer.onComplete(done -> context.runOnContext(v -> claims.remove(connectionId, answer)));
    }

    private Future<Optional<Claimed>> claimHere(Claim claim, Subscriber claimant) {
        List<Future<Optional<Claimed>>> answers = new ArrayList<>();
        for (Subscriber former : attached) {
            if (!former.equals(claimant)) {
                answers.add(former.claim(claim, claimant)
                        .map(state -> state.map(
                                s -> new Claimed(s, false, () -> releaseHere(former, claim.connectionId())))));
            }
        }
        // One who has a bug must not keep the session from the one who finds it.
        return Future.join(answers).transform(all -> here(() -> Future.succeededFuture(first(answers))));
    }

    /** On this thread, so that whatever the former subscriber still forwards has reached the claimant, too. */
    private Future<Void> releaseHere(Subscriber former, String connectionId) {
        return here(() -> former.release(connectionId));
    }

    private Future<Optional<Claimed>> claimThere(Claim claim) {
        return follow(owners(claim.connectionId()), claim, MAX_HOPS)
                .map(given -> Optional.ofNullable(given.state()).map(state -> claimed(state, given)));
    }

    /** Goes after a session that moves faster than the word of it. */
    private Future<Given> follow(Collection<String> nodes, Claim claim, int hops) {
        return wantedFrom(nodes, claim).compose(given -> {
            String next = nodeId.equals(given.away()) ? whereabouts(claim.connectionId()) : given.away();
            return given.state() != null || next == null || hops == 0
                    ? Future.succeededFuture(given)
                    : follow(List.of(next), claim, hops - 1);
        });
    }

    /** Who may have a session or know who has it: the node that gave the id; all others where that is gone. */
    private Collection<String> owners(String connectionId) {
        String home = ConnectionId.nodeOf(connectionId);
        if (home == null) {
            return List.of();
        }
        if (home.equals(nodeId)) {
            String node = whereabouts(connectionId);
            return node == null ? List.of() : List.of(node);
        }
        Peer peer = view.peer(home);
        return peer == null ? inTouch() : peer.isSilent() ? List.of() : List.of(home);
    }

    /** Whom it was given to, even if that one does not hear of everything itself yet. */
    private @Nullable String whereabouts(String connectionId) {
        Departure departure = departures.get(connectionId);
        return away.getOrDefault(connectionId, departure == null ? null : departure.to);
    }

    private List<String> inTouch() {
        List<String> nodes = new ArrayList<>();
        for (Peer peer : view.peers()) {
            if (!peer.isSilent()) {
                nodes.add(peer.id());
            }
        }
        return nodes;
    }

    private Future<Given> wantedFrom(Collection<String> nodes, Claim claim) {
        List<Future<Given>> answers = nodes.stream()
                .map(node -> wantedFrom(node, claim)
                        .map(given -> given.state() == null ? given : new Given(given.state(), node)))
                .toList();
        return Future.join(answers)
                .transform(all -> Future.succeededFuture(answers.stream()
                        .map(Future::result)
                        .filter(given -> given.state() != null || given.away() != null)
                        .findFirst()
                        .orElse(Given.NOTHING)));
    }

    private Future<Given> wantedFrom(String node, Claim claim) {
        Promise<Given> answer = Promise.promise();
        asked.put(answer, node);
        post.request(node, new Wanted(nodeId, claim)).otherwise(Given.NOTHING).onComplete(given -> {
            asked.remove(answer);
            answer.tryComplete(given.result());
        });
        return answer.future();
    }

    /** Clients of nodes that turned out to be silent need not wait longer. */
    void giveUpOnTheSilent() {
        List<String> nodes = inTouch();
        Map.copyOf(asked).forEach((answer, node) -> {
            if (!nodes.contains(node)) {
                answer.tryComplete(Given.NOTHING);
            }
        });
    }

    /** @param given names the node that had it */
    private Claimed claimed(SessionState state, Given given) {
        String former = Objects.requireNonNull(given.away(), "the node that had it");
        departures.remove(state.identity().connectionId()); // it may have come back
        arriving.add(state.identity().connectionId());
        return new Claimed(
                state, true, () -> here(() -> releaseThere(state.identity().connectionId(), former)));
    }

    private Future<Void> releaseThere(String connectionId, String former) {
        String home = ConnectionId.nodeOf(connectionId);
        away.remove(connectionId);
        arriving.remove(connectionId);
        Future<?> told = home == null || home.equals(nodeId) || home.equals(former) || view.peer(home) == null
                ? Future.succeededFuture()
                : post.request(home, new Moved(nodeId, connectionId));
        return told.transform(done -> post.request(former, new Released(nodeId, connectionId)))
                // What the former forwarded may still be on its way to us directly, too.
                .transform(done -> here(marks::pass));
    }

    /** A session whose id another node gave has ended here. */
    void ended(String connectionId) {
        String home = ConnectionId.nodeOf(connectionId);
        if (home != null && !home.equals(nodeId) && view.peer(home) != null) {
            post.send(home, new Ended(nodeId, connectionId));
        }
    }

    // ---- the node that has a session, or knows where it is

    /** What another node says; the answer is for those that wait for one. */
    Future<Given> receive(MoveMessage message) {
        if (message instanceof Wanted wanted) {
            return give(wanted);
        }
        if (message instanceof Released released) {
            return release(released);
        }
        if (message instanceof Mark) {
            return barrier().transform(done -> here(() -> Future.succeededFuture(Given.NOTHING)));
        }
        if (message instanceof Forwarded forwarded) {
            forwarded(forwarded);
        } else if (message instanceof Moved moved) {
            away.put(moved.connectionId(), moved.from());
        } else if (message instanceof Ended ended) {
            away.remove(ended.connectionId(), ended.from());
        }
        return Future.succeededFuture(Given.NOTHING);
    }

    private Future<Given> give(Wanted wanted) {
        String id = wanted.claim().connectionId();
        Subscriber claimant = new RemoteClaimant(wanted.from());
        return inTurn(
                id,
                () -> claimHere(wanted.claim(), claimant).map(found -> {
                    if (found.isEmpty()) {
                        return new Given(null, whereabouts(id));
                    }
                    departs(id, new Departure(wanted.from(), found.get().release()));
                    return new Given(found.get().state(), null);
                }));
    }

    private void departs(String connectionId, Departure departure) {
        departures.put(connectionId, departure);
        context.owner().setTimer(RELEASE_MILLIS, timer -> {
            if (departures.remove(connectionId, departure) && !departure.released) {
                log.atWarn()
                        .addKeyValue("connectionId", connectionId)
                        .addKeyValue("node", departure.to)
                        .log("a node did not take over the session it was given");
                departure.end().onFailure(failure -> log.error("a session could not be forgotten", failure));
            }
        });
    }

    private Future<Given> release(Released released) {
        Departure departure = departures.get(released.connectionId());
        if (departure == null || departure.ending) {
            return Future.succeededFuture(Given.NOTHING);
        }
        departure.ending = true;
        // What was published before all knew of the new owner may still be on its way to us alone.
        return marks.pass().transform(done -> here(() -> release(released.connectionId(), departure)));
    }

    /** Completes behind everything that the nodes in touch have begun to publish by now. */
    private Future<?> markAll() {
        List<Future<?>> answers = new ArrayList<>();
        answers.add(barrier());
        inTouch().forEach(node -> answers.add(post.request(node, new Mark())));
        return Future.join(answers);
    }

    /** Behind what the shards of this node are publishing now. */
    private Future<?> barrier() {
        return Future.join(attached.stream().map(Subscriber::barrier).toList());
    }

    private Future<Given> release(String connectionId, Departure departure) {
        departure.held = new ArrayList<>();
        return departure
                .end()
                .transform(done -> here(() -> {
                    if (nodeId.equals(ConnectionId.nodeOf(connectionId)) && departures.get(connectionId) == departure) {
                        away.put(connectionId, departure.to);
                    }
                    departure.released = true;
                    List<Publication> held = Objects.requireNonNullElse(departure.held, List.<Publication>of());
                    departure.held = null;
                    held.forEach(publication -> post.publish(departure.to, publication));
                    return Future.succeededFuture(Given.NOTHING);
                }));
    }

    /** Takes a publication for a connection that is with another node by now; false if it is for this node. */
    boolean route(Publication publication) {
        String id = publication.target().connectionId();
        if (id == null || (departures.isEmpty() && away.isEmpty())) {
            return false;
        }
        Departure departure = departures.get(id);
        if (departure != null && departure.held != null) {
            departure.held.add(publication);
            return true;
        }
        String node = away.get(id);
        if (node != null) {
            post.publish(node, publication);
        }
        return node != null;
    }

    /** The node that is to be asked about a connection instead of this one; null if it did not move, or came back. */
    @Nullable
    String whereIs(String connectionId) {
        return arriving.contains(connectionId) ? null : whereabouts(connectionId);
    }

    private void forward(String node, String connectionId, Publication publication) {
        post.send(node, new Forwarded(connectionId, Wire.encode(publication)));
    }

    private void forwarded(Forwarded forwarded) {
        Publication publication = Wire.publication(forwarded.publication());
        if (publication != null) {
            Delivery delivery = new Delivery(publication);
            attached.forEach(shard -> shard.forward(forwarded.connectionId(), delivery));
        }
    }

    /** Forgets what nodes had that are no members any more. */
    void sweep(Collection<String> members) {
        away.values().removeIf(node -> !members.contains(node));
    }

    /** Sessions that began here and are elsewhere. */
    int away() {
        return away.size();
    }

    private static Optional<Claimed> first(List<Future<Optional<Claimed>>> answers) {
        return answers.stream()
                .filter(Future::succeeded)
                .flatMap(answer -> answer.result().stream())
                .findFirst();
    }

    private <T> Future<T> here(Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(
                v -> Future.<Void>succeededFuture().compose(now -> work.get()).onComplete(promise));
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
            SessionMoves.this.forward(node, connectionId, delivery.publication());
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
        public Future<Answer> answer(Selector target, Operation operation) {
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
        public Future<Void> barrier() {
            throw new UnsupportedOperationException("it has no thread here");
        }

        @Override
        public void writable() {
            throw new UnsupportedOperationException("it does not publish here");
        }
    }
}
