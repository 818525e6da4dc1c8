package dev.fanfare.broker;

import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiConsumer;

/** The side of the broker for those who keep something in step with the same on other nodes. Thread-safe. */
public interface PeerMessaging {

    /** The ids of the other members of the cluster, whether or not they speak; none on a single node. */
    List<String> others();

    /** Whether enough other members are in touch that this node is not the one who is cut off. */
    boolean inTouch();

    /**
     * Tells another node something. What is told to one node arrives in order, or not at all: nobody hears of a loss.
     *
     * @param note not changed any more
     */
    void tell(String node, byte[] note);

    /**
     * Hears what other nodes tell this one. Call it once, on the event loop that the handler shall run on. Completes when
     * others reach it.
     *
     * @param handler is given the id of the node that tells, and the note
     */
    Future<Void> hear(BiConsumer<String, byte[]> handler);
}
