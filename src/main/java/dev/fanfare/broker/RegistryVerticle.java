package dev.fanfare.broker;

import dev.fanfare.core.ErrorCode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.HashMap;
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
 * Owns the groups of this node as event-bus addresses: registers an address once however many of its groups have members
 * here, hands what arrives to the shards that are interested, and asks them on behalf of other nodes. One per node; all
 * state belongs to its event loop, but for the map of registrations, which publishers look into.
 */
final class RegistryVerticle extends VerticleBase {

    private static final Logger log = LoggerFactory.getLogger(RegistryVerticle.class);
    private static final long SWEEP_MILLIS = 1000;

    private final String nodeAddress;
    private final long lingerMillis;
    private final InFlight inFlight;
    private final ConcurrentMap<String, Registration> registrations = new ConcurrentHashMap<>();
    private final List<Subscriber> attached = new ArrayList<>();
    private final Map<String, Future<?>> claims = new HashMap<>();
    private @Nullable Reports reports;

    RegistryVerticle(String nodeAddress, long lingerMillis, InFlight inFlight) {
        this.nodeAddress = nodeAddress;
        this.lingerMillis = lingerMillis;
        this.inFlight = inFlight;
    }

    @Override
    public Future<?> start() {
        reports = new Reports(context);
        vertx.setPeriodic(SWEEP_MILLIS, timer -> unregisterUnused());
        MessageConsumer<Ask> asks = vertx.eventBus().consumer(nodeAddress + EventBusBroker.ASK, this::answer);
        return Future.all(register(nodeAddress).registered(), asks.completion());
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
            long now = System.currentTimeMillis();
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
                registration.remove(subscriber, System.currentTimeMillis());
            }
        });
    }

    /** Claims of one session come one after the other: while it is on its way, nobody has it. */
    Future<Optional<Subscriptions.Claimed>> claim(Claim claim, Subscriber claimant) {
        String id = claim.connectionId();
        return onOwnThread(() -> {
            Future<?> before = claims.getOrDefault(id, Future.succeededFuture());
            Future<Optional<Subscriptions.Claimed>> answer = before.transform(done -> askForSession(claim, claimant));
            claims.put(id, answer);
            return answer.onComplete(done -> context.runOnContext(v -> claims.remove(id, answer)));
        });
    }

    /** On this thread, so that whatever the former subscriber still forwards has reached the claimant, too. */
    Future<Void> release(Subscriber former, String connectionId) {
        return onOwnThread(() -> former.release(connectionId));
    }

    private Future<Optional<Subscriptions.Claimed>> askForSession(Claim claim, Subscriber claimant) {
        List<Future<Optional<Subscriptions.Claimed>>> answers = new ArrayList<>();
        for (Subscriber former : attached) {
            if (!former.equals(claimant)) {
                answers.add(former.claim(claim, claimant)
                        .map(state -> state.map(s -> new Subscriptions.Claimed(s, former))));
            }
        }
        // One who has a bug must not keep the session from the one who finds it.
        return Future.join(answers)
                .transform(all -> onOwnThread(() -> Future.succeededFuture(answers.stream()
                        .filter(Future::succeeded)
                        .flatMap(answer -> answer.result().stream())
                        .findFirst())));
    }

    /** Tells every shard that its publishers may go on. Any thread. */
    void writable() {
        context.runOnContext(v -> attached.forEach(Subscriber::writable));
    }

    private Future<Void> subscribeNow(Subscriber subscriber, String address) {
        Registration registration = registrations.get(address);
        if (registration == null) {
            registration = register(address);
        }
        registration.add(subscriber);
        return registration.registered();
    }

    private Registration register(String address) {
        MessageConsumer<Envelope> consumer = vertx.eventBus().consumer(address);
        Registration registration = new Registration(consumer, consumer.completion());
        consumer.handler(message -> receive(registration, message.body()));
        registrations.put(address, registration);
        registration.registered().onFailure(failure -> {
            log.atError()
                    .addKeyValue("address", address)
                    .setCause(failure)
                    .log("could not listen to an event-bus address");
            remove(address, registration);
        });
        return registration;
    }

    private void receive(Registration registration, Envelope envelope) {
        Delivery delivery = delivery(envelope.publication());
        for (Subscriber subscriber : registration.subscribers()) {
            inFlight.add(delivery.weight());
            delivery.hold();
            subscriber.deliver(delivery);
        }
        delivery.release();
        Registration counted = envelope.counted();
        if (counted != null && counted.uncount(delivery.weight())) {
            inFlight.remove(delivery.weight());
        }
    }

    private Delivery delivery(Publication publication) {
        return publication.reportMillis() == 0
                ? new Delivery(publication)
                : new Delivery(publication, reports().begin(publication));
    }

    Future<Integer> reportsUnderway() {
        return onOwnThread(() -> Future.succeededFuture(reports().size()));
    }

    private Reports reports() {
        return Objects.requireNonNull(reports, "not started");
    }

    private void answer(Message<Ask> message) {
        Ask ask = message.body();
        if (ask.operation() instanceof Operation.Outcome outcome) {
            reports()
                    .fetch(outcome, registrations.containsKey(outcome.address()))
                    .onSuccess(answer -> message.reply(answer, EventBusBroker.ANSWERS));
            return;
        }
        List<Future<Answer>> answers = attached.stream()
                .map(subscriber ->
                        subscriber.answer(ask.target(), ask.operation()).otherwise(RegistryVerticle::failed))
                .toList();
        Future.all(answers)
                .onSuccess(all -> message.reply(
                        answers.stream().map(Future::result).reduce(Answer.NONE, Answer::and), EventBusBroker.ANSWERS));
    }

    private static Answer failed(Throwable failure) {
        log.atError().setCause(failure).log("an operation failed");
        return new Answer(0, List.of(), ErrorCode.INTERNAL, ErrorCode.INTERNAL.when(), 0);
    }

    private void unregisterUnused() {
        long now = System.currentTimeMillis();
        Iterator<Map.Entry<String, Registration>> entries =
                registrations.entrySet().iterator();
        while (entries.hasNext()) {
            Map.Entry<String, Registration> entry = entries.next();
            if (!entry.getKey().equals(nodeAddress) && entry.getValue().unused(now, lingerMillis)) {
                entries.remove();
                retire(entry.getValue());
            }
        }
    }

    private void remove(String address, Registration registration) {
        if (registrations.remove(address, registration)) {
            retire(registration);
        }
    }

    private void retire(Registration registration) {
        registration.consumer().unregister();
        // What was published and never comes back to us must not count for ever.
        inFlight.remove(registration.retire());
    }

    private <T> Future<T> onOwnThread(Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        Context own = context;
        own.runOnContext(
                v -> Future.<Void>succeededFuture().compose(now -> work.get()).onComplete(promise));
        return promise.future();
    }
}
