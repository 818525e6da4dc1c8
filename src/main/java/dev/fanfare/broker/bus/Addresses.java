package dev.fanfare.broker.bus;

/** The addresses on the event bus: two for each node. */
final class Addresses {

    /** Prefix of the bus address of each node. */
    private static final String NODE = "fanfare.node.";

    /** Prefix of the address for notes to a node. */
    private static final String NOTES = "fanfare.notes.";

    private Addresses() {}

    static String node(String nodeId) {
        return NODE + nodeId;
    }

    static String notes(String nodeId) {
        return NOTES + nodeId;
    }
}
