package dev.fanfare.store.replica;

/**
 * The times of the protocol, in milliseconds. Only {@link #LEASE} and {@link #SILENCE} matter for safety: the first must be
 * over before the second, with clocks that run at different speeds.
 */
public final class ReplicaTiming {

    /** How often {@link ReplicaNode#tick} is to be called. */
    public static final int TICK = 100;

    static final int HEARTBEAT = 500;

    /**
     * How long a lease is valid, from when the heartbeat was sent that was answered with it. A crash has to be noticed
     * within it, also on busy machines: of two nodes, the younger one goes on only with that proof.
     */
    static final int LEASE = 6000;

    /**
     * A member takes part in no configuration without another one from which it has had a heartbeat since. Shorter than
     * the time after which a silent node is removed from the view, it delays nothing.
     */
    static final int SILENCE = 9000;

    /** After this time without progress messages are sent again. */
    static final int RESEND = 300;

    /** After this time without an answer a query is sent again. */
    static final int REPEAT = 2000;

    /** After this time without progress a learner is given up that is not in sync: its copy begins anew when it answers again. */
    static final int STUCK = 5000;

    /** The same while writes wait for it. */
    static final int STUCK_FULL_WINDOW = 1000;

    /** An attempt to decide a configuration ends. */
    static final int ROUND = 1000;

    /** A node without configuration founds a cluster with the members of a view that has not changed for this time. */
    static final int FOUND = 1000;

    /** A partition whose replicas are all absent begins anew, unless they are known to be dead: then at once. */
    static final int LOST = 600_000;

    /** A node gives up its configuration if it meets a larger cluster for so long. */
    static final int SUPERSEDED = 2000;

    /** How often a node registers its watches again. */
    static final int WATCH_RENEWAL = 1000;

    /** How long a query of a watch may take before it is tried again. */
    static final int WATCH_DEADLINE = 5000;

    /** A registration of watches ends that was not renewed for so long. */
    static final int WATCH_END = 4000;

    private ReplicaTiming() {}
}
