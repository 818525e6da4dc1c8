package dev.fanfare.broker;

import dev.fanfare.core.ErrorCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the addresses of this node: listens to one once however many of its groups have members here, hands what arrives to
 * the shards that are interested, asks them on behalf of other nodes, and looks after the view of what other nodes listen
 * to. One per node; all state belongs to its event loop, but for the registrations and the view's peers, which publishers
 * look into.
 */
final class RegistryVerticle extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(RegistryVerticle.class);
    private static final long SWEEP_MILLIS = 1000;
    private static final long INTRODUCTION_MILLIS = 20;
    private static final DeliveryOptions VIEW = new DeliveryOptions().setCodecName(BusCodecs.VIEW);
    private static final DeliveryOptions MOVE = new DeliveryOptions().setCodecName(BusCodecs.MOVE);
    private static final DeliveryOptions ASK = new DeliveryOptions().setCodecName(BusCodecs.ASK);
    private static final DeliveryOptions HELLO = new DeliveryOptions().setCodecName(BusCodecs.HELLO);

    private static final Subscriber[] NOBODY = {};

    private final String nodeId;
    private final String nodeAddress;
    private final Supplier<List<String>> nodes;
    private final EventBusBroker.Settings settings;
    private final Addresses addresses;
    private final InFlight deliveries;
    private final Traffic traffic;
    private final NodeSender sender;
    private final ClusterLog clusterLog = new ClusterLog(System::nanoTime);
    private final View view;
    private final NodeRequests requests;
    private final ConcurrentMap<String, Registration> registrations = new ConcurrentHashMap<>();
    private final List<Subscriber> attached = new ArrayList<>();
    private @Nullable Reports reports;
    private volatile @Nullable SessionMoves moves;
    private volatile boolean inTouch = true;
    private boolean introduced;
    private boolean stopped;

    RegistryVerticle(
            String nodeId,
            Supplier<List<String>> nodes,
            EventBusBroker.Settings settings,
            Addresses addresses,
            InFlight deliveries,
            InFlight remote,
            Traffic traffic,
            NodeSender sender,
            NodeRequests requests) {
        this.nodeId = nodeId;
        this.nodeAddress = Addresses.node(nodeId);
        this.nodes = nodes;
        this.settings = settings;
        this.addresses = addresses;
        this.deliveries = deliveries;
        this.traffic = traffic;
        this.sender = sender;
        this.requests = requests;
        this.view =
                new View(nodeId, this::post, start -> new Ledger(start, remote, settings.inFlightBytes()), new Watch());
    }

    @Override
    public Future<?> start() {
        reports = new Reports(context);
        moves = new SessionMoves(
                nodeId,
                work -> context.runOnContext(v -> work.run()),
                EventBusBroker::now,
                attached,
                view,
                new MovePost());
        MessageConsumer<Object> consumer = vertx.eventBus().consumer(nodeAddress);
        consumer.handler(this::receive);
        vertx.setPeriodic(SWEEP_MILLIS, timer -> unregisterUnused());
        return Future.all(register(nodeAddress).known(), consumer.completion());
    }

    /** The other nodes leave us at once, and not when they have waited for us. */
    @Override
    public Future<?> stop() {
        for (Peer peer : view.peers()) {
            post(peer.id(), new ViewMessage.Gone(nodeId));
        }
        stopped = true;
        return Future.succeededFuture();
    }

    /** What other nodes listen to; only what any thread may ask. */
    View view() {
        return view;
    }

    /** Completes when this node and every other one that answers know of each other. */
    Future<Void> introduce() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> {
            vertx.setPeriodic(View.TICK_MILLIS, timer -> tick());
            introduced = true;
            tick();
            awaitCompleteView(done);
        });
        return done.future();
    }

    /** Looks after everything at once. Any thread. */
    void membersChanged() {
        context.runOnContext(v -> tickIfIntroduced());
    }

    /** Nobody waits for this node any more. Any thread. */
    void crashed(String node) {
        context.runOnContext(v -> {
            if (view.crashed(node, nodes.get())) {
                clusterLog.crashed(node);
            }
            tickIfIntroduced();
        });
    }

    private void tickIfIntroduced() {
        if (introduced) {
            tick();
        }
    }

    /** After {@link ViewMessage.Gone} nothing is sent: the others would take this node for one that is there. */
    private void post(String node, ViewMessage message) {
        if (stopped) {
            return;
        }
        vertx.eventBus()
                .<ViewMessage>sender(Addresses.node(node), VIEW)
                .write(message)
                .onFailure(cause -> clusterLog.failed(node, cause));
    }

    private void awaitCompleteView(Promise<Void> done) {
        if (view.isComplete(EventBusBroker.now())) {
            done.complete();
        } else {
            vertx.setTimer(INTRODUCTION_MILLIS, timer -> awaitCompleteView(done));
        }
    }

    private void tick() {
        List<String> members = nodes.get();
        clusterLog.members(members);
        view.tick(EventBusBroker.now(), members, deliveries.writable());
        clusterLog.remind();
        inTouch = view.isInTouch();
        moves().tick();
    }

    /** See {@link View#isInTouch}, at the last tick. Any thread. */
    boolean inTouch() {
        return inTouch;
    }

    /** The registration of an address, if this node listens to it. Any thread. */
    @Nullable
    Registration find(String address) {
        return registrations.get(address);
    }

    int size() {
        return registrations.size();
    }

    Future<Void> attach(Subscriber subscriber) {
        return onOwnThread(() -> {
            attached.add(subscriber);
            return subscribeNow(subscriber, nodeAddress);
        });
    }

    Future<Void> detach(Subscriber subscriber) {
        return onOwnThread(() -> {
            attached.remove(subscriber);
            long now = EventBusBroker.now();
            registrations.values().forEach(registration -> registration.remove(subscriber, now));
            return Future.succeededFuture();
        });
    }

    Future<Void> subscribe(Subscriber subscriber, String address) {
        return onOwnThread(() -> subscribeNow(subscriber, address));
    }

    void unsubscribe(Subscriber subscriber, String address) {
        context.runOnContext(v -> {
            Registration registration = registrations.get(address);
            if (registration != null) {
                registration.remove(subscriber, EventBusBroker.now());
            }
        });
    }

    /** See {@link Subscriptions#claim}. */
    Future<Optional<Subscriptions.Claimed>> claim(Claim claim, Subscriber claimant) {
        return onOwnThread(() -> moves().claim(claim, claimant));
    }

    /** See {@link Subscriptions#ended}. */
    void ended(String connectionId) {
        context.runOnContext(v -> moves().ended(connectionId));
    }

    /** See {@link SessionMoves#hasReturned}. Any thread. */
    boolean hasReturned(String connectionId) {
        SessionMoves started = moves;
        return started != null && started.hasReturned(connectionId);
    }

    private SessionMoves moves() {
        return Objects.requireNonNull(moves, "not started");
    }

    /** Tells every shard that its publishers may go on. Any thread. */
    void writable() {
        context.runOnContext(v -> attached.forEach(Subscriber::writable));
    }

    /** What was received here has been dealt with so far that other nodes may send more. Any thread. */
    void settle() {
        context.runOnContext(v -> view.settleAll());
    }

    private Future<Void> subscribeNow(Subscriber subscriber, String address) {
        Registration registration = registrations.get(address);
        if (registration == null) {
            registration = register(address);
        }
        registration.add(subscriber);
        return registration.known();
    }

    private Registration register(String address) {
        Promise<Void> known = Promise.promise();
        Registration registration = new Registration(known.future());
        // First here, then there: who hears that we listen may publish at once.
        registrations.put(address, registration);
        view.whenKnown(view.listen(address), known::complete);
        return registration;
    }

    Future<Integer> reportsUnderway() {
        return onOwnThread(() -> Future.succeededFuture(reports().size()));
    }

    private Reports reports() {
        return Objects.requireNonNull(reports, "not started");
    }

    private void receive(Message<Object> message) {
        Object body = message.body();
        if (body instanceof Envelope envelope) {
            deliver(envelope);
        } else if (body instanceof RemoteEnvelope envelope) {
            receive(envelope);
        } else if (body instanceof ViewMessage said) {
            view.receive(said, EventBusBroker.now());
        } else if (body instanceof Ask ask) {
            answer(message, ask);
        } else if (body instanceof MoveMessage move) {
            moves().receive(move).onSuccess(given -> {
                if (message.replyAddress() != null) {
                    message.reply(given, MOVE);
                }
            });
        } else if (body instanceof Hello) {
            message.reply(Agreement.hello(settings), HELLO);
        } else {
            refuse();
        }
    }

    private void refuse() {
        traffic.countRefused();
        clusterLog.refused();
    }

    private void deliver(Envelope envelope) {
        Publication publication = envelope.publication();
        try {
            deliver(envelope.registration().subscribers(), publication);
        } finally {
            if (envelope.registration().uncount(publication.weight())) {
                deliveries.remove(publication.weight());
            }
        }
    }

    private void deliver(Subscriber[] subscribers, Publication publication) {
        Delivery delivery = delivery(publication);
        if (moves().route(publication)) {
            handedOn(delivery);
            return;
        }
        Reporting reporting = delivery.reporting();
        String connectionId = publication.target().connectionId();
        if (reporting != null
                && connectionId != null
                && !moves().mayHave(connectionId).isEmpty()) {
            reporting.perhapsElsewhere();
        }
        for (Subscriber subscriber : subscribers) {
            deliveries.add(delivery.weight());
            delivery.hold();
            subscriber.deliver(delivery);
        }
        delivery.release();
    }

    /** It waits to reach the node that has its receiver. */
    private static void handedOn(Delivery delivery) {
        Reporting reporting = delivery.reporting();
        if (reporting != null) {
            reporting.chosen();
            reporting.queued();
        }
        delivery.release();
    }

    private Delivery delivery(Publication publication) {
        return publication.reportMillis() == 0
                ? new Delivery(publication)
                : new Delivery(publication, reports().begin(publication));
    }

    private void receive(RemoteEnvelope envelope) {
        traffic.countReceived(envelope.publication().length);
        int weight = ReceivedMarks.UNKNOWN_WEIGHT;
        try {
            Publication publication = Wire.publication(envelope.publication());
            if (publication == null) {
                refuse();
            } else {
                weight = publication.weight();
                receive(publication);
            }
        } finally {
            view.received(envelope.from(), envelope.mark(), weight, deliveries.writable());
        }
    }

    /** Where it belongs is for us to say, whatever its sender believes. */
    private void receive(Publication publication) {
        boolean toConnection = publication.target().connectionId() != null;
        String address = addresses.of(publication.target(), toConnection ? nodeId : null);
        Registration registration = registrations.get(address);
        if (registration == null || registration.subscribers().length == 0) {
            traffic.countUnwanted();
            deliver(NOBODY, publication);
        } else {
            deliver(registration.subscribers(), publication);
        }
    }

    private void answer(Message<Object> message, Ask ask) {
        if (ask.operation() instanceof Operation.Outcome outcome) {
            reports().fetch(outcome).onSuccess(answer -> message.reply(answer, EventBusBroker.ANSWERS));
            return;
        }
        String connectionId = ask.target().connectionId();
        if (connectionId == null) {
            answerHere(ask).onSuccess(answer -> message.reply(answer, EventBusBroker.ANSWERS));
            return;
        }
        long deadline = EventBusBroker.now() + settings.askTimeoutMillis();
        moves().decided(connectionId).onComplete(v -> {
            long left = deadline - EventBusBroker.now();
            String owner = moves().whereIs(connectionId);
            if (left <= 0) {
                message.reply(Answer.UNREACHABLE, EventBusBroker.ANSWERS);
            } else {
                Future<Answer> first =
                        owner == null || !ask.mayBeHandedOn() ? answerHere(ask) : handOn(ask, owner, left);
                first.compose(answer -> askWhoMayHave(ask, owner, answer, deadline))
                        .onSuccess(answer -> message.reply(answer, EventBusBroker.ANSWERS));
            }
        });
    }

    /** What this node knows may be old. */
    private Future<Answer> askWhoMayHave(Ask ask, @Nullable String asked, Answer before, long deadline) {
        String connectionId = ask.target().connectionId();
        if (before.matched() > 0 || connectionId == null || ask.hops() > 0) {
            return Future.succeededFuture(before);
        }
        long left = Math.max(1, deadline - EventBusBroker.now());
        List<Future<Answer>> answers = moves().mayHave(connectionId).stream()
                .filter(node -> !node.equals(asked))
                .map(node -> handOn(ask, node, left))
                .toList();
        return answers.isEmpty()
                ? Future.succeededFuture(before)
                : Future.all(answers)
                        .map(all -> answers.stream().map(Future::result).reduce(before, Answer::and));
    }

    private Future<Answer> handOn(Ask ask, String owner, long withinMillis) {
        DeliveryOptions options = new DeliveryOptions(ASK).setSendTimeout(withinMillis);
        return requests.<Answer>request(owner, ask.handedOn(), options, late -> {})
                .map(answer -> Objects.requireNonNullElse(answer, Answer.UNREACHABLE))
                .otherwise(Answer.UNREACHABLE);
    }

    private Future<Answer> answerHere(Ask ask) {
        List<Future<Answer>> answers = attached.stream()
                .map(subscriber ->
                        subscriber.answer(ask.target(), ask.operation()).otherwise(RegistryVerticle::failed))
                .toList();
        return Future.all(answers)
                .map(all -> answers.stream().map(Future::result).reduce(Answer.NONE, Answer::and));
    }

    private static Answer failed(Throwable failure) {
        log.atError().setCause(failure).log("an operation failed");
        return new Answer(0, List.of(), ErrorCode.INTERNAL, ErrorCode.INTERNAL.when(), 0);
    }

    private void unregisterUnused() {
        moves().sweep(nodes.get());
        long now = EventBusBroker.now();
        Iterator<Map.Entry<String, Registration>> entries =
                registrations.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<String, Registration> entry = entries.next();
            if (!entry.getKey().equals(nodeAddress) && entry.getValue().unused(now, settings.lingerMillis())) {
                entries.remove();
                view.leave(entry.getKey());
                // What was published and never comes back to us must not count for ever.
                deliveries.remove(entry.getValue().retire());
            }
        }
    }

    private <T> Future<T> onOwnThread(Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        Context own = context;
        own.runOnContext(
                v -> Future.<Void>succeededFuture().compose(now -> work.get()).onComplete(promise));
        return promise.future();
    }

    private final class MovePost implements SessionMoves.Post {

        @Override
        public void send(String node, MoveMessage message) {
            vertx.eventBus().send(Addresses.node(node), message, MOVE);
        }

        @Override
        public void publish(String node, Publication publication) {
            Peer peer = view.peer(node);
            if (peer != null) {
                sender.send(peer, Wire.encode(publication), publication.weight());
            }
        }

        @Override
        public Future<MoveMessage.Given> request(String node, MoveMessage message) {
            DeliveryOptions options = new DeliveryOptions(MOVE).setSendTimeout(settings.askTimeoutMillis());
            return requests.<MoveMessage.Given>request(node, message, options, answer -> late(node, message, answer))
                    .map(answer -> Objects.requireNonNullElse(answer, MoveMessage.Given.NOTHING));
        }

        /** A session that nobody waits for any more goes back at once. */
        private void late(String node, MoveMessage message, MoveMessage.@Nullable Given answer) {
            if (message instanceof MoveMessage.Wanted wanted && answer != null && answer.state() != null) {
                send(node, new MoveMessage.Declined(nodeId, wanted.claim().connectionId(), wanted.attempt()));
            }
        }
    }

    /** What follows from whom we hear of. */
    private final class Watch implements View.Observer {

        @Override
        public void met(String node) {
            moves().met(node);
        }

        @Override
        public void silent(String node, boolean silent) {
            clusterLog.silent(node, silent);
            if (silent) {
                requests.fail(node);
            }
        }

        @Override
        public void left(String node) {
            requests.fail(node);
        }

        @Override
        public void lost(String node, long bytes) {
            traffic.countLost(bytes);
            clusterLog.lost(node, bytes);
        }

        @Override
        public void missed(String node, long bytes) {
            traffic.countMissed(bytes);
            clusterLog.missed(node, bytes);
        }

        @Override
        public void differs(String node) {
            clusterLog.differs(node);
        }
    }
}
