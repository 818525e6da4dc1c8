package dev.fanfare.broker;

import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiConsumer;

/** Messages between nodes, for components that replicate their own state. Thread-safe. */
public interface PeerMessaging {

    /** The ids of the other members of the cluster, silent ones included; empty on a single node. */
    List<String> others();

    /** Whether this node is on the majority side of the cluster. */
    boolean inTouch();

    /**
     * Sends a note to another node. Notes to one node arrive in order, or are lost without notice.
     *
     * @param note must not be changed afterwards
     */
    void sendNote(String node, byte[] note);

    /**
     * Registers the handler of notes. Call it once, on the event loop that the handler shall run on. Completes when
     * others reach it.
     *
     * @param handler receives the id of the sending node, and the note
     */
    Future<Void> onNote(BiConsumer<String, byte[]> handler);
}
