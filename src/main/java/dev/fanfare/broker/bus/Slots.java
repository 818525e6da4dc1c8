package dev.fanfare.broker.bus;

import dev.fanfare.broker.Selector;

/**
 * Maps groups, users and hubs to slots. There is a fixed number of these, which bounds the subscriptions of a node
 * however many groups it has; every node must compute the same. Thread-safe. See {@code
 * src/docs/decisions/0001-groups-as-slots.md}.
 */
final class Slots {

    /** Separate users and hubs from groups of the same name. */
    private static final int USERS = 0x75736572;

    private static final int HUBS = 0x68756273;

    private final int count;

    /** @param count equal on all nodes of a cluster; 1 and up */
    Slots(int count) {
        this.count = count;
    }

    /** The slot of a target other than a single connection. */
    int of(Selector target) {
        if (target.group() != null) {
            return group(target.hub(), target.group());
        }
        if (target.userId() != null) {
            return user(target.hub(), target.userId());
        }
        return hub(target.hub());
    }

    int group(String hub, String group) {
        return slot(hub.hashCode() * 31 + group.hashCode());
    }

    int user(String hub, String userId) {
        return slot((hub.hashCode() * 31 + userId.hashCode()) ^ USERS);
    }

    int hub(String hub) {
        return slot(hub.hashCode() ^ HUBS);
    }

    private int slot(int hash) {
        int h = hash;
        h = (h ^ (h >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        return Integer.remainderUnsigned(h ^ (h >>> 16), count);
    }
}
