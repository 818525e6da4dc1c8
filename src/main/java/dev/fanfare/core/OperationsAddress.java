package dev.fanfare.core;

/** The event bus addresses at which nodes accept operations from JVM code in the cluster. */
public final class OperationsAddress {

    /** Local to a process: answered by a node itself, or by a guest, which names a node. */
    public static final String ANY = "fanfare.operations";

    /** Local to the process of a guest: the ids of all nodes, as an array, whenever they change. */
    public static final String NODES = ANY + ".nodes";

    private OperationsAddress() {}

    /** The address of one node. It executes the operations of one sender in their order. */
    public static String of(String nodeId) {
        return ANY + "." + nodeId;
    }
}
