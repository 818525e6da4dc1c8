package dev.fanfare.event;

import dev.fanfare.config.Config;
import dev.fanfare.config.ConsumerRules;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ContentType;
import dev.fanfare.core.Names;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.core.protocol.Message;
import dev.fanfare.core.protocol.Payload;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.core.session.EventState;
import dev.fanfare.core.session.Identity;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Routes the events of a node to the handlers of the configuration and to the event bus. Thread-safe. See {@code
 * src/docs/decisions/0006}.
 */
public final class EventDispatcher implements EventSink {

    private static final Logger log = LoggerFactory.getLogger(EventDispatcher.class);
    private static final String CONNECT = "connect";

    /** How long an event may take between two nodes, in addition to the handler's timeout. */
    private static final long PASSING_ON_MILLIS = 10_000;

    /** How long a node that shuts down waits until other nodes know which events it gave up. */
    private static final long GIVEN_UP_MILLIS = 1_000;

    private static final String CONNECTED = "connected";
    private static final String DISCONNECTED = "disconnected";

    private final Vertx vertx;
    private final Metrics metrics;
    private final InstantSource clock;
    private final BusSink bus;
    private final ByteBudget byteBudget;
    private final InFlightEvents inFlightEvents = new InFlightEvents();
    private final AtomicInteger circuits = new AtomicInteger();
    private final PerConnectionQueue userEvents = new PerConnectionQueue();
    private final PerConnectionQueue notices = new PerConnectionQueue();
    private final AlertSink alerts;
    private volatile EventRouting routing;

    /** Where events go at present; replaced as a whole. */
    private record EventRouting(Map<String, HubEvents> hubs, HubEvents anyHub, List<Webhook> handlers) {}

