package dev.fanfare.core;

/**
 * What becomes of messages that a connection does not read fast enough, once as much waits for it as may. With a reliable
 * subprotocol nothing is ever dropped: whatever the policy, such a connection is closed and may recover.
 */
public enum SlowConsumerPolicy {

    /** The connection is closed; what waited is lost with it. */
    DISCONNECT,

    /** What waits is kept, and the new message is dropped. */
    DROP_NEWEST,

    /** The messages that have waited longest are dropped until the new one fits. */
    DROP_OLDEST,

    /** Of each group only its latest message waits: a new one takes the place of the one before. */
    KEEP_LATEST
}
