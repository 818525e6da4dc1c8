package dev.fanfare.shard;

import dev.fanfare.broker.Broker;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.protocol.Message;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/** Publishes what connections of one shard send, in order. Confined to the shard's thread. */
final class Publisher {

    /** Pause between two attempts to reach a session that is moving. */
    private static final long RETRY_PAUSE_MILLIS = 500;

    private final ShardContext context;
    private final Broker.Origin origin;
    private final List<Runnable> waiting = new ArrayList<>();

    Publisher(ShardContext context) {
        this.context = context;
        this.origin = context.broker().origin();
    }

    void publish(Selector target, Message message) {
        assert context.onThread();
        context.metrics().published(1);
        origin.publish(target, message);
    }

    /** Sends an operation to a session on another shard; retries while it is moving. Completes with whether it was found. */
    Future<Boolean> sendToSession(Selector session, Operation what, int attempts) {
        return context.broker().ask(session, what).compose(operationResult -> {
            if (operationResult.matched() > 0 || attempts <= 1) {
                return Future.succeededFuture(operationResult.matched() > 0);
            }
            return context.pause(RETRY_PAUSE_MILLIS).compose(v -> sendToSession(session, what, attempts - 1));
        });
    }

    /** Whether the broker accepts publications. */
    boolean writable() {
        return context.broker().writable();
    }

    /** Calls {@code resume} once, when the broker accepts publications again. */
    void whenWritable(Runnable resume) {
        assert context.onThread();
        waiting.add(resume);
        if (writable()) {
            resumeAll();
        }
    }

    /** The broker accepts publications again. */
    void resumeAll() {
        List<Runnable> resumed = List.copyOf(waiting);
        waiting.clear();
        resumed.forEach(context::guarded);
    }
}
