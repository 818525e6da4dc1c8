package dev.fanfare.broker.bus;

import dev.fanfare.broker.IncompatibleNodeException;
import dev.fanfare.broker.routing.Hello;
import dev.fanfare.core.codec.WireVersions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks that a starting node agrees with each member about the settings that must be equal everywhere, before it
 * accepts connections. A member that does not answer is skipped.
 */
final class CompatibilityCheck {

    private static final Logger log = LoggerFactory.getLogger(CompatibilityCheck.class);
    private static final DeliveryOptions HELLO = new DeliveryOptions().setCodecName(BusCodecs.HELLO);

    /**
     * A member that has just joined may not know this node yet: then its answer is lost. So it is soon asked again, each time
     * after twice as long.
     */
    private static final long FIRST_PAUSE_MILLIS = 50;

    private static final long LONGEST_PAUSE_MILLIS = 1000;

    /** Then a member counts as one that does not answer. */
    private static final long PATIENCE_MILLIS = 5000;

    private final Vertx vertx;
    private final NodeRequests requests;
    private final EventBusBroker.Settings settings;
    private final Supplier<Hello> hello;
    private final Function<String, @Nullable WireVersions> refused;

    /**
     * @param hello introduces this node
     * @param refused the versions of a node that has none in common with this one; null for any other
     */
    CompatibilityCheck(
            Vertx vertx,
            NodeRequests requests,
            EventBusBroker.Settings settings,
            Supplier<Hello> hello,
            Function<String, @Nullable WireVersions> refused) {
        this.vertx = vertx;
        this.requests = requests;
        this.settings = settings;
        this.hello = hello;
        this.refused = refused;
    }

    /** Fails with an {@link IncompatibleNodeException} on a conflict. */
    Future<Void> check(Supplier<List<String>> others) {
        return Future.all(others.get().stream()
                        .map(node -> new Inquiry(node, others).answered())
                        .toList())
                .mapEmpty();
    }

    /** What this node must agree on with others. */
    static Hello hello(String nodeId, EventBusBroker.Settings settings) {
        return new Hello(WireVersions.OURS, nodeId, settings.slots(), System.currentTimeMillis());
    }

    /** Asks one member until it answers. Confined to one context. */
    private final class Inquiry {

        private final String node;
        private final Supplier<List<String>> others;
        private final Promise<Void> end = Promise.promise();
        private final long deadline = EventBusBroker.now() + PATIENCE_MILLIS;
        private long pause = FIRST_PAUSE_MILLIS;
        private String reason = "";

        Inquiry(String node, Supplier<List<String>> others) {
            this.node = node;
            this.others = others;
        }

        Future<Void> answered() {
            vertx.getOrCreateContext().runOnContext(v -> ask());
            return end.future();
        }

        private void ask() {
            Hello ours = hello.get();
            long left = Math.max(1, deadline - EventBusBroker.now());
            DeliveryOptions options = new DeliveryOptions(HELLO).setSendTimeout(left);
            requests.<Hello>request(node, ours, options, late -> {}).onComplete(answer -> {
                Hello theirs = answer.result();
                if (theirs != null) {
                    compare(node, theirs, ours).onSuccess(end::tryComplete).onFailure(end::tryFail);
                } else {
                    reason = answer.failed() ? String.valueOf(answer.cause().getMessage()) : "malformed answer";
                    endWithout();
                }
            });
            vertx.setTimer(Math.min(pause, left), timer -> askAgain());
            pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
        }

        private void askAgain() {
            endWithout();
            if (end.future().isComplete()) {
                return;
            }
            if (EventBusBroker.now() < deadline) {
                ask();
                return;
            }
            log.atWarn()
                    .addKeyValue("node", node)
                    .addKeyValue("reason", reason)
                    .log(
                            "a node of the cluster does not answer on cluster.busPort; starting without comparing settings");
            end.tryComplete();
        }

        /** Ends if no answer will come. */
        private void endWithout() {
            Hello ours = hello.get();
            WireVersions incompatible = refused.apply(node); // by its heartbeat
            if (incompatible != null) {
                end.tryFail(new IncompatibleNodeException(versionsDiffer(node, incompatible, ours.versions())));
            } else if (!others.get().contains(node)) {
                end.tryComplete();
            }
        }
    }

    private Future<Void> compare(String node, Hello theirs, Hello ours) {
        return disagreement(settings, node, theirs, ours, System.currentTimeMillis())
                .map(CompatibilityCheck::fail)
                .orElseGet(Future::succeededFuture);
    }

    private static Future<Void> fail(String text) {
        return Future.failedFuture(new IncompatibleNodeException(text));
    }

    private static String versionsDiffer(String node, WireVersions theirs, WireVersions ours) {
        return "node " + node
                + " of this cluster has no version of the protocol between nodes in common with this one: "
                + whichToUpdate(theirs, ours);
    }

    /** Which of two nodes without a common version is the older one. */
    static String whichToUpdate(WireVersions theirs, WireVersions ours) {
        return "it speaks " + theirs + ", this node " + ours + "; "
                + (ours.isBehind(theirs) ? "update this node" : "update that node");
    }

    /**
     * The message for the operator, if there is a conflict.
     *
     * @param ours what was sent, with the time of day here
     * @param answered the time of day here when the reply arrived: the other clock was read in between
     */
    static Optional<String> disagreement(
            EventBusBroker.Settings settings, String node, Hello theirs, Hello ours, long answered) {
        if (ours.versions().common(theirs.versions()) == WireVersions.NONE) {
            return Optional.of(versionsDiffer(node, theirs.versions(), ours.versions()));
        }
        if (theirs.slots() != settings.slots()) {
            return Optional.of("groups.slots is " + settings.slots() + ", but node " + node + " of this cluster has "
                    + theirs.slots() + "; it must be equal on all nodes");
        }
        long behind = theirs.clockMillis() - answered;
        long ahead = ours.clockMillis() - theirs.clockMillis();
        long apart = Math.max(behind, ahead);
        if (apart > settings.clockToleranceMillis()) {
            return Optional.of("the clock is " + apart / 1000.0 + " s " + (ahead > 0 ? "ahead of" : "behind")
                    + " that of node " + node + " of this cluster; auth.clockToleranceSeconds allows "
                    + settings.clockToleranceMillis() / 1000.0);
        }
        return Optional.empty();
    }
}
