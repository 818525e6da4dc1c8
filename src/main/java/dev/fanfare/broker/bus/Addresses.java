package dev.fanfare.broker.bus;

import dev.fanfare.broker.Selector;
import org.jspecify.annotations.Nullable;

/**
 * Maps targets to addresses. Groups and users share a fixed number of slots, which bounds the subscriptions of a node
 * however many groups it has; every node must compute the same. Thread-safe. See {@code
 * src/docs/decisions/0001-groups-as-slots.md}.
 */
final class Addresses {

    /** Prefix of the bus address of each node. */
    private static final String NODE = "fanfare.node.";

    /** Prefix of the address for notes to a node. */
    private static final String NOTES = "fanfare.notes.";

    private static final String HUB = "fanfare.hub.";
    private static final String SLOT = "fanfare.slot.";
    private static final int USERS = 0x75736572;

    /** Created on first use and shared: these strings are keys of many maps. */
    private final @Nullable String[] slots;

    /** @param slots equal on all nodes of a cluster; 1 and up */
    Addresses(int slots) {
        this.slots = new String[slots];
    }

    /** The address of a publication for this target. */
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

    /** Benign race: two threads may create equal strings. */
    private String name(int slot) {
        String name = slots[slot];
        if (name == null) {
            name = SLOT + slot;
            slots[slot] = name;
        }
        return name;
    }
}
