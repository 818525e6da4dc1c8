package dev.fanfare.limit;

/**
 * The part of a hub's limits that the connections of one event loop use. It takes from the hub for a millisecond at a time, so
 * that the event loops seldom write the same memory. Confined to its event loop.
 */
final class HubShare {

    private static final int SHARES_PER_SECOND = 1000;

    private final LimitEntry hub;
    private long messages;
    private long bytes;
    private int connections;

    HubShare(LimitEntry hub) {
        this.hub = hub;
    }

    LimitEntry hub() {
        return hub;
    }

    /** Takes permits, unconditionally; returns nanoseconds to wait before the next ones. */
    long take(LimitedActivity activity, long now, long permits) {
        long perSecond = hub.limit(activity);
        if (perSecond == 0) {
            return 0;
        }
        boolean ofMessages = activity == LimitedActivity.MESSAGES;
        long left = (ofMessages ? messages : bytes) - permits;
        long wait = 0;
        if (left < 0) {
            long taken = Math.max(-left, perSecond / SHARES_PER_SECOND);
            wait = hub.take(activity, now, taken);
            left += taken;
        }
        if (ofMessages) {
            messages = left;
        } else {
            bytes = left;
        }
        return wait;
    }

    void enter() {
        connections++;
    }

    /** Returns whether it was the last connection. */
    boolean leave() {
        return --connections == 0;
    }
}
