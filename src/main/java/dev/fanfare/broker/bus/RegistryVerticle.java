package dev.fanfare.broker.bus;

import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.DeliveryReportCollector;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.broker.Subscriptions;
import dev.fanfare.broker.handover.HandoverMessage;
import dev.fanfare.broker.handover.SessionHandovers;
import dev.fanfare.broker.routing.Hello;
import dev.fanfare.broker.routing.InFlightBytes;
import dev.fanfare.broker.routing.Peer;
import dev.fanfare.broker.routing.ReceivedMarks;
import dev.fanfare.broker.routing.RoutingMessage;
import dev.fanfare.broker.routing.RoutingTable;
import dev.fanfare.broker.routing.SendWindow;
import dev.fanfare.broker.wire.OperationRequest;
import dev.fanfare.broker.wire.RemoteEnvelope;
import dev.fanfare.broker.wire.Wire;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireVersions;
import dev.fanfare.socket.LoopThread;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the subscriptions of this node: subscribes to a slot once, however many of its groups have members here,
 * hands publications of other nodes to the shards concerned, asks them on behalf of other nodes, and runs the {@link
 * RoutingTable} and {@link SessionHandovers}. One per node. All state is confined to its event loop, except the
 * subscriptions and the peers of the routing table: publishers read these on their own threads and hand over what they
 * publish themselves. What waits in the shards is bounded by {@code limits.inFlightBytes}. See {@code
 * src/docs/decisions/0015-own-view.md} and {@code 0044-publishers-hand-over.md}.
 */
