package dev.fanfare.broker;

import dev.fanfare.core.codec.WireException;
import dev.fanfare.core.codec.WireReader;
import dev.fanfare.core.codec.WireWriter;
import io.vertx.core.Future;
import java.util.List;

/** Messages between nodes, for components that replicate their own state. Thread-safe. */
public interface PeerMessaging {

    /** The ids of the other members of the cluster, silent ones included; empty on a single node. */
    List<String> others();

    /** Whether this node is on the majority side of the cluster. */
    boolean inTouch();

    /**
     * Sends a note to another node, in a version of the protocol that it speaks. Notes to one node arrive in order, or are
     * lost without notice.
     */
    void sendNote(String node, WireWriter.Body note);

    /**
     * Registers the handler of notes. Call it once, on the event loop that the handler shall run on. Completes when
     * others reach it.
     */
    Future<Void> onNote(NoteHandler handler);

    /** Handles a note. */
    interface NoteHandler {
        /**
         * @param from the sending node
         * @throws WireException if the note cannot be read, which is counted
         */
        void received(String from, WireReader note) throws WireException;
    }
}
