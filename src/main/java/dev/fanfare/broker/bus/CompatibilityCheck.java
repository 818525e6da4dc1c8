package dev.fanfare.broker.bus;

import dev.fanfare.broker.IncompatibleNodeException;
import dev.fanfare.broker.routing.Hello;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks that a starting node agrees with each member about the settings that must be equal everywhere, before it
 * accepts connections. A member that does not answer is skipped.
 */
final class CompatibilityCheck {

    private static final Logger log = LoggerFactory.getLogger(CompatibilityCheck.class);
    private static final DeliveryOptions HELLO = new DeliveryOptions().setCodecName(BusCodecs.HELLO);

    /** A member that has just joined may not know this node yet: then its answer is lost. */
    private static final int ATTEMPTS = 5;

    private static final long ATTEMPT_MILLIS = 1000;
    private static final long PAUSE_MILLIS = 100;

    private final Vertx vertx;
    private final NodeRequests requests;
    private final EventBusBroker.Settings settings;

    CompatibilityCheck(Vertx vertx, NodeRequests requests, EventBusBroker.Settings settings) {
        this.vertx = vertx;
        this.requests = requests;
        this.settings = settings;
    }

    /** Fails with an {@link IncompatibleNodeException} on a conflict. */
    Future<Void> check(Supplier<List<String>> others) {
        return Future.all(others.get().stream()
                        .map(node -> check(node, others, 1))
                        .toList())
                .mapEmpty();
    }

    /** The settings of this node. */
    static Hello hello(EventBusBroker.Settings settings) {
        return new Hello(settings.slots(), System.currentTimeMillis());
    }

    private Future<Void> check(String node, Supplier<List<String>> others, int attempt) {
        Hello ours = hello(settings);
        DeliveryOptions options = new DeliveryOptions(HELLO).setSendTimeout(ATTEMPT_MILLIS);
        return requests.<Hello>request(node, ours, options, late -> {}).transform(answer -> {
            Hello theirs = answer.result();
            if (theirs != null) {
                return compare(node, theirs, ours.clockMillis());
            }
            if (!others.get().contains(node)) {
                return Future.succeededFuture();
            }
            if (attempt < ATTEMPTS) {
                return vertx.timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS).compose(v -> check(node, others, attempt + 1));
            }
            log.atWarn()
                    .addKeyValue("node", node)
                    .addKeyValue("reason", answer.failed() ? answer.cause().getMessage() : "another version")
                    .log(
                            "a node of the cluster does not answer on cluster.busPort; starting without comparing settings");
            return Future.succeededFuture();
        });
    }

    private Future<Void> compare(String node, Hello theirs, long asked) {
        return disagreement(settings, node, theirs, asked, System.currentTimeMillis())
                .map(text -> Future.<Void>failedFuture(new IncompatibleNodeException(text)))
                .orElseGet(Future::succeededFuture);
    }

    /**
     * The message for the operator, if there is a conflict.
     *
     * @param asked the time of day here when the request was sent
     * @param answered the time of day here when the reply arrived: the other clock was read in between
     */
    static Optional<String> disagreement(
            EventBusBroker.Settings settings, String node, Hello theirs, long asked, long answered) {
        if (theirs.slots() != settings.slots()) {
            return Optional.of("groups.slots is " + settings.slots() + ", but node " + node + " of this cluster has "
                    + theirs.slots() + "; it must be equal on all nodes");
        }
        long behind = theirs.clockMillis() - answered;
        long ahead = asked - theirs.clockMillis();
        long apart = Math.max(behind, ahead);
        if (apart > settings.clockToleranceMillis()) {
            return Optional.of("the clock is " + apart / 1000.0 + " s " + (ahead > 0 ? "ahead of" : "behind")
                    + " that of node " + node + " of this cluster; auth.clockToleranceSeconds allows "
                    + settings.clockToleranceMillis() / 1000.0);
        }
        return Optional.empty();
    }
}
