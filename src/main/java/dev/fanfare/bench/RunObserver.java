package dev.fanfare.bench;

/** Follows a run. Called on the thread that runs it, while the drivers go on; may take its time only where it says so. */
public interface RunObserver {

    /** Watches nothing. */
    RunObserver NONE = new RunObserver() {};

    /** About once a second. */
    default void progress(Phase phase, Snapshot snapshot) {}

    /** All connections that are to be held are open. May take its time. */
    default void connected() {}

    /** What is measured begins now. */
    default void measuring() {}

    /** What is measured has been sent and has arrived, or has had its time. May take its time. */
    default void measured() {}

    /** What a run does at the moment. */
    enum Phase {
        CONNECTING,
        WARMING_UP,
        MEASURING,
        DRAINING,
        CLOSING
    }
}
