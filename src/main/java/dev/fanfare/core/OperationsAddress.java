package dev.fanfare.core;

/** Where nodes take operations of JVM code in the cluster, on the event bus. */
public final class OperationsAddress {

    /** Inside one process only: who is asked here is a node, or a guest of the cluster who names one. */
    public static final String ANY = "fanfare.operations";

    /** Inside the process of a guest only: the ids of all nodes, an array, whenever there are others. */
    public static final String NODES = ANY + ".nodes";

    private OperationsAddress() {}

    /** Of one node: what is sent here by one sender is done in its order. */
    public static String of(String nodeId) {
        return ANY + "." + nodeId;
    }
}
