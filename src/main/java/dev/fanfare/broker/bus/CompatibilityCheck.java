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
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks that a starting node agrees with each member about the settings that must be equal everywhere, before it
 * accepts connections. A member that does not answer in time delays the start no longer; it is asked on until it answers or is no
 * member any more.
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
    static final long PATIENCE_MILLIS = 5000;

    private final Vertx vertx;
    private final NodeRequests requests;
    private final EventBusBroker.Settings settings;
    private final Supplier<Hello> hello;
    private final Function<String, @Nullable WireVersions> refused;
    private final Consumer<String> conflicts;
    private final long patienceMillis;

    /**
     * @param hello introduces this node
     * @param refused the versions of a node that has none in common with this one; null for any other
     * @param conflicts receives what differs at a member that has answered late
     * @param patienceMillis how long it waits for a member, see {@link #PATIENCE_MILLIS}
     */
    CompatibilityCheck(
            Vertx vertx,
            NodeRequests requests,
            EventBusBroker.Settings settings,
            Supplier<Hello> hello,
            Function<String, @Nullable WireVersions> refused,
            Consumer<String> conflicts,
            long patienceMillis) {
        this.vertx = vertx;
        this.requests = requests;
        this.settings = settings;
        this.hello = hello;
        this.refused = refused;
        this.conflicts = conflicts;
        this.patienceMillis = patienceMillis;
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

    /** Asks one member until it answers, or is none any more. Confined to one context. */
    private final class Inquiry {

        private final String node;
        private final Supplier<List<String>> others;

        /** Of what the start waits for. */
        private final Promise<Void> end = Promise.promise();

        private final long deadline = EventBusBroker.now() + patienceMillis;
        private boolean over;
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
            long left = deadline - EventBusBroker.now();
            boolean late = left <= 0;
            DeliveryOptions options = new DeliveryOptions(HELLO).setSendTimeout(late ? PATIENCE_MILLIS : left);
            requests.<Hello>request(node, ours, options, unused -> {}).onComplete(answer -> {
                Hello theirs = answer.result();
                if (over) {
                    return;
                }
                if (theirs != null) {
                    over = true;
                    compare(node, theirs, ours).onSuccess(end::tryComplete).onFailure(differs -> {
                        if (!end.tryFail(differs)) {
                            differsLate(differs);
                        }
                    });
                } else {
                    reason = answer.failed() ? String.valueOf(answer.cause().getMessage()) : "malformed answer";
                    endWithout();
                }
            });
            vertx.setTimer(late ? pause : Math.min(pause, left), timer -> askAgain());
            pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
        }

        private void askAgain() {
            endWithout();
            if (over) {
                return;
            }
            if (EventBusBroker.now() >= deadline && end.tryComplete()) {
                log.atWarn()
                        .addKeyValue("node", node)
                        .addKeyValue("reason", reason)
                        .log("a node of the cluster does not answer on cluster.busPort; starting, and comparing"
                                + " settings when it does");
            }
            ask();
        }

        private void differsLate(Throwable differs) {
            String text = String.valueOf(differs.getMessage());
            log.atError()
                    .addKeyValue("node", node)
                    .log("settings differ from those of a node that did not answer when this one started: " + text);
            conflicts.accept(text);
        }

        /** Ends if no answer will come. */
        private void endWithout() {
            Hello ours = hello.get();
            WireVersions incompatible = refused.apply(node); // by its heartbeat
            if (incompatible != null) {
                over = true;
                end.tryFail(new IncompatibleNodeException(versionsDiffer(node, incompatible, ours.versions())));
            } else if (!others.get().contains(node)) {
                over = true;
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
