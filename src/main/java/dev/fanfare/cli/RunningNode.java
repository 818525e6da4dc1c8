package dev.fanfare.cli;

import io.vertx.core.Future;
import java.util.List;

/** A node that serves, as the command that started it sees it. */
public interface RunningNode {

    /** What to tell the operator once: where clients, servers and Prometheus connect. Lines for standard output. */
    List<String> announcement();

    /** Stops serving and lets go of everything. Called once, from any thread; a shutdown hook waits for it. */
    Future<Void> stop();
}
