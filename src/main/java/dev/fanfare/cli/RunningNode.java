package dev.fanfare.cli;

import dev.fanfare.config.LiveConfig;
import io.vertx.core.Future;
import java.util.List;

/** A running node, as seen by the command that started it. */
public interface RunningNode {

    /** What the operator needs to know: where clients, servers and Prometheus connect. Lines for standard output. */
    List<String> announcement();

    /** Completes when the node is ready for traffic, or is stopping; never fails. */
    Future<Void> ready();

    /** The configuration that the node has at present. */
    LiveConfig live();

    /**
     * Reads the configuration again and applies what can change while the node runs. Any thread; does not block.
     *
     * @param cause for the log
     * @return fails if there are problems, which have been logged; the node then stays as it is
     */
    Future<LiveConfig.ConfigChange> reload(String cause);

    /** Shuts down and releases everything. Called once, from any thread; a shutdown hook waits for it. */
    Future<Void> stop();
}
