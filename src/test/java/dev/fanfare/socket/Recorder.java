package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Context;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/** A listener that records all calls, and runs actions of tests on its socket's event loop. */
final class Recorder implements Socket.Listener {

    private static final int SECONDS = 60;

    final Socket socket;
    final AtomicInteger writable = new AtomicInteger();
    private final AtomicInteger late = new AtomicInteger();
    private boolean ended;

    /** An additional action of {@link #writable()}. */
    volatile Runnable whenWritable = () -> {};

    /** An additional action of {@link #read}. */
    volatile Runnable whenRead = () -> {};

    final AtomicLong bytesRead = new AtomicLong();

    /** An additional action of {@link #closed}. */
    volatile Runnable whenClosed = () -> {};

    private final Context context;
    private final BiConsumer<Recorder, String> onMessage;
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final BlockingQueue<SocketEnd> endings = new LinkedBlockingQueue<>();
    private final BlockingQueue<SocketEnd> foreseen = new LinkedBlockingQueue<>();

    Recorder(Socket socket, Context context, BiConsumer<Recorder, String> onMessage) {
        this.socket = socket;
        this.context = context;
        this.onMessage = onMessage;
    }

    @Override
    public void message(boolean text, byte[] payload) {
        called();
        String message = new String(payload, StandardCharsets.UTF_8);
        messages.add(message);
        onMessage.accept(this, message);
    }

    @Override
    public void read(int bytes, int fragments, long held) {
        called();
        bytesRead.addAndGet(bytes);
        whenRead.run();
    }

    @Override
    public void writable() {
        called();
        writable.incrementAndGet();
        whenWritable.run();
    }

    @Override
    public void ending(SocketEnd socketEnd) {
        called();
        foreseen.add(socketEnd);
    }

    @Override
    public void closed(SocketEnd socketEnd) {
        called();
        ended = true;
        endings.add(socketEnd);
        whenClosed.run();
    }

    /** Nothing is called after the end. */
    private void called() {
        if (ended) {
            late.incrementAndGet();
        }
    }

    /** How often something was called after the end. */
    int lateCalls() {
        return late.get();
    }

    /** The next message, waiting for it. */
    String nextMessage() throws InterruptedException {
        String message = messages.poll(SECONDS, TimeUnit.SECONDS);
        assertNotNull(message, "no message");
        return message;
    }

    /** How many messages arrived that {@link #nextMessage} has not returned. */
    int waitingMessages() {
        return messages.size();
    }

    /** Waits for the end of the socket, and checks that it is reported once. */
    SocketEnd socketEnd() throws Exception {
        SocketEnd socketEnd = endings.poll(SECONDS, TimeUnit.SECONDS);
        assertNotNull(socketEnd, "not ended");
        assertTrue(onLoop(endings::isEmpty), "ended twice");
        return socketEnd;
    }

    /** Waits for the end that the peer caused, before the transport ends. */
    SocketEnd foreseenEnding() throws InterruptedException {
        SocketEnd socketEnd = foreseen.poll(SECONDS, TimeUnit.SECONDS);
        assertNotNull(socketEnd, "no end foreseen");
        assertTrue(foreseen.isEmpty(), "foreseen twice");
        return socketEnd;
    }

    /** Waits for the end and checks it. */
    void assertEnded(SocketEnd.EndKind endKind, int code) throws Exception {
        SocketEnd socketEnd = socketEnd();
        assertEquals(endKind, socketEnd.endKind(), socketEnd.toString());
        assertEquals(code, socketEnd.code(), socketEnd.toString());
    }

    /** Runs on the event loop. */
    <T> T onLoop(Callable<T> action) throws Exception {
        CompletableFuture<T> result = new CompletableFuture<>();
        context.runOnContext(now -> {
            try {
                result.complete(action.call());
            } catch (Throwable failure) {
                result.completeExceptionally(failure);
            }
        });
        return result.get(SECONDS, TimeUnit.SECONDS);
    }

    /** Runs on the event loop. */
    void act(Runnable action) throws Exception {
        onLoop(() -> {
            action.run();
            return true;
        });
    }
}
