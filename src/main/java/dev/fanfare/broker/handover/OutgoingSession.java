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
 * A session handed to another node. Its shard keeps it until the claimant has confirmed that it took it, and forwards
 * what arrives until the claimant receives everything directly. Confined to the registry's thread.
 */
final class OutgoingSession {

    private final String connectionId;
    private final String to;
    private final long attempt;
    private final Subscriber former;
    private final Promise<Void> decided = Promise.promise();
    private long since;
    private boolean confirmed;
    private boolean ending;
    private boolean finished;
    private boolean sessionEnded;
    private @Nullable List<Publication> buffered;

    /**
     * @param to the node that claimed the session
     * @param attempt the number of the claim at that node
     * @param former the shard that owned it
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

    boolean matches(String from, long number) {
        return to.equals(from) && attempt == number;
    }

    /** When the session was handed over or, once finished, when that was finished. Milliseconds. */
    long since() {
        return since;
    }

    /** The claimant has confirmed that it owns the session. */
    void confirm() {
        confirmed = true;
        decided.tryComplete();
    }

    boolean confirmed() {
        return confirmed;
    }

    /** Begins to finish the handover, one way or the other. Returns false if that had begun before. */
    boolean startEnding() {
        boolean first = !ending;
        ending = true;
        return first;
    }

    boolean ending() {
        return ending;
    }

    /** The shard has released or resumed the session. What is left is a hint. */
    void finish(long now) {
        ending = true;
        finished = true;
        since = now;
        decided.tryComplete();
    }

    boolean finished() {
        return finished;
    }

    /** The session has ended at the claimant. */
    void endSession() {
        sessionEnded = true;
    }

    boolean sessionEnded() {
        return sessionEnded;
    }

    /** Completes when it is known which node owns the session. */
    Future<Void> decided() {
        return decided.future();
    }

    // ---- publications that arrive while the shard forwards its last

    void startBuffering() {
        buffered = new ArrayList<>();
    }

    boolean buffer(Publication publication) {
        if (buffered != null) {
            buffered.add(publication);
        }
        return buffered != null;
    }

    List<Publication> drainBuffer() {
        List<Publication> all = Objects.requireNonNullElse(buffered, List.of());
        buffered = null;
        return all;
    }
}
