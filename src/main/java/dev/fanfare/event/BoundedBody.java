package dev.fanfare.event;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import io.vertx.ext.web.codec.BodyCodec;
import io.vertx.ext.web.codec.spi.BodyStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Collects the body of one response, bounded by a limit and by the node's budget. When either is exceeded it stops
 * reading: the stream stays full, and {@code onLeftUnread} reports that a response is left unread on its connection.
 * Before that connection is closed, what has arrived must be {@linkplain #discard discarded}, or its buffers are never
 * released. Failing the write instead would make the web client read and discard without end. Used on the event loop of
 * the request.
 */
final class BoundedBody implements BodyCodec<Buffer>, BodyStream<Buffer> {

    private final long maxBytes;
    private final ByteBudget byteBudget;
    private final Handler<EventException> onExcess;
    private final Consumer<BoundedBody> onLeftUnread;
    private Buffer body = Buffer.buffer();
    private final Promise<Buffer> result = Promise.promise();
    private boolean begun;
    private boolean stopped;
    private boolean discarded;
    private @Nullable Handler<Void> onRoom;

    /**
     * @param onExcess called once if the body exceeds the limit or the budget
     * @param onLeftUnread called when a response is not read to its end
     */
    BoundedBody(
            long maxBytes,
            ByteBudget byteBudget,
            Handler<EventException> onExcess,
            Consumer<BoundedBody> onLeftUnread) {
        this.maxBytes = maxBytes;
        this.byteBudget = byteBudget;
        this.onExcess = onExcess;
        this.onLeftUnread = onLeftUnread;
    }

    /** Stops reading, drops the body and returns its bytes to the budget. Must be called in the end in any case. */
    void stop() {
        if (!stopped) {
            stopped = true;
            byteBudget.release(body.length());
            body = Buffer.buffer();
            if (begun && !result.future().isComplete()) {
                onLeftUnread.accept(this);
            }
        }
    }

    /**
     * Reads and drops what has arrived of a response that was left unread. The caller closes the connection at once.
     */
    void discard() {
        discarded = true;
        Handler<Void> resume = onRoom;
        if (resume != null) {
            onRoom = null;
            resume.handle(null);
        }
    }

    @Override
    public BodyStream<Buffer> stream() {
        begun = true;
        if (stopped) {
            onLeftUnread.accept(this);
        }
        return this;
    }

    @Override
    public Future<Void> write(Buffer chunk) {
        if (!stopped) {
            if ((long) body.length() + chunk.length() > maxBytes) {
                exceeded(EventException.tooLarge(maxBytes));
            } else if (!byteBudget.reserve(chunk.length())) {
                exceeded(EventException.full());
            } else {
                body.appendBuffer(chunk);
            }
        }
        return Future.succeededFuture();
    }

    private void exceeded(EventException excess) {
        stop();
        onExcess.handle(excess);
    }

    @Override
    public boolean writeQueueFull() {
        return stopped && !discarded;
    }

    @Override
    public Future<Void> end() {
        result.tryComplete(body);
        return Future.succeededFuture();
    }

    @Override
    public Future<Buffer> result() {
        return result.future();
    }

    @Override
    public void handle(Throwable failure) {
        result.tryFail(failure);
    }

    @Override
    public BodyStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
        return this;
    }

    @Override
    public WriteStream<Buffer> setWriteQueueMaxSize(int maxSize) {
        return this;
    }

    @Override
    public WriteStream<Buffer> drainHandler(@Nullable Handler<Void> handler) {
        onRoom = handler;
        return this;
    }
}
