package dev.fanfare.hardening;

import static org.awaitility.Awaitility.await;

import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Two unrelated clients on a node that is under attack: one publishes numbers, the other receives them and detects
 * missing, duplicated or reordered ones.
 */
final class Bystander implements AutoCloseable {

    /** The number of its connections. */
    static final int CONNECTIONS = 2;

    private static final int INTERVAL_MILLIS = 10;
    private static final int FURTHER = 5;
    private static final String HUB = "bystanders";

    private final RawWebSocketClient publisher;
    private final RawWebSocketClient receiver;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final Thread reader;
    private final AtomicReference<@Nullable Throwable> disturbance = new AtomicReference<>();
    private long published;
    private volatile long received;
    private volatile boolean closing;

    private Bystander(RawWebSocketClient publisher, RawWebSocketClient receiver) {
        this.publisher = publisher;
        this.receiver = receiver;
        this.reader = new Thread(this::read, "bystander");
    }

    static Bystander start(int port) throws IOException {
        Bystander bystander = new Bystander(connect(port), connect(port));
        bystander.receiver.send(RawFrame.text("{\"type\":\"joinGroup\",\"group\":\"numbers\",\"ackId\":1}"));
        bystander.receiver.readText();
        bystander.reader.start();
        Future<?> unused = // publish() reports its failures itself
                bystander.clock.scheduleAtFixedRate(bystander::publish, 0, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        return bystander;
    }

    private static RawWebSocketClient connect(int port) throws IOException {
        RawWebSocketClient client = RawWebSocketClient.open(
                port, null, HardenedNode.target(HUB), "Sec-WebSocket-Protocol: " + HardenedNode.JSON);
        client.readText();
        return client;
    }

    private void publish() {
        try {
            publisher.send(
                    RawFrame.text("{\"type\":\"sendToGroup\",\"group\":\"numbers\",\"dataType\":\"text\",\"data\":\""
                            + ++published + "\"}"));
        } catch (IOException | RuntimeException e) {
            disturbed(e);
        }
    }

    private void read() {
        try {
            while (!closing) {
                RawFrame frame = receiver.readFrame();
                if (frame.opcode() == RawFrame.PING) {
                    receiver.send(RawFrame.of(RawFrame.PONG, frame.payload()));
                    continue;
                }
                long next = received + 1;
                String expected = "\"data\":\"" + next + "\"}";
                if (!frame.payloadText().endsWith(expected)) {
                    throw new AssertionError("expected " + expected + " and got " + frame.payloadText());
                }
                received = next;
            }
        } catch (IOException | AssertionError e) {
            disturbed(e);
        }
    }

    private void disturbed(Throwable cause) {
        if (!closing) {
            disturbance.compareAndSet(null, cause);
        }
    }

    /** Fails if a number was missed so far or no further ones arrive. */
    void assertUndisturbed() {
        long before = received;
        await("the bystander goes on receiving")
                .pollInterval(Duration.ofMillis(INTERVAL_MILLIS))
                .atMost(Duration.ofSeconds(60))
                .until(() -> disturbance.get() != null || received >= before + FURTHER);
        Throwable cause = disturbance.get();
        if (cause != null) {
            throw new AssertionError("the bystander was disturbed after number " + received, cause);
        }
    }

    @Override
    public void close() throws IOException {
        closing = true;
        clock.shutdownNow();
        publisher.disconnect();
        receiver.disconnect();
    }
}