final class RegistryVerticle extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(RegistryVerticle.class);

    /** The code of a failure instead of a reply. */
    private static final int UNREAD = 1;

    private static final long SWEEP_MILLIS = 1000;
    private static final long INTRODUCTION_MILLIS = 20;

    /** Pause between two looks at a publication in progress, which takes microseconds unless its thread is suspended. */
    private static final long HAND_OVER_MILLIS = 1;

    /** Then the log says that moves of sessions wait. */
    private static final long LATE_HAND_OVER_MILLIS = 5000;

    private static final DeliveryOptions ROUTING = new DeliveryOptions().setCodecName(BusCodecs.ROUTING);
    private static final DeliveryOptions HANDOVER = new DeliveryOptions().setCodecName(BusCodecs.HANDOVER);
    private static final DeliveryOptions OPERATION = new DeliveryOptions().setCodecName(BusCodecs.OPERATION);
    private static final DeliveryOptions HELLO = new DeliveryOptions().setCodecName(BusCodecs.HELLO);

    private static final int NO_SLOT = -1;

    private static final Subscriber[] NO_SUBSCRIBERS = {};

    private final String nodeId;
    private final String nodeAddress;
    private final Supplier<List<String>> nodes;
    private final EventBusBroker.Settings settings;
    private final Slots slots;
    private final InFlightBytes deliveries;
    private final PeerLinks links;
    private final ClusterLog clusterLog = new ClusterLog(System::nanoTime);
    private final RoutingTable routingTable;
    private final SlotMap<SlotSubscription> subscriptions =
            new SlotMap<>(ThreadLocalRandom.current().nextInt());

    /** For what is sent to single connections, which any shard may have. */
    private final SlotSubscription everyShard = new SlotSubscription(NO_SLOT, Future.succeededFuture());

    private final List<Subscriber> attached = new ArrayList<>();
    private final PendingReports pendingReports;
    private final Publishers publishers;
    private @Nullable LoopThread thread;
    private volatile @Nullable SessionHandovers handovers;
    private volatile boolean inTouch = true;
    private boolean introduced;
    private boolean stopped;

    /**
     * The nodes of the cluster.
     *
     * @param own the id of this one
     * @param all the ids of all, this one included; empty if the cluster is lost
     */
    record NodeIds(String own, Supplier<List<String>> all) {}

    /**
     * What has been published or received and is not processed yet.
     *
     * @param here by the shards of this node
     * @param remote by other nodes
     */
    record InFlight(InFlightBytes here, InFlightBytes remote) {}

    /** What a node and its peers exchange. */
    record PeerLinks(NodeTraffic traffic, NodeSender sender, NodeRequests requests) {}

    RegistryVerticle(
            NodeIds nodeIds,
            EventBusBroker.Settings settings,
            InFlight inFlight,
            PeerLinks links,
            PendingReports pendingReports,
            Publishers publishers) {
        this.nodeId = nodeIds.own();
        this.nodeAddress = Addresses.node(nodeId);
        this.nodes = nodeIds.all();
        this.settings = settings;
        this.slots = new Slots(settings.slots());
        this.deliveries = inFlight.here();
        this.links = links;
        this.pendingReports = pendingReports;
        this.publishers = publishers;
        this.routingTable = new RoutingTable(
                nodeId,
                WireVersions.OURS,
                settings.slots(),
                this::post,
                start -> new SendWindow(start, inFlight.remote(), settings.inFlightBytes()),
                new TableObserver());
    }

    /** For use in {@code assert}. */
    private boolean onThread() {
        return thread != null && thread.isCurrent();
    }

    @Override
    public Future<?> start() {
        thread = LoopThread.of(context);
        assert onThread();
        handovers = new SessionHandovers(
                nodeId,
                work -> context.runOnContext(v -> work.run()),
                EventBusBroker::now,
                attached,
                routingTable,
                this::publicationsHandedOver,
                new HandoverPost());
        MessageConsumer<Object> consumer = vertx.eventBus().consumer(nodeAddress);
        consumer.handler(this::receive);
        vertx.setPeriodic(SWEEP_MILLIS, timer -> removeUnused());
        return consumer.completion();
    }

    /** Announces that this node leaves, so that the others do not wait for it. */
    @Override
    public Future<?> stop() {
        assert onThread();
        for (Peer peer : routingTable.peers()) {
            post(peer.id(), new RoutingMessage.Leave(nodeId));
        }
        stopped = true;
        return Future.succeededFuture();
    }

    /** The subscriptions of other nodes. Only its thread-safe methods may be called from outside. */
    RoutingTable routingTable() {
        return routingTable;
    }

    /** Completes when this node and every reachable one know each other's subscriptions. */
    Future<Void> introduce() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> {
            vertx.setPeriodic(RoutingTable.TICK_MILLIS, timer -> tick());
            introduced = true;
            tick();
            awaitCompleteTable(done);
        });
        return done.future();
    }

    /** Runs a tick at once. Any thread. */
    void membersChanged() {
        context.runOnContext(v -> tickIfIntroduced());
    }

    /** A node crashed: nothing waits for it any more. Any thread. */
    void crashed(String node) {
        context.runOnContext(v -> {
            if (routingTable.crashed(node, nodes.get())) {
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

    /** Sends nothing after {@link RoutingMessage.Leave}: others would consider this node alive again. */
    private void post(String node, RoutingMessage message) {
        assert onThread();
        if (stopped) {
            return;
        }
        vertx.eventBus()
                .<Framed<RoutingMessage>>sender(Addresses.node(node), ROUTING)
                .write(framed(node, message))
                .onFailure(cause -> clusterLog.failed(node, cause));
    }

    private void awaitCompleteTable(Promise<Void> done) {
        if (routingTable.isComplete(EventBusBroker.now())) {
            done.complete();
        } else {
            vertx.setTimer(INTRODUCTION_MILLIS, timer -> awaitCompleteTable(done));
        }
    }

    void tick() {
        assert onThread();
        List<String> members = nodes.get();
        clusterLog.members(members);
        routingTable.tick(EventBusBroker.now(), members, deliveries.writable());
        clusterLog.remind();
        inTouch = routingTable.isInTouch();
        handovers().tick();
    }

    /** See {@link RoutingTable#isInTouch}, at the last tick. Any thread. */
    boolean inTouch() {
        return inTouch;
    }

    /** The subscription to a slot; null if this node has none. Any thread. */
    @Nullable
    SlotSubscription find(int slot) {
        return subscriptions.get(slot);
    }

    /** The subscription of all shards to what is sent to single connections. Any thread. */
    SlotSubscription everyShard() {
        return everyShard;
    }

    int size() {
        return subscriptions.size();
    }

    Future<Void> attach(Subscriber subscriber) {
        return onOwnThread(() -> {
            attached.add(subscriber);
            everyShard.add(subscriber);
            return Future.succeededFuture();
        });
    }

    Future<Void> detach(Subscriber subscriber) {
        return onOwnThread(() -> {
            attached.remove(subscriber);
            long now = EventBusBroker.now();
            everyShard.remove(subscriber, now);
            subscriptions.forEach(slotSubscription -> slotSubscription.remove(subscriber, now));
            return Future.succeededFuture();
        });
    }

    Future<Void> subscribe(Subscriber subscriber, int slot) {
        return onOwnThread(() -> subscribeNow(subscriber, slot));
    }

    void unsubscribe(Subscriber subscriber, int slot) {
        context.runOnContext(v -> {
            SlotSubscription slotSubscription = subscriptions.get(slot);
            if (slotSubscription != null) {
                slotSubscription.remove(subscriber, EventBusBroker.now());
            }
        });
    }

    /** See {@link Subscriptions#claim}. */
    Future<Optional<Subscriptions.Claimed>> claim(Claim claim, Subscriber claimant) {
        return onOwnThread(() -> handovers().claim(claim, claimant));
    }

    /** See {@link Subscriptions#ended}. */
    void ended(String connectionId) {
        context.runOnContext(v -> handovers().ended(connectionId));
    }

    /** See {@link SessionHandovers#hasReturned}. Any thread. */
    boolean hasReturned(String connectionId) {
        SessionHandovers started = handovers;
        return started != null && started.hasReturned(connectionId);
    }

    private SessionHandovers handovers() {
        return Objects.requireNonNull(handovers, "not started");
    }

    /** Tells every shard that its publishers may resume. Any thread. */
    void writable() {
        context.runOnContext(v -> attached.forEach(Subscriber::writable));
    }

    /** Deliveries have drained: acknowledges received publications so that other nodes may send more. Any thread. */
    void acknowledgeReceived() {
        context.runOnContext(v -> routingTable.sendWindowUpdates());
    }

    Future<Void> subscribeNow(Subscriber subscriber, int slot) {
        assert onThread();
        SlotSubscription slotSubscription = subscriptions.get(slot);
        if (slotSubscription == null) {
            slotSubscription = register(slot);
        }
        slotSubscription.add(subscriber);
        return slotSubscription.known();
    }

    private SlotSubscription register(int slot) {
        Promise<Void> known = Promise.promise();
        SlotSubscription slotSubscription = new SlotSubscription(slot, known.future());
        // Here before other nodes learn of it: they may publish at once.
        subscriptions.add(slot, slotSubscription);
        routingTable.whenKnown(routingTable.subscribe(slot), known::complete);
        return slotSubscription;
    }

    /** A message in the version of the protocol that its receiver speaks. */
    private <T> Framed<T> framed(String node, T message) {
        return new Framed<>(message, routingTable.versionOf(node));
    }

    private void receive(Message<Object> message) {
        assert onThread();
        Object body = message.body();
        if (body instanceof Detour detour) {
            receive(detour);
        } else if (body instanceof Framed<?> framed) {
            receive(message, framed.value(), framed.version());
        } else {
            refuse(message, body instanceof Unread unread ? unread : new Unread(MessageKind.PUBLICATION, false));
        }
    }

    private void receive(Message<Object> message, Object body, int version) {
        if (body instanceof RemoteEnvelope envelope) {
            receive(envelope);
        } else if (body instanceof RoutingMessage routingMessage) {
            routingTable.receive(routingMessage, EventBusBroker.now());
        } else if (body instanceof OperationRequest operationRequest) {
            answer(message, operationRequest, version);
        } else if (body instanceof HandoverMessage handoverMessage) {
            handovers().receive(handoverMessage).onSuccess(claimReply -> {
                if (message.replyAddress() != null) {
                    message.reply(new Framed<>(claimReply, version), HANDOVER);
                }
            });
        } else if (body instanceof Hello hello) {
            routingTable.agree(hello.from(), hello.versions(), EventBusBroker.now());
            message.reply(new Framed<>(CompatibilityCheck.hello(nodeId, settings), version), HELLO);
        } else {
            refuse(message, new Unread(MessageKind.PUBLICATION, false));
        }
    }

    /** Skips a message that cannot be read; its sender need not wait for the reply. */
    private void refuse(Message<Object> message, Unread unread) {
        unread(unread);
        if (message.replyAddress() != null) {
            message.fail(
                    UNREAD,
                    "node=" + nodeId + " cannot read this "
                            + unread.messageKind().label());
        }
    }

    private void unread(Unread unread) {
        links.traffic().countUnread(unread);
        clusterLog.unread(unread);
    }

    /** Counts and logs a message that could not be read. Any thread. */
    void countUnread(Unread unread) {
        context.runOnContext(v -> unread(unread));
    }

    private void receive(Detour detour) {
        try {
            deliver(detour.slotSubscription().subscribers(), detour.publication());
        } finally {
            deliveries.remove(detour.publication().weight());
            detour.pending().decrementAndGet();
        }
    }

    /** Delivers a publication to shards, or sends it to the nodes that own, or may own, the session it is for. */
    private void deliver(Subscriber[] subscribers, Publication publication) {
        Delivery delivery = delivery(publication);
        if (handovers().route(publication)) {
            markQueued(delivery);
            return;
        }
        DeliveryReportCollector deliveryReportCollector = delivery.deliveryReportCollector();
        String connectionId = publication.target().connectionId();
        if (deliveryReportCollector != null
                && connectionId != null
                && !handovers().mayHave(connectionId).isEmpty()) {
            deliveryReportCollector.perhapsElsewhere();
        }
        handOver(subscribers, delivery);
    }

    /** Reports it as queued: it is in flight to the node that owns the session. */
    private static void markQueued(Delivery delivery) {
        DeliveryReportCollector deliveryReportCollector = delivery.deliveryReportCollector();
        if (deliveryReportCollector != null) {
            deliveryReportCollector.chosen();
            deliveryReportCollector.queued();
        }
        delivery.release();
    }

    /** Hands a publication to shards; what one thread hands over stays in order. Any thread. */
    void handOver(Subscriber[] subscribers, Publication publication) {
        handOver(subscribers, delivery(publication));
    }

    private void handOver(Subscriber[] subscribers, Delivery delivery) {
        for (Subscriber subscriber : subscribers) {
            deliveries.add(delivery.weight());
            delivery.hold();
            subscriber.deliver(delivery);
        }
        delivery.release();
    }

    private Delivery delivery(Publication publication) {
        return publication.reportMillis() == 0
                ? new Delivery(publication)
                : new Delivery(publication, pendingReports.begin(publication));
    }

    /**
     * Whether a publication to this connection must take a {@link Detour}: its session is, or may be, at another node.
     * Any thread.
     */
    boolean mayBeElsewhere(String connectionId) {
        return handovers().mayBeElsewhere(connectionId);
    }

    /**
     * Completes when each publication in progress has been handed to all shards and nodes that its publisher selected.
     */
    private Future<Void> publicationsHandedOver() {
        assert onThread();
        List<Publishers.InProgress> inProgress = publishers.inProgress();
        if (inProgress.isEmpty()) {
            return Future.succeededFuture();
        }
        Promise<Void> promise = Promise.promise();
        awaitOver(inProgress, promise, EventBusBroker.now() + LATE_HAND_OVER_MILLIS);
        return promise.future();
    }

    /**
     * A publisher is not interrupted but by the scheduler: what is not over now is over soon, unless its event loop is
     * blocked. There is no deadline, after which messages could be lost or doubled: what waits is a session that moves. It
     * gets its messages by way of its former shard meanwhile, and sets aside a bounded number of bytes.
     */
    private void awaitOver(List<Publishers.InProgress> inProgress, Promise<Void> promise, long lateAt) {
        inProgress.removeIf(Publishers.InProgress::isOver);
        if (inProgress.isEmpty()) {
            promise.complete();
            return;
        }
        boolean late = EventBusBroker.now() >= lateAt;
        if (late) {
            log.atWarn()
                    .addKeyValue("publications", inProgress.size())
                    .log(
                            "publications have been in progress for seconds: an event loop is blocked, and moves of sessions wait");
        }
        vertx.setTimer(HAND_OVER_MILLIS, timer -> awaitOver(inProgress, promise, late ? Long.MAX_VALUE : lateAt));
    }

    private void receive(RemoteEnvelope envelope) {
        links.traffic().countReceived(envelope.publication().length);
        if (routingTable.refused(envelope.from()) != null) {
            unread(new Unread(MessageKind.PUBLICATION, false)); // sent before it knew the versions of this node
            return;
        }
        int weight = ReceivedMarks.UNKNOWN_WEIGHT;
        try {
            Publication publication = Wire.decode(envelope.publication());
            weight = publication.weight();
            receive(publication);
        } catch (WireException e) {
            unread(new Unread(MessageKind.PUBLICATION, e.isUnknownKind()));
        } finally {
            routingTable.received(envelope.from(), envelope.mark(), weight, deliveries.writable());
        }
    }

    /** Computes the slot here instead of trusting the sender. */
    private void receive(Publication publication) {
        boolean toConnection = publication.target().connectionId() != null;
        SlotSubscription slotSubscription =
                toConnection ? everyShard : subscriptions.get(slots.of(publication.target()));
        if (slotSubscription == null || slotSubscription.subscribers().length == 0) {
            links.traffic().countUnwanted();
            deliver(NO_SUBSCRIBERS, publication);
        } else {
            deliver(slotSubscription.subscribers(), publication);
        }
    }

    private void answer(Message<Object> message, OperationRequest operationRequest, int version) {
        answer(operationRequest)
                .onSuccess(operationResult ->
                        message.reply(new Framed<>(operationResult, version), EventBusBroker.RESULTS));
    }

    private Future<OperationResult> answer(OperationRequest operationRequest) {
        if (operationRequest.operation() instanceof Operation.FetchReport fetchReport) {
            return pendingReports.fetch(fetchReport);
        }
        String connectionId = operationRequest.target().connectionId();
        if (connectionId == null) {
            return answerHere(operationRequest);
        }
        long deadline = EventBusBroker.now() + settings.askTimeoutMillis();
        return handovers().decided(connectionId).transform(v -> {
            long left = deadline - EventBusBroker.now();
            if (left <= 0) {
                return Future.succeededFuture(OperationResult.UNREACHABLE);
            }
            String owner = handovers().whereIs(connectionId);
            Future<OperationResult> first = owner == null || !operationRequest.mayForward()
                    ? answerHere(operationRequest)
                    : forward(operationRequest, owner, left);
            return first.compose(operationResult -> askStale(operationRequest, owner, operationResult, deadline));
        });
    }

    /** The directory of sessions may be out of date: asks the nodes that may own the session as well. */
    private Future<OperationResult> askStale(
            OperationRequest operationRequest, @Nullable String asked, OperationResult before, long deadline) {
        String connectionId = operationRequest.target().connectionId();
        if (before.matched() > 0 || connectionId == null || operationRequest.hops() > 0) {
            return Future.succeededFuture(before);
        }
        long left = Math.max(1, deadline - EventBusBroker.now());
        List<Future<OperationResult>> answers = handovers().mayHave(connectionId).stream()
                .filter(node -> !node.equals(asked))
                .map(node -> forward(operationRequest, node, left))
                .toList();
        return answers.isEmpty()
                ? Future.succeededFuture(before)
                : Future.all(answers)
                        .map(all -> answers.stream().map(Future::result).reduce(before, OperationResult::and));
    }

    private Future<OperationResult> forward(OperationRequest operationRequest, String owner, long withinMillis) {
        DeliveryOptions options = new DeliveryOptions(OPERATION).setSendTimeout(withinMillis);
        return links.requests()
                .<OperationResult>request(owner, operationRequest.forwarded(), options, late -> {})
                .map(operationResult -> Objects.requireNonNullElse(operationResult, OperationResult.UNREACHABLE))
                .otherwise(OperationResult.UNREACHABLE);
    }

    private Future<OperationResult> answerHere(OperationRequest operationRequest) {
        List<Future<OperationResult>> answers = attached.stream()
                .map(subscriber -> subscriber
                        .answer(operationRequest.target(), operationRequest.operation())
                        .otherwise(RegistryVerticle::failed))
                .toList();
        return Future.all(answers)
                .map(all -> answers.stream().map(Future::result).reduce(OperationResult.NONE, OperationResult::and));
    }

    private static OperationResult failed(Throwable failure) {
        log.atError().setCause(failure).log("operation failed on a shard");
        return new OperationResult(0, List.of(), ErrorCode.INTERNAL, ErrorCode.INTERNAL.when(), 0);
    }

    void removeUnused() {
        assert onThread();
        handovers().sweep(nodes.get());
        long now = EventBusBroker.now();
        List<SlotSubscription> unused = new ArrayList<>();
        subscriptions.removeIf(slotSubscription ->
                slotSubscription.unused(now, settings.lingerMillis()) && unused.add(slotSubscription));
        unused.forEach(slotSubscription -> routingTable.unsubscribe(slotSubscription.slot()));
    }

    private <T> Future<T> onOwnThread(Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        Context own = context;
        own.runOnContext(
                v -> Future.<Void>succeededFuture().compose(now -> work.get()).onComplete(promise));
        return promise.future();
    }

    /** Threads of shards send and publish, too: what reaches a session that has moved on. */
    private final class HandoverPost implements SessionHandovers.HandoverSender {

        @Override
        public void send(String node, HandoverMessage message) {
            vertx.eventBus().send(Addresses.node(node), framed(node, message), HANDOVER);
        }

        @Override
        public void publish(String node, Publication publication) {
            Peer peer = routingTable.peer(node);
            if (peer != null) {
                links.sender().send(peer, new EncodedPublication(publication));
            }
        }

        @Override
        public Future<HandoverMessage.ClaimReply> request(String node, HandoverMessage message) {
            DeliveryOptions options = new DeliveryOptions(HANDOVER).setSendTimeout(settings.askTimeoutMillis());
            return links.requests()
                    .<HandoverMessage.ClaimReply>request(node, message, options, answer -> late(node, message, answer))
                    .map(answer -> Objects.requireNonNullElse(answer, HandoverMessage.ClaimReply.NOTHING));
        }

        /** Declines a session that arrives after its request has timed out, so that it resumes at its owner at once. */
        private void late(String node, HandoverMessage message, HandoverMessage.@Nullable ClaimReply answer) {
            if (message instanceof HandoverMessage.ClaimRequest claimRequest
                    && answer != null
                    && answer.state() != null) {
                send(
                        node,
                        new HandoverMessage.ClaimDeclined(
                                nodeId, claimRequest.claim().connectionId(), claimRequest.attempt()));
            }
        }
    }

    /** Reacts to changes of the routing table. */
    private final class TableObserver implements RoutingTable.Observer {

        @Override
        public void reachable(String node) {
            handovers().onReachable(node);
        }

        @Override
        public void silent(String node, boolean silent) {
            clusterLog.silent(node, silent);
            if (silent) {
                links.requests().fail(node);
            }
        }

        @Override
        public void left(String node) {
            links.requests().fail(node);
        }

        @Override
        public void lost(String node, long bytes) {
            links.traffic().countLost(bytes);
            clusterLog.lost(node, bytes);
        }

        @Override
        public void missed(String node, long bytes) {
            links.traffic().countMissed(bytes);
            clusterLog.missed(node, bytes);
        }

        @Override
        public void refused(String node, WireVersions theirs) {
            links.requests().fail(node);
            clusterLog.refused(node, theirs, WireVersions.OURS);
        }

        @Override
        public void differs(String node) {
            clusterLog.differs(node);
        }
    }
}
