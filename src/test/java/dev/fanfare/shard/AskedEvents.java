package dev.fanfare.shard;

import dev.fanfare.core.protocol.Message;
import dev.fanfare.event.EventSink;
import dev.fanfare.event.RaisedEvent;
import dev.fanfare.event.UserEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** An event handler whose answers the test provides. */
final class AskedEvents implements EventSink {

    volatile Promise<@Nullable Message> answer = Promise.promise();
    volatile long passingOnMillis = 60_000;
    final AtomicInteger raised = new AtomicInteger();
    volatile @Nullable UserEvent last;
    volatile Future<?> awaited = Future.succeededFuture();

    @Override
    public void await(Future<?> work) {
        awaited = work;
    }

    @Override
    public long passingOnMillis(String hub) {
        return passingOnMillis;
    }

    @Override
    public RaisedEvent raise(UserEvent event) {
        last = event;
        raised.incrementAndGet();
        return new RaisedEvent(answer.future(), () -> {});
    }
}