    /**
     * Reads the files that the handlers name.
     *
     * @param accessKeys keys that sign events
     * @param bus sends a text to an address; completes when it has left this node
     * @param alerts of handlers that fail
     * @throws IllegalArgumentException if a file cannot be read or does not hold what it should
     */
    public EventDispatcher(
            Vertx vertx,
            Config config,
            List<String> accessKeys,
            Metrics metrics,
            InstantSource clock,
            BiFunction<String, String, Future<Void>> bus,
            AlertSink alerts) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.clock = clock;
        this.byteBudget = new ByteBudget(config.limits().eventBytes());
        this.bus = new BusSink(bus, new ByteBudget(config.limits().eventBytes()), metrics);
        this.alerts = alerts;
        this.routing = routing(config, accessKeys, Map.of());
        metrics.gauge(Metrics.Gauge.EVENTS_PENDING, inFlightEvents::count);
        metrics.gauge(Metrics.Gauge.EVENT_BYTES, byteBudget::used);
        metrics.gauge(Metrics.Gauge.EVENT_CIRCUITS_OPEN, circuits::get);
    }

    /** Handlers that stay as they were keep their queues, connections and circuits. */
    private EventRouting routing(Config config, List<String> accessKeys, Map<String, HubEvents> before) {
        Webhook.Sender sender =
                new Webhook.Sender(NodeOrigin.of(config.server()), byteBudget, metrics, circuits::addAndGet, alerts);
        Map<String, HubEvents> hubs = new HashMap<>();
        List<Webhook> handlers = new ArrayList<>();
        config.hubs().forEach((name, hub) -> {
            HubEvents old = before.get(Names.hub(name));
            List<Webhook> reusable = new ArrayList<>(old == null ? List.of() : old.handlers());
            List<Webhook> own = new ArrayList<>();
            for (Config.EventHandler handler : hub.eventHandlers()) {
                HandlerFiles files = HandlerFiles.read(handler);
                Webhook same = reusable.stream()
                        .filter(webhook -> webhook.isOf(handler, files, sender.origin()))
                        .findFirst()
                        .orElse(null);
                reusable.remove(same);
                own.add(same == null ? new Webhook(handler, files, accessKeys, sender) : same);
            }
            handlers.addAll(own);
            hubs.put(
                    Names.hub(name),
                    new HubEvents(own, hub.busEvents(), hub.consumers().enabled()));
        });
        HubEvents anyHub = Objects.requireNonNull(hubs.get(Config.ANY_HUB), "no settings for all hubs");
        return new EventRouting(Map.copyOf(hubs), anyHub, List.copyOf(handlers));
    }

    /** Starts to accept events. */
    public Future<Void> start() {
        return deploy(routing.handlers);
    }

    private Future<Void> deploy(List<Webhook> handlers) {
        return Future.all(handlers.stream().map(vertx::deployVerticle).toList()).mapEmpty();
    }

    /**
     * Prepares for other handlers: reads their files and starts them. Blocks; not on an event loop.
     *
     * @return takes them; events that a removed handler has already continue there, until their timeout at most
     * @throws IllegalArgumentException as the constructor does
     */
    public Runnable prepare(Config config, List<String> accessKeys) {
        EventRouting before = routing;
        EventRouting next = routing(config, accessKeys, before.hubs);
        List<Webhook> added = new ArrayList<>(next.handlers);
        added.removeAll(before.handlers);
        List<Webhook> removed = new ArrayList<>(before.handlers);
        removed.removeAll(next.handlers);
        List<Webhook> kept = new ArrayList<>(next.handlers);
        kept.removeAll(added);
        return () -> {
            deploy(added).onFailure(failure -> log.error("an event handler could not be started", failure));
            kept.forEach(webhook -> webhook.sign(accessKeys));
            routing = next;
            removed.forEach(webhook -> vertx.setTimer(
                    webhook.timeoutMillis() + PASSING_ON_MILLIS, timer -> vertx.undeploy(webhook.deploymentID())));
        };
    }

    /**
     * Waits until handlers have answered all events in flight and the answers have been passed on. Gives up the rest
     * shortly before the time is over, so that this can be passed on as well.
     */
    public Future<Void> drain(long withinMillis) {
        long last = Math.min(GIVEN_UP_MILLIS, withinMillis / 2);
        Future<Void> none = inFlightEvents.none();
        return none.timeout(Math.max(1, withinMillis - last), TimeUnit.MILLISECONDS)
                .recover(late -> {
                    log.atWarn().addKeyValue("events", inFlightEvents.abandon()).log("events were not handled in time");
                    return none.timeout(Math.max(1, last), TimeUnit.MILLISECONDS)
                            .otherwiseEmpty();
                });
    }

    private HubEvents hub(String name) {
        EventRouting present = routing;
        return present.hubs.getOrDefault(name, present.anyHub);
    }

    @Override
    public boolean decides(String hub) {
        return hub(hub).forSystem(CONNECT) != null;
    }

    @Override
    public Future<ConnectAnswer> connect(ConnectEvent event) {
        Webhook handler = hub(event.context().identity().hub()).forSystem(CONNECT);
        if (handler == null) {
            return Future.succeededFuture(ConnectAnswer.UNCHANGED);
        }
        CloudEvent cloud = CloudEvent.system(event.context(), CONNECT, clock.millis(), EventBodies.connect(event));
        return counted(
                Metrics.EventKind.CONNECT,
                send(handler, new PendingEvent(cloud, Metrics.EventKind.CONNECT), userEvents)
                        .compose(response -> decision(event.context(), response)));
    }

    @Override
    public Future<ConnectAnswer> register(RegisterEvent event) {
        Webhook handler = hub(event.hub()).forSystem(ConsumerRules.REGISTER);
        if (handler == null) {
            return Future.failedFuture(EventException.unregistrable(event.hub()));
        }
        EventContext context = EventContext.first(
                new Identity(
                        event.registrationId(),
                        event.hub(),
                        event.clientId(),
                        ConnectionType.INBOUND,
                        event.path(),
                        Subprotocol.RAW,
                        0),
                new EventState());
        CloudEvent cloud =
                CloudEvent.system(context, ConsumerRules.REGISTER, clock.millis(), EventBodies.register(event));
        return counted(
                Metrics.EventKind.REGISTER,
                send(handler, new PendingEvent(cloud, Metrics.EventKind.REGISTER), userEvents)
                        .compose(response -> decision(context, response)));
    }

    private static Future<ConnectAnswer> decision(EventContext context, Exchange.Response response) {
        try {
            HandlerAnswers.requirePlain(response.headers());
            ContentType type = ContentType.of(response.headers().get("Content-Type"));
            ConnectAnswer decision = ConnectAnswer.parse(
                    HandlerAnswers.text(type, response.body().getBytes()));
            keepState(context, response);
            return Future.succeededFuture(decision);
        } catch (ConnectAnswer.MalformedAnswer e) {
            return Future.failedFuture(EventException.invalid(String.valueOf(e.getMessage())));
        } catch (EventException e) {
            return Future.failedFuture(e);
        }
    }

    private static void keepState(EventContext context, Exchange.Response response) throws EventException {
        String state = HandlerAnswers.connectionState(response.headers().getAll("ce-connectionState"));
        if (state != null) {
            context.state().connectionState(state);
        }
    }

    @Override
    public RaisedEvent raise(UserEvent event) {
        HubEvents hub = hub(event.context().identity().hub());
        if (hub.registers(event.name())) {
            return RaisedEvent.over(unhandled(event));
        }
        Webhook handler = hub.forUser(event.name());
        boolean published = hub.publishesUser(event.name());
        CloudEvent cloud = CloudEvent.user(event, clock.millis());
        if (published) {
            bus.publish(cloud);
        }
        if (handler == null) {
            return RaisedEvent.over(published ? Future.succeededFuture() : unhandled(event));
        }
        PendingEvent pendingEvent = new PendingEvent(cloud, Metrics.EventKind.USER);
        Future<@Nullable Message> answer = counted(
                Metrics.EventKind.USER,
                send(handler, pendingEvent, userEvents).compose(given -> message(event.context(), given)));
        return new RaisedEvent(answer, () -> pendingEvent.fail(EventException.cancelled()));
    }

    @Override
    public long passingOnMillis(String hub) {
        return hub(hub).timeoutMillis() + PASSING_ON_MILLIS;
    }

    @Override
    public void await(Future<?> work) {
        inFlightEvents.await(work);
    }

    private Future<@Nullable Message> unhandled(UserEvent event) {
        metrics.event(Metrics.EventKind.USER, Metrics.EventOutcome.UNHANDLED, 0);
        return Future.failedFuture(
                EventException.unhandled(event.context().identity().hub()));
    }

    private static Future<@Nullable Message> message(EventContext context, Exchange.Response response) {
        try {
            Message message = HandlerAnswers.message(
                    response.headers().get("Content-Type"),
                    response.headers(),
                    response.body().getBytes());
            keepState(context, response);
            return Future.succeededFuture(message);
        } catch (EventException e) {
            return Future.failedFuture(e);
        }
    }

    @Override
    public void connected(EventContext context) {
        notice(context, CONNECTED, Metrics.EventKind.CONNECTED, EventBodies.EMPTY);
    }

    @Override
    public void disconnected(EventContext context, int code, String reason) {
        notice(context, DISCONNECTED, Metrics.EventKind.DISCONNECTED, EventBodies.disconnected(reason, code));
    }

    private void notice(EventContext context, String name, Metrics.EventKind kind, Payload payload) {
        HubEvents hub = hub(context.identity().hub());
        Webhook handler = hub.forSystem(name);
        boolean published = hub.publishesSystem(name);
        if (handler == null && !published) {
            return;
        }
        CloudEvent event = CloudEvent.system(context, name, clock.millis(), payload);
        if (published) {
            bus.publish(event);
        }
        if (handler != null) {
            counted(kind, send(handler, new PendingEvent(event, kind), notices));
        }
    }

    private Future<Exchange.Response> send(
            Webhook handler, PendingEvent pendingEvent, PerConnectionQueue perConnectionQueue) {
        int weight = pendingEvent.event().weight();
        if (!byteBudget.reserve(weight)) {
            metrics.limitReached(Metrics.Limit.EVENT_BYTES);
            return Future.failedFuture(EventException.full());
        }
        inFlightEvents.add(pendingEvent);
        pendingEvent.answer().onComplete(ended -> byteBudget.release(weight));
        return perConnectionQueue
                .take(pendingEvent.event().identity().connectionId(), () -> {
                    handler.submit(pendingEvent);
                    return pendingEvent.answer();
                })
                .onFailure(fault ->
                        pendingEvent.fail(EventException.unreachable(fault))); // no effect once it has completed
    }

    private <T extends @Nullable Object> Future<T> counted(Metrics.EventKind kind, Future<T> event) {
        long began = System.nanoTime();
        return event.onComplete(ended -> metrics.event(
                kind,
                ended.cause() instanceof EventException failure ? failure.outcome() : Metrics.EventOutcome.DELIVERED,
                System.nanoTime() - began));
    }
}
