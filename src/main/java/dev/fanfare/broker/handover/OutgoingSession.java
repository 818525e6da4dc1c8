package dev.fanfare.broker.handover;

import dev.fanfare.broker.Publication;
import dev.fanfare.broker.Subscriber;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A session that another node was given. Its shard keeps it until that node has told that it has it, and forwards what
 * arrives until that node hears of everything itself. Belongs to the registry's thread.
 */
final class OutgoingSession {

    private final String connectionId;
    private final String to;
    private final long attempt;
    private final Subscriber former;
    private final Promise<Void> settled = Promise.promise();
    private long since;
    private boolean taken;
    private boolean ending;
    private boolean over;
    private boolean sessionEnded;
    private @Nullable List<Publication> held;

    /**
     * @param to the node that was given the session
     * @param attempt of that node
     * @param former who had it
     */
    OutgoingSession(String connectionId, String to, long attempt, Subscriber former, long now) {
        this.connectionId = connectionId;
        this.to = to;
        this.attempt = attempt;
        this.former = former;
        this.since = now;
    }

    String connectionId() {
        return connectionId;
    }

    String to() {
        return to;
    }

    long attempt() {
        return attempt;
    }

    Subscriber former() {
        return former;
    }

    boolean is(String from, long number) {
        return to.equals(from) && attempt == number;
    }

    /** When the session was given away, or the end of that. */
    long since() {
        return since;
    }

    /** The other node has said that it has the session. */
    void take() {
        taken = true;
        settled.tryComplete();
    }

    boolean taken() {
        return taken;
    }

    /** Whether it is about to be over, one way or the other. */
    boolean begin() {
        boolean first = !ending;
        ending = true;
        return first;
    }

    boolean ending() {
        return ending;
    }

    /** The shard has forgotten the session, or has it again. What is left is a hint. */
    void end(long now) {
        ending = true;
        over = true;
        since = now;
        settled.tryComplete();
    }

    boolean over() {
        return over;
    }

    /** The session has ended at the other node. */
    void endSession() {
        sessionEnded = true;
    }

    boolean sessionEnded() {
        return sessionEnded;
    }

    /** Completes when it is known who has the session. */
    Future<Void> settled() {
        return settled.future();
    }

    // ---- publications for the session, while its shard forwards its last

    void hold() {
        held = new ArrayList<>();
    }

    boolean hold(Publication publication) {
        if (held != null) {
            held.add(publication);
        }
        return held != null;
    }

    List<Publication> takeHeld() {
        List<Publication> all = Objects.requireNonNullElse(held, List.of());
        held = null;
        return all;
    }
}
