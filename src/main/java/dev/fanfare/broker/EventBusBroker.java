package dev.fanfare.broker;

import dev.fanfare.core.ConnectionId;
import dev.fanfare.core.protocol.Message;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.internal.ContextInternal;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The broker over the Vert.x event bus, clustered or not: nothing here knows which. Thread-safe.
 *
 * <p>A publish costs one bus message per interested node; an operation one request per node that may have the connection.
 */
public final class EventBusBroker implements Broker, Subscriptions {

    /** Behind the address of a node: where it answers questions. */
    static final String ASK = ".ask";

    static final DeliveryOptions ANSWERS = new DeliveryOptions().setCodecName(BusCodecs.ANSWER);
    private static final DeliveryOptions PUBLICATIONS = new DeliveryOptions().setCodecName(BusCodecs.ENVELOPE);

    private final Vertx vertx;
    private final EventBus bus;
    private final String nodeId;
    private final Supplier<List<String>> nodes;
    private final DeliveryOptions asks;
    private final Addresses addresses;
    private final InFlight inFlight;
    private final RegistryVerticle registry;
    private final AtomicLong origins = new AtomicLong();
    private final long originBase;

    /**
     * @param nodeId this node, unique in the cluster
     * @param nodes the ids of all nodes of the cluster, this one included; called for operations on more than one
     *     connection
     * @param settings see there
     */
    public EventBusBroker(Vertx vertx, String nodeId, Supplier<List<String>> nodes, Settings settings) {
        this.vertx = vertx;
        this.bus = vertx.eventBus();
        this.nodeId = nodeId;
        this.nodes = nodes;
        this.asks = new DeliveryOptions().setCodecName(BusCodecs.ASK).setSendTimeout(settings.askTimeoutMillis());
        this.addresses = new Addresses(settings.slots());
        this.inFlight = new InFlight(settings.inFlightBytes(), this::resumePublishers);
        this.registry = new RegistryVerticle(Addresses.node(nodeId), settings.lingerMillis(), inFlight);
        this.originBase = new SecureRandom().nextLong();
        BusCodecs.register(bus);
    }

    /**
     * What a broker is told.
     *
     * @param slots equal on all nodes, 1 and up
     * @param lingerMillis how long an address stays registered without members
     * @param inFlightBytes above which publishers wait
     * @param askTimeoutMillis after which a node counts as unreachable
     */
    public record Settings(int slots, long lingerMillis, long inFlightBytes, long askTimeoutMillis) {}

    /** Starts to listen. */
    public Future<Void> start() {
        return vertx.deployVerticle(registry).mapEmpty();
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
        return inFlight.writable();
    }

    /** Bytes published here and not yet delivered. */
    public long inFlightBytes() {
        return inFlight.bytes();
    }

    /** How many addresses this node listens to. */
    public int registeredAddresses() {
        return registry.size();
    }

    /** How many reports are being made on this node, or wait for whoever asked for them. */
    Future<Integer> reports() {
        return registry.reportsUnderway();
    }

    @Override
    public Future<Answer> ask(Selector target, Operation operation) {
        return ask(nodesThatMayHave(target), new Ask(target, operation), asks)
                .map(answer -> answer.first(limit(operation)));
    }

    private Future<Answer> ask(List<String> asked, Ask ask, DeliveryOptions options) {
        List<Future<Answer>> answers = new ArrayList<>();
        for (String node : asked) {
            answers.add(bus.<Answer>request(Addresses.node(node) + ASK, ask, options)
                    .map(io.vertx.core.eventbus.Message::body)
                    .otherwise(new Answer(0, List.of(), null, null, 1)));
        }
        Promise<Answer> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        Future.all(answers)
                .map(all -> answers.stream().map(Future::result).reduce(Answer.NONE, Answer::and))
                .onComplete(promise);
        return promise.future();
    }

    private static int limit(Operation operation) {
        if (operation instanceof Operation.Members members) {
            return members.limit();
        }
        return operation instanceof Operation.Show show ? show.limit() : Integer.MAX_VALUE;
    }

    private List<String> nodesThatMayHave(Selector target) {
        if (target.connectionId() == null) {
            return nodes.get();
        }
        String owner = ConnectionId.nodeOf(target.connectionId());
        return owner != null && nodes.get().contains(owner) ? List.of(owner) : List.of();
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
    public String groupAddress(String hub, String group) {
        return addresses.group(hub, group);
    }

    @Override
    public String userAddress(String hub, String userId) {
        return addresses.user(hub, userId);
    }

    @Override
    public String hubAddress(String hub) {
        return Addresses.hub(hub);
    }

    @Override
    public Future<Void> subscribe(Subscriber subscriber, String address) {
        return registry.subscribe(subscriber, address);
    }

    @Override
    public void unsubscribe(Subscriber subscriber, String address) {
        registry.unsubscribe(subscriber, address);
    }

    @Override
    public Future<Optional<Claimed>> claim(Claim claim, Subscriber claimant) {
        if (!nodeId.equals(ConnectionId.nodeOf(claim.connectionId()))) {
            return Future.succeededFuture(Optional.empty());
        }
        return registry.claim(claim, claimant);
    }

    @Override
    public Future<Void> release(Claimed claimed) {
        return registry.release(claimed.former(), claimed.state().identity().connectionId());
    }

    @Override
    public void settled(long bytes) {
        inFlight.remove(bytes);
    }

    private void resumePublishers() {
        registry.writable();
    }

    private final class BusOrigin implements Origin {

        private final long id;
        private long sequence;

        BusOrigin(long id) {
            this.id = id;
        }

        @Override
        public void publish(Selector target, Message message) {
            String address = address(target);
            if (address != null) {
                publish(address, new Publication(target, message, id, ++sequence));
            }
        }

        /** Along the way of all publications, which keeps the order; the nodes are asked behind it. */
        @Override
        public Future<Answer> publishAndReport(Selector target, Message message, int withinMillis) {
            String address = address(target);
            if (address == null) {
                return Future.succeededFuture(Answer.NONE);
            }
            List<String> asked = new ArrayList<>(nodesThatMayHave(target));
            if (registry.find(address) == null) {
                asked.remove(nodeId); // nobody here was listening when it was published
            }
            publish(address, new Publication(target, message, id, ++sequence, withinMillis));
            Operation question = new Operation.Outcome(address, id, sequence, withinMillis);
            DeliveryOptions patient = new DeliveryOptions(asks).setSendTimeout(withinMillis + asks.getSendTimeout());
            return ask(asked, new Ask(Selector.hub(target.hub()), question), patient);
        }

        /** Where a publication goes; null if nobody can be meant. */
        private @Nullable String address(Selector target) {
            String connectionId = target.connectionId();
            String node = connectionId == null ? null : ConnectionId.nodeOf(connectionId);
            return connectionId != null && node == null ? null : addresses.of(target, node);
        }

        private void publish(String address, Publication publication) {
            bus.publish(address, new Envelope(publication, count(address, publication.weight())), PUBLICATIONS);
        }

        private @Nullable Registration count(String address, int weight) {
            Registration local = registry.find(address);
            if (local == null || !local.count(weight)) {
                return null;
            }
            inFlight.add(weight);
            return local;
        }
    }
}
