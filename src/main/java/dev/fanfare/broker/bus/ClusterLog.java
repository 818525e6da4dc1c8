package dev.fanfare.broker.bus;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells operators how it goes between the nodes. Belongs to the registry's thread but for failures. */
final class ClusterLog {

    private static final Logger log = LoggerFactory.getLogger(ClusterLog.class);
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** One who is silent is looked after every two seconds, and connecting takes two at most. */
    private static final long RECENT_NANOS = TimeUnit.SECONDS.toNanos(5);

    private record Failure(Throwable cause, long nanos) {}

    private final LongSupplier nanoTime;
    private final Map<String, Failure> failures = new ConcurrentHashMap<>();

    /** When it was told last that a node is silent. */
    private final Map<String, Long> silent = new HashMap<>();

    private List<String> members = List.of();
    private long lastRefusal;

    /** @param nanoTime as {@link System#nanoTime} */
    ClusterLog(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.lastRefusal = nanoTime.getAsLong() - PAUSE_NANOS;
    }

    /** Something could not be sent to a node; told if it turns out to be silent. Any thread. */
    void failed(String node, Throwable cause) {
        failures.put(node, new Failure(cause, nanoTime.getAsLong()));
    }

    /** Who there is now; said when it changes. */
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

    /** Whether a node is in touch has changed. */
    void silent(String node, boolean now) {
        if (now) {
            warn(node, "a node of the cluster is silent");
        } else {
            silent.remove(node);
            failures.remove(node);
            log.atInfo().addKeyValue("node", node).log("a node of the cluster speaks again");
        }
    }

    /** A node is none any more, and will not come back. */
    void crashed(String node) {
        silent.remove(node);
        failures.remove(node);
        log.atWarn()
                .addKeyValue("node", node)
                .log("a node of the cluster has crashed: its machine refuses connections to it");
    }

    /** A node was given up. */
    void lost(String node, long bytes) {
        log.atWarn()
                .addKeyValue("node", node)
                .addKeyValue("bytes", bytes)
                .log("a node of the cluster is given up; what was on its way to it may be lost");
    }

    /** What a node sent to this one never arrived. */
    void missed(String node, long bytes) {
        log.atWarn()
                .addKeyValue("node", node)
                .addKeyValue("bytes", bytes)
                .log("messages of a node of the cluster were lost on the way to this one");
    }

    /** To be called every now and then. The first reason need not be the one that lasts: a node that starts is not there yet. */
    void remind() {
        for (Map.Entry<String, Long> warned : silent.entrySet()) {
            if (nanoTime.getAsLong() - warned.getValue() >= PAUSE_NANOS) {
                warn(warned.getKey(), "a node of the cluster is still silent");
            }
        }
    }

    /** What failed long ago has been mended since, or not been tried again: now there is just no answer. */
    private String reason(String node) {
        Failure failure = failures.get(node);
        return failure == null || nanoTime.getAsLong() - failure.nanos >= RECENT_NANOS
                ? "no answer"
                : String.valueOf(failure.cause.getMessage());
    }

    private void warn(String node, String message) {
        silent.put(node, nanoTime.getAsLong());
        String reason = reason(node);
        log.atWarn().addKeyValue("node", node).addKeyValue("reason", reason).log(message);
    }

    /** A copy of a node's addresses was not what it should be. */
    void differs(String node) {
        log.atError().addKeyValue("node", node).log("the view of a node is not what it says; fetched again");
    }

    /** A message could not be understood; said once a minute at most, counted always. */
    void refused() {
        long now = nanoTime.getAsLong();
        if (now - lastRefusal >= PAUSE_NANOS) {
            lastRefusal = now;
            log.warn("a message of another node was refused: it may run another version, or not be one of ours");
        }
    }
}
