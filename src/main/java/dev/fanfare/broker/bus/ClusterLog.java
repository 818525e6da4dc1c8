package dev.fanfare.broker.bus;

import dev.fanfare.core.codec.WireVersions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the state of the cluster for operators. Confined to the registry's thread, except {@link #failed}. */
final class ClusterLog {

    private static final Logger log = LoggerFactory.getLogger(ClusterLog.class);
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** A silent node is sent a heartbeat every two seconds, and connecting takes two at most. */
    private static final long RECENT_NANOS = TimeUnit.SECONDS.toNanos(5);

    private record RecentFailure(Throwable cause, long nanos) {}

    private final LongSupplier nanoTime;
    private final Map<String, RecentFailure> failures = new ConcurrentHashMap<>();

    /** When a warning about a silent node was last logged, in nanoseconds. */
    private final Map<String, Long> silent = new HashMap<>();

    private List<String> members = List.of();
    private long lastRefusal;
    private long lastUnknown;

    /** @param nanoTime as {@link System#nanoTime} */
    ClusterLog(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.lastRefusal = nanoTime.getAsLong() - PAUSE_NANOS;
        this.lastUnknown = lastRefusal;
    }

    /** A message could not be sent to a node; logged as the reason if the node turns out to be silent. Any thread. */
    void failed(String node, Throwable cause) {
        failures.put(node, new RecentFailure(cause, nanoTime.getAsLong()));
    }

    /** Logs the members when they have changed. */
    void members(List<String> now) {
        if (!now.equals(members)) {
            members = now;
            failures.keySet().retainAll(now);
            silent.keySet().retainAll(now);
            log.atInfo()
                    .addKeyValue("count", now.size())
                    .addKeyValue("nodes", String.join(",", now))
                    .log("members of the cluster");
        }
    }

    /** A node has become silent, or has been heard again. */
    void silent(String node, boolean now) {
        if (now) {
            warn(node, "a node of the cluster is silent");
        } else {
            silent.remove(node);
            failures.remove(node);
            log.atInfo().addKeyValue("node", node).log("a node of the cluster responds again");
        }
    }

    /** A node is no longer a member and will not return. */
    void crashed(String node) {
        silent.remove(node);
        failures.remove(node);
        log.atWarn()
                .addKeyValue("node", node)
                .log("a node of the cluster has crashed: its machine refuses connections to it");
    }

    /** A node was removed with this many bytes in flight to it. */
    void lost(String node, long bytes) {
        log.atWarn()
                .addKeyValue("node", node)
                .addKeyValue("bytes", bytes)
                .log("a node of the cluster was removed; messages in flight to it may be lost");
    }

    /** This many bytes that a node sent to this one never arrived. */
    void missed(String node, long bytes) {
        log.atWarn()
                .addKeyValue("node", node)
                .addKeyValue("bytes", bytes)
                .log("messages from a node of the cluster were lost in transit");
    }

    /**
     * Repeats the warning about nodes that stay silent; call it periodically. The first reason need not be the lasting
     * one: a node that starts does not answer yet.
     */
    void remind() {
        for (Map.Entry<String, Long> warned : silent.entrySet()) {
            if (nanoTime.getAsLong() - warned.getValue() >= PAUSE_NANOS) {
                warn(warned.getKey(), "a node of the cluster is still silent");
            }
        }
    }

    /** An old failure says nothing about now: since then there has just been no answer. */
    private String reason(String node) {
        RecentFailure recentFailure = failures.get(node);
        return recentFailure == null || nanoTime.getAsLong() - recentFailure.nanos >= RECENT_NANOS
                ? "no answer"
                : String.valueOf(recentFailure.cause.getMessage());
    }

    private void warn(String node, String message) {
        silent.put(node, nanoTime.getAsLong());
        String reason = reason(node);
        log.atWarn().addKeyValue("node", node).addKeyValue("reason", reason).log(message);
    }

    /** The copy of a node's subscriptions did not match its digest. */
    void differs(String node) {
        log.atError()
                .addKeyValue("node", node)
                .log("copy of the subscriptions of a node differs from its digest; fetching it again");
    }

    /** A node has no version of the protocol in common with this one. */
    void refused(String node, WireVersions theirs, WireVersions ours) {
        log.atError()
                .addKeyValue("node", node)
                .addKeyValue("theirs", theirs)
                .addKeyValue("ours", ours)
                .log("refused a node of the cluster: " + CompatibilityCheck.whichToUpdate(theirs, ours));
    }

    /** A message could not be read. Logged once a minute at most, counted always. */
    void unread(Unread unread) {
        long now = nanoTime.getAsLong();
        if (unread.isUnknown()) {
            if (now - lastUnknown >= PAUSE_NANOS) {
                lastUnknown = now;
                log.atInfo()
                        .addKeyValue("message", unread.messageKind().label())
                        .log("a message of another node was skipped: only a later version knows it");
            }
        } else if (now - lastRefusal >= PAUSE_NANOS) {
            lastRefusal = now;
            log.atWarn()
                    .addKeyValue("message", unread.messageKind().label())
                    .log("a message of another node is malformed: it may not be a Fanfare node");
        }
    }
}
