package dev.fanfare.core;

/**
 * The times that decide how long others notice a fault between nodes. {@code src/docs/cluster.md} lists them in this order, by
 * the same names, and adds them up; a test compares the two.
 */
public enum ClusterTime {
    /** How often nodes send heartbeats and check timeouts. */
    HEARTBEAT("heartbeat between nodes", 500),
    /** A node that has sent nothing for this long is silent: nothing waits for it. */
    SILENCE("a node counts as silent after", 3000),
    /** A multiple of {@link #HEARTBEAT}. */
    SILENT_HEARTBEAT("heartbeat to a silent node", 2000),
    GRID_HEARTBEAT("heartbeat of the grid", 1000),
    /** A member of the grid without a heartbeat for this long is removed. */
    GRID_REMOVAL("the grid removes a node after", 10_000),
    /** How often the parts of a partitioned grid are looked for. */
    GRID_MERGE("the grid looks for lost parts every", 5000),
    GRID_JOIN("the grid joins or merges within", 5000),
    BUS_CONNECT("connect timeout of the bus", 2000),
    BUS_UNACKNOWLEDGED("the bus closes a connection without acknowledgement after", 5000),
    BUS_PING("interval and timeout of pings on the bus", 5000),
    /** For the answers of other nodes. */
    OPERATION("deadline of an operation", 5000),
    /** How long a node that was paused waits for the others at most before it considers itself the only one. */
    REJOIN("a node that hung waits for the others", 15_000);

    private final String description;
    private final int millis;

    ClusterTime(String description, int millis) {
        this.description = description;
        this.millis = millis;
    }

    /** What it is, as the document says it. */
    public String description() {
        return description;
    }

    /** In milliseconds. */
    public int millis() {
        return millis;
    }

    /** In whole seconds. */
    public int seconds() {
        return millis / 1000;
    }
}
