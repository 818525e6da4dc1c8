package dev.fanfare.core;

/**
 * What happens to messages for a connection that reads too slowly, once its queue is full. With a reliable subprotocol
 * nothing is ever dropped: whatever the policy, the connection is closed and may recover.
 */
public enum SlowConsumerPolicy {

    /** The connection is closed, and its queue is lost. */
    DISCONNECT,

    /** The queue is kept, and the new message is dropped. */
    DROP_NEWEST,

    /** The oldest messages are dropped until the new one fits. */
    DROP_OLDEST,

    /** Only the latest message of each group is queued: a new one replaces the previous one. */
    KEEP_LATEST
}
