package dev.fanfare.store.cluster;

import dev.fanfare.store.replica.Envelope;
import dev.fanfare.store.replica.MessageCodec;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageProducer;
import java.util.ArrayList;
import java.util.List;

/**
 * What is on its way to another node. Envelopes of one turn of the event loop travel together. What carries content is
 * dropped while too much is in flight: the connection to a node that hangs would queue it without end. Not thread-safe.
 */
final class StoreOutbox {

    /** Bytes that are not written to the connection yet, above which content is dropped. */
    private static final long MAX_IN_FLIGHT = 16L * 1024 * 1024;

    /** The same for everything else: what is passed on to the node ends with an unknown outcome. */
    private static final long MAX_REQUESTS = 64L * 1024 * 1024;

    /** Bytes from which a frame is sent at once. */
    private static final int FRAME_BYTES = 256 * 1024;

    private final MessageProducer<Buffer> producer;
    private final StoreTraffic traffic;
    private final List<byte[]> waiting = new ArrayList<>();
    private int waitingBytes;
    private long inFlight;

    StoreOutbox(MessageProducer<Buffer> producer, StoreTraffic traffic) {
        this.producer = producer;
        this.traffic = traffic;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** @param version in which to write */
    void add(Envelope envelope, int version) {
        if (inFlight + waitingBytes > (envelope.isContent() ? MAX_IN_FLIGHT : MAX_REQUESTS)) {
            traffic.countSkipped(StoreTraffic.SkipReason.OVERLOAD);
            return;
        }
        byte[] bytes = MessageCodec.encode(envelope, version);
        waiting.add(bytes);
        waitingBytes += bytes.length;
        if (waitingBytes >= FRAME_BYTES) {
            flush(version);
        }
    }

    void flush(int version) {
        if (waiting.isEmpty()) {
            return;
        }
        Buffer frame = EnvelopeFrame.of(version, waiting, waitingBytes);
        waiting.clear();
        waitingBytes = 0;
        int bytes = frame.length();
        inFlight += bytes;
        traffic.countSent(bytes);
        producer.write(frame).onComplete(written -> inFlight -= bytes);
    }
}
