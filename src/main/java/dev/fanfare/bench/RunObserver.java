package dev.fanfare.bench;

/** Observes a run. Called on the thread that runs it, while the drivers continue; may block only where stated. */
public interface RunObserver {

    /** Ignores everything. */
    RunObserver NONE = new RunObserver() {};

    /** About once a second. */
    default void progress(Phase phase, Snapshot snapshot) {}

    /** All connections to be held are open. May block. */
    default void connected() {}

    /** The measured time begins. */
    default void measuring() {}

    /** The measured messages were sent and have arrived, or have timed out. May block. */
    default void measured() {}

    /** The current phase of a run. */
    enum Phase {
        CONNECTING,
        WARMING_UP,
        MEASURING,
        DRAINING,
        CLOSING
    }
}
