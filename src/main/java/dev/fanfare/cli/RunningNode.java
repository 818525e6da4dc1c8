package dev.fanfare.cli;

import io.vertx.core.Future;
import java.util.List;

/** A running node, as seen by the command that started it. */
public interface RunningNode {

    /** What the operator needs to know: where clients, servers and Prometheus connect. Lines for standard output. */
    List<String> announcement();

    /** Completes when the node is ready for traffic, or is stopping; never fails. */
    Future<Void> ready();

    /** Shuts down and releases everything. Called once, from any thread; a shutdown hook waits for it. */
    Future<Void> stop();
}
