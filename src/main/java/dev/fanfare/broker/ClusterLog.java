package dev.fanfare.broker;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells operators how it goes between the nodes. Belongs to the registry's thread. */
final class ClusterLog implements View.Observer {

    private static final Logger log = LoggerFactory.getLogger(ClusterLog.class);
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private List<String> members = List.of();
    private long lastRefusal = System.nanoTime() - PAUSE_NANOS;

    /** Who there is now; said when it changes. */
    void members(List<String> now) {
        if (!now.equals(members)) {
            members = now;
            log.atInfo()
                    .addKeyValue("count", now.size())
                    .addKeyValue("nodes", String.join(",", now))
                    .log("members of the cluster");
        }
    }

    @Override
    public void silent(String node, boolean silent) {
        if (silent) {
            log.atWarn().addKeyValue("node", node).log("a node of the cluster is silent");
        } else {
            log.atInfo().addKeyValue("node", node).log("a node of the cluster speaks again");
        }
    }

    @Override
    public void differs(String node) {
        log.atError().addKeyValue("node", node).log("the view of a node is not what it says; fetched again");
    }

    /** A message could not be understood; said once a minute at most, counted always. */
    void refused() {
        long now = System.nanoTime();
        if (now - lastRefusal >= PAUSE_NANOS) {
            lastRefusal = now;
            log.warn("a message of another node was refused: it may run another version, or not be one of ours");
        }
    }
}
