package dev.fanfare.broker.bus;

import dev.fanfare.broker.Selector;
import org.jspecify.annotations.Nullable;

/**
 * Which event-bus address carries what. Groups and users share a fixed number of slots, so that a node registers at most
 * so many addresses however many groups it has; every node must compute the same.
 */
final class Addresses {

    /** Where all nodes of the cluster are listening for each other. */
    private static final String NODE = "fanfare.node.";

    /** Where a node hears what others tell it. */
    private static final String NOTES = "fanfare.notes.";

    private static final String HUB = "fanfare.hub.";
    private static final String SLOT = "fanfare.slot.";
    private static final int USERS = 0x75736572;

    /** Made when first needed, then shared: they are keys of many maps. */
    private final @Nullable String[] slots;

    /** @param slots equal on all nodes of a cluster; 1 and up */
    Addresses(int slots) {
        this.slots = new String[slots];
    }

    /** Where a publication for these connections goes. */
    String of(Selector target, @Nullable String nodeOfConnection) {
        if (nodeOfConnection != null) {
            return node(nodeOfConnection);
        }
        if (target.group() != null) {
            return group(target.hub(), target.group());
        }
        if (target.userId() != null) {
            return user(target.hub(), target.userId());
        }
        return hub(target.hub());
    }

    String group(String hub, String group) {
        return slot(hub.hashCode() * 31 + group.hashCode());
    }

    String user(String hub, String userId) {
        return slot((hub.hashCode() * 31 + userId.hashCode()) ^ USERS);
    }

    static String hub(String hub) {
        return HUB + hub;
    }

    static String node(String nodeId) {
        return NODE + nodeId;
    }

    static String notes(String nodeId) {
        return NOTES + nodeId;
    }

    private String slot(int hash) {
        int h = hash;
        h = (h ^ (h >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        return name(Integer.remainderUnsigned(h ^ (h >>> 16), slots.length));
    }

    /** Two threads may make the same one: they are equal, and strings may be shared without care. */
    private String name(int slot) {
        String name = slots[slot];
        if (name == null) {
            name = SLOT + slot;
            slots[slot] = name;
        }
        return name;
    }
}
