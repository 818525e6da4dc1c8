package dev.fanfare.bench;

/** What a run does. */
public enum Mode {
    /** Publishes to groups and counts what arrives at their members. */
    FANOUT,
    /** Holds connections that do nothing. */
    IDLE,
    /** Opens and closes connections, over and over. */
    CONNECT
}
