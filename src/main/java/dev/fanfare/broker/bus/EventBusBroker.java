package dev.fanfare.broker.bus;

import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Claim;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.PeerMessaging;
import dev.fanfare.broker.Publication;
import dev.fanfare.broker.RequestEndpoint;
import dev.fanfare.broker.Selector;
import dev.fanfare.broker.Subscriber;
import dev.fanfare.broker.Subscriptions;
import dev.fanfare.broker.routing.Hello;
import dev.fanfare.broker.routing.InFlightBytes;
import dev.fanfare.broker.routing.Peer;
import dev.fanfare.broker.wire.OperationRequest;
import dev.fanfare.broker.wire.PeerNote;
import dev.fanfare.core.ConnectionId;
import dev.fanfare.core.OperationsAddress;
import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireWriter;
import dev.fanfare.core.protocol.Message;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The broker over the Vert.x event bus, clustered or not. Thread-safe.
 *
 * <p>The publisher's thread puts a publication into the inbox of each shard of its node that subscribes to the slot. To
 * other nodes it is one message for each subscribed node, as the {@link dev.fanfare.broker.routing.RoutingTable} knows
 * them; an operation is one request for each node that may have the connection. Backpressure: see {@link #writable}.
 * Decisions: {@code src/docs/decisions/0001-groups-as-slots.md}, {@code 0015-own-view.md}, {@code
 * 0044-publishers-hand-over.md}.
 */
public final class EventBusBroker implements Broker, Subscriptions, RequestEndpoint, PeerMessaging {

    static final DeliveryOptions RESULTS = new DeliveryOptions().setCodecName(BusCodecs.RESULT);
    private static final DeliveryOptions LOCAL_ONLY =
            new DeliveryOptions().setCodecName(BusCodecs.LOCAL).setLocalOnly(true);
    private static final DeliveryOptions NOTES = new DeliveryOptions().setCodecName(BusCodecs.NOTE);

    private final Vertx vertx;
    private final EventBus bus;
    private final String nodeId;
    private final Supplier<List<String>> nodes;
    private final Settings settings;
    private final DeliveryOptions requestOptions;
    private final Slots slots;
    private final InFlightBytes deliveries;
    private final InFlightBytes remote;
    private final NodeTraffic nodeTraffic = new NodeTraffic();
    private final Publishers publishers = new Publishers();
    private final NodeSender sender;
    private final NodeRequests requests;
    private final PendingReports pendingReports;
    private final RegistryVerticle registry;
    private final String nodeAddress;
    private final AtomicLong origins = new AtomicLong();
    private final long originBase;
    private volatile boolean settingsDiffer;

    /**
     * @param nodeId of this node, unique in the cluster
     * @param nodes the ids of all nodes of the cluster, this one included, the eldest first; empty if the cluster is
     *     lost. Called often: must not block
     */
    public EventBusBroker(Vertx vertx, String nodeId, Supplier<List<String>> nodes, Settings settings) {
        this.vertx = vertx;
        this.bus = vertx.eventBus();
        this.nodeId = nodeId;
        this.nodes = nodes;
        this.settings = settings;
        this.requestOptions =
                new DeliveryOptions().setCodecName(BusCodecs.OPERATION).setSendTimeout(settings.askTimeoutMillis());
        this.slots = new Slots(settings.slots());
        this.deliveries = new InFlightBytes(settings.inFlightBytes(), this::deliveriesWritable);
        this.remote = new InFlightBytes(settings.inFlightBytes(), this::resumePublishers);
        this.sender = new NodeSender(bus, nodeId, nodeTraffic);
        this.requests = new NodeRequests(vertx, this::mayAnswer, this::version, this::countUnread);
        this.pendingReports = new PendingReports(vertx);
        this.registry = new RegistryVerticle(
                new RegistryVerticle.NodeIds(nodeId, nodes),
                settings,
                new RegistryVerticle.InFlight(deliveries, remote),
                new RegistryVerticle.PeerLinks(nodeTraffic, sender, requests),
                pendingReports,
                publishers);
        this.nodeAddress = Addresses.node(nodeId);
        this.originBase = new SecureRandom().nextLong();
        if (!vertx.isClustered()) {
            prepare(bus);
        }
    }

    /** Registers the codecs of the broker; on a clustered bus before it accepts connections. */
    public static void prepare(EventBus bus) {
        BusCodecs.register(bus);
    }

    /**
     * The settings of a broker.
     *
     * @param slots number of slots, 1 and up; equal on all nodes
     * @param lingerMillis how long a slot without members stays subscribed
     * @param inFlightBytes above which publishers wait: for deliveries here, and separately for other nodes
     * @param askTimeoutMillis after which a node counts as unreachable
     * @param clockToleranceMillis how far the clocks of nodes may differ
     */
    public record Settings(
            int slots, long lingerMillis, long inFlightBytes, long askTimeoutMillis, long clockToleranceMillis) {}

    /** Starts on a single node. */
    public Future<Void> start() {
        return vertx.deployVerticle(registry).mapEmpty();
    }

    /**
     * Starts, then joins the cluster, so that members are answered from the beginning. Completes when this node and the
     * others know each other, and fails with an {@link dev.fanfare.broker.IncompatibleNodeException} if their settings
     * conflict.
     *
     * @param join makes this node a member
     */
    public Future<Void> start(Supplier<Future<Void>> join) {
        return start().compose(v -> join.get())
                .compose(v -> new CompatibilityCheck(
                                vertx,
                                requests,
                                settings,
                                this::hello,
                                registry.routingTable()::refused,
                                differs -> settingsDiffer = true,
                                CompatibilityCheck.PATIENCE_MILLIS)
                        .check(this::others))
                .compose(v -> registry.introduce());
    }

    private Hello hello() {
        return CompatibilityCheck.hello(nodeId, settings);
    }

    /** The version of the protocol between nodes that is used with a node; the oldest one before that is known. Any thread. */
    public int version(String node) {
        return registry.routingTable().versionOf(node);
    }

    private void countUnread(Unread unread) {
        registry.countUnread(unread);
    }

    /** The members of the cluster have changed. Any thread. */
    public void membersChanged() {
        registry.membersChanged();
    }

    /** A node that is no longer a member has crashed, as opposed to being cut off. Any thread. */
    public void crashed(String node) {
        registry.crashed(node);
    }

    @Override
    public List<String> others() {
        return nodes.get().stream()
                .filter(node -> !node.equals(nodeId) && !registry.routingTable().hasLeft(node))
                .toList();
    }

    /**
     * Milliseconds of the monotonic clock, for the {@link dev.fanfare.broker.routing.RoutingTable} and all other
     * durations between nodes.
     */
    static long now() {
        return System.nanoTime() / 1_000_000;
    }

    @Override
    public String nodeId() {
        return nodeId;
    }

    @Override
    public Origin origin() {
        return new BusOrigin(originBase + origins.incrementAndGet());
    }

    @Override
    public boolean writable() {
        return deliveries.writable() && remote.writable();
    }

    /**
     * Bytes published or received here and not yet delivered, plus bytes that other nodes have not yet acknowledged.
     */
    public long inFlightBytes() {
        return deliveries.bytes() + remote.bytes();
    }

    /** Number of slots that this node subscribes to. */
    public int registeredSlots() {
        return registry.size();
    }

    /** Number of delivery reports that are being collected on this node or wait to be fetched. */
    int reports() {
        return pendingReports.size();
    }

    /** Counters of the traffic between this node and others. */
    public NodeTraffic nodeTraffic() {
        return nodeTraffic;
    }

    /**
     * Whether the settings turned out to conflict with those of a node that did not answer when this one started. Only a
     * restart helps, with other settings.
     */
    public boolean settingsDiffer() {
        return settingsDiffer;
    }

    /** Number of nodes of the cluster, this one included. */
    public int members() {
        return nodes.get().size();
    }

    /**
     * Number of other nodes that have been silent for seconds although they are or recently were members, or that have
     * just joined and are not known yet.
     */
    public int silentMembers() {
        long silent = Arrays.stream(registry.routingTable().peers())
                .filter(Peer::isSilent)
                .count();
        return (int) (silent + nodes.get().stream().filter(this::isUnknown).count());
    }

    /** Number of other nodes that speak no version of the protocol between nodes that this one speaks. */
    public int incompatibleMembers() {
        return registry.routingTable().refused();
    }

    /** Age of the oldest answer that keeps the copy of a node's subscriptions valid; 0 on a single node. */
    public double viewAgeSeconds() {
        return registry.routingTable().age(now()) / 1000.0;
    }

    @Override
    public boolean inTouch() {
        return registry.inTouch();
    }

    @Override
    public Future<OperationResult> ask(Selector target, Operation operation) {
        OperationRequest operationRequest = new OperationRequest(target, operation);
        List<String> first = nodesThatMayHave(target);
        Future<OperationResult> answer = ask(first, operationRequest, requestOptions);
        if (target.connectionId() == null) {
            return answer.map(all -> all.first(operation.limit()));
        }
        return answer.compose(some ->
                        some.matched() > 0 ? Future.succeededFuture(some) : askOthers(first, operationRequest, some))
                .map(all -> all.matched() > 0 ? all.reached() : all);
    }

    /**
     * The node that should know where a connection is does not answer: any reachable one may have it. Where it answers
     * that there is none, this node may have it all the same.
     */
    private Future<OperationResult> askOthers(
            List<String> asked, OperationRequest operationRequest, OperationResult before) {
        List<String> others = new ArrayList<>(before.unreachable() == 0 ? List.of(nodeId) : nodes.get());
        others.removeAll(asked);
        others.removeIf(node -> !mayAnswer(node));
        boolean matters =
                asked.stream().anyMatch(node -> !registry.routingTable().hasLeft(node));
        return ask(others, operationRequest, requestOptions)
                .map(operationResult -> matters ? before.and(operationResult) : operationResult);
    }

    private Future<OperationResult> ask(
            List<String> asked, OperationRequest operationRequest, DeliveryOptions options) {
        List<Future<OperationResult>> answers =
                asked.stream().map(node -> ask(node, operationRequest, options)).toList();
        Promise<OperationResult> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        Future.all(answers)
                .map(all -> answers.stream().map(Future::result).reduce(OperationResult.NONE, OperationResult::and))
                .onComplete(promise);
        return promise.future();
    }

    private Future<OperationResult> ask(String node, OperationRequest operationRequest, DeliveryOptions options) {
        return requests.<OperationResult>request(node, operationRequest, options, late -> {})
                .map(operationResult -> Objects.requireNonNullElse(operationResult, OperationResult.UNREACHABLE))
                .otherwise(failure ->
                        hasNothingLeft(node, operationRequest) ? OperationResult.NONE : OperationResult.UNREACHABLE);
    }

    /**
     * Whether to send a request to a node: not if it is silent, since the request would only be queued, has left, is
     * incompatible, or is neither known nor a member.
     */
    private boolean mayAnswer(String node) {
        Peer peer = registry.routingTable().peer(node);
        if (peer != null) {
            return !peer.isSilent();
        }
        return node.equals(nodeId)
                || (nodes.get().contains(node)
                        && !registry.routingTable().hasLeft(node)
                        && registry.routingTable().refused(node) == null);
    }

    /** A node that has left has no connections. The outcome of a message there remains unknown. */
    private boolean hasNothingLeft(String node, OperationRequest operationRequest) {
        return registry.routingTable().hasLeft(node)
                && operationRequest.target().connectionId() == null
                && !(operationRequest.operation() instanceof Operation.FetchReport);
    }

    /**
     * The home node of an id knows where its connection is; if that is gone, or the id names no node, any node may have
     * it.
     */
    private List<String> nodesThatMayHave(Selector target) {
        String connectionId = target.connectionId();
        String home = connectionId == null ? null : ConnectionId.nodeOf(connectionId);
        List<String> all = nodes.get();
        if (home != null && (home.equals(nodeId) || (all.contains(home) && mayAnswer(home)))) {
            return List.of(home);
        }
        return all.isEmpty() ? List.of(nodeId) : all;
    }

    @Override
    public Future<Void> attach(Subscriber subscriber) {
        return registry.attach(subscriber);
    }

    @Override
    public Future<Void> detach(Subscriber subscriber) {
        return registry.detach(subscriber);
    }

    @Override
    public int groupSlot(String hub, String group) {
        return slots.group(hub, group);
    }

    @Override
    public int userSlot(String hub, String userId) {
        return slots.user(hub, userId);
    }

    @Override
    public int hubSlot(String hub) {
        return slots.hub(hub);
    }

    @Override
    public Future<Void> subscribe(Subscriber subscriber, int slot) {
        return registry.subscribe(subscriber, slot);
    }

    @Override
    public void unsubscribe(Subscriber subscriber, int slot) {
        registry.unsubscribe(subscriber, slot);
    }

    @Override
    public Future<Optional<Claimed>> claim(Claim claim, Subscriber claimant) {
        return registry.claim(claim, claimant);
    }

    @Override
    public Future<Void> release(Claimed claimed) {
        return claimed.release().get();
    }

    @Override
    public void ended(String connectionId) {
        if (!nodeId.equals(ConnectionId.nodeOf(connectionId)) || registry.hasReturned(connectionId)) {
            registry.ended(connectionId);
        }
    }

    @Override
    public void settled(long bytes) {
        deliveries.remove(bytes);
    }

    private void deliveriesWritable() {
        registry.acknowledgeReceived();
        resumePublishers();
    }

    @Override
    public Future<Void> serve(Function<Object, Future<JsonObject>> handler) {
        return Future.all(answer(OperationsAddress.ANY, handler), answer(OperationsAddress.of(nodeId), handler))
                .mapEmpty();
    }

    private Future<Void> answer(String address, Function<Object, Future<JsonObject>> handler) {
        return bus.consumer(address, request -> handler.apply(request.body()).onSuccess(request::reply))
                .completion();
    }

    @Override
    public void sendNote(String node, WireWriter.Body note) {
        if (registry.routingTable().refused(node) != null) {
            return;
        }
        int version = version(node);
        PeerNote peerNote = new PeerNote(nodeId, WireWriter.toBytes(version, note));
        bus.send(Addresses.notes(node), new Framed<>(peerNote, version), NOTES);
    }

    @Override
    public Future<Void> onNote(NoteHandler handler) {
        return bus.consumer(Addresses.notes(nodeId), message -> receiveNote(message.body(), handler))
                .completion();
    }

    private void receiveNote(Object body, NoteHandler handler) {
        if (body instanceof Framed<?> framed && framed.value() instanceof PeerNote peerNote) {
            if (registry.routingTable().refused(peerNote.from()) != null) {
                return;
            }
            try {
                handler.received(peerNote.from(), WireReader.of(peerNote.body()));
            } catch (WireException e) {
                countUnread(new Unread(MessageKind.NOTE, e.isUnknownKind()));
            }
        } else {
            countUnread(body instanceof Unread unread ? unread : new Unread(MessageKind.NOTE, false));
        }
    }

    private void resumePublishers() {
        if (writable()) {
            registry.writable();
        }
    }

    /** Whether this is a member that nothing was received from yet. */
    private boolean isUnknown(String node) {
        return !node.equals(nodeId)
                && registry.routingTable().peer(node) == null
                && registry.routingTable().refused(node) == null;
    }

    /** Hands over what it publishes before it returns. */
    private final class BusOrigin implements Origin {

        private final long id;
        private final Publishers.PublisherPhase publisherPhase = publishers.add();

        /** Publications sent to the registry that it has not handed over yet: later ones must not overtake them. */
        private final AtomicInteger detours = new AtomicInteger();

        private long sequence;

        BusOrigin(long id) {
            this.id = id;
        }

        @Override
        public void publish(Selector target, Message message) {
            publish(number(target, message, 0), null);
        }

        /**
         * Takes the path of all publications, which keeps the order; the nodes it was sent to are asked for the outcome
         * behind it.
         */
        @Override
        public Future<OperationResult> publishAndReport(Selector target, Message message, int withinMillis) {
            Publication publication = number(target, message, withinMillis);
            List<String> receivers = new ArrayList<>();
            publish(publication, receivers);
            nodesThatMayHave(target).stream()
                    .filter(EventBusBroker.this::isUnknown)
                    .forEach(receivers::add);
            Operation question = new Operation.FetchReport(id, publication.sequence(), withinMillis);
            DeliveryOptions options =
                    new DeliveryOptions(requestOptions).setSendTimeout(withinMillis + requestOptions.getSendTimeout());
            return ask(receivers, new OperationRequest(Selector.hub(target.hub()), question), options);
        }

        private Publication number(Selector target, Message message, int reportMillis) {
            return new Publication(target, message, id, ++sequence, reportMillis);
        }

        /** @param receivers collects the nodes it is sent to; null if not needed */
        private void publish(Publication publication, @Nullable List<String> receivers) {
            publisherPhase.begin();
            try {
                send(publication, receivers);
            } finally {
                publisherPhase.end();
            }
        }

        private void send(Publication publication, @Nullable List<String> receivers) {
            String connectionId = publication.target().connectionId();
            String node = connectionId == null ? null : ConnectionId.nodeOf(connectionId);
            if (connectionId != null && node != null) {
                sendToNode(node, connectionId, publication, receivers);
                return;
            }
            // An id given by the application names no node: every node with connections of the hub looks for it.
            int slot = slots.of(publication.target());
            SlotSubscription slotSubscription = registry.find(slot);
            if (slotSubscription != null) {
                sendLocally(
                        slotSubscription,
                        publication,
                        connectionId != null && registry.mayBeElsewhere(connectionId),
                        receivers);
            }
            sendToPeers(slot, publication, receivers);
        }

        private void sendToNode(
                String node, String connectionId, Publication publication, @Nullable List<String> receivers) {
            Peer home = node.equals(nodeId) ? null : registry.routingTable().peer(node);
            if (home != null) {
                EventBusBroker.this.send(home, new EncodedPublication(publication), receivers);
                return;
            }
            sendLocally(registry.everyShard(), publication, registry.mayBeElsewhere(connectionId), receivers);
            if (!node.equals(nodeId)) {
                // The home node is gone: the session may have moved to another one before.
                EncodedPublication encodedPublication = new EncodedPublication(publication);
                for (Peer peer : registry.routingTable().peers()) {
                    EventBusBroker.this.send(peer, encodedPublication, receivers);
                }
            }
        }

        private void sendLocally(
                SlotSubscription slotSubscription,
                Publication publication,
                boolean detour,
                @Nullable List<String> receivers) {
            if (detour || detours.get() > 0) {
                sendToRegistry(slotSubscription, publication);
            } else {
                Subscriber[] subscribers = slotSubscription.subscribers();
                if (subscribers.length == 0) {
                    return;
                }
                registry.handOver(subscribers, publication);
            }
            if (receivers != null) {
                receivers.add(nodeId);
            }
        }

        private void sendToRegistry(SlotSubscription slotSubscription, Publication publication) {
            deliveries.add(publication.weight());
            detours.incrementAndGet();
            try {
                bus.send(nodeAddress, new Detour(publication, slotSubscription, detours), LOCAL_ONLY);
            } catch (RuntimeException | Error notSent) {
                detours.decrementAndGet();
                deliveries.remove(publication.weight());
                throw notSent;
            }
        }
    }

    private void sendToPeers(int slot, Publication publication, @Nullable List<String> receivers) {
        Peer[] peers = registry.routingTable().peers();
        if (peers.length == 0) {
            return;
        }
        long now = now();
        EncodedPublication encodedPublication = new EncodedPublication(publication);
        for (Peer peer : peers) {
            if (peer.mustReceive(slot, now)) {
                send(peer, encodedPublication, receivers);
            }
        }
    }

    private void send(Peer peer, EncodedPublication encodedPublication, @Nullable List<String> receivers) {
        if (receivers != null) {
            receivers.add(peer.id());
        }
        sender.send(peer, encodedPublication);
    }
}
