package dev.fanfare.broker;

import dev.fanfare.core.protocol.Codec;
import dev.fanfare.core.protocol.Encoded;
import dev.fanfare.core.protocol.Subprotocol;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A publication that has reached this node. Shared by all its shards, which is what makes a message be encoded once per
 * format and node. Thread-safe.
 */
public final class Delivery {

    private final Publication publication;
    private final int weight;
    private final @Nullable DeliveryReportCollector deliveryReportCollector;
    private final Map<Subprotocol, Encoded> encoded = new EnumMap<>(Subprotocol.class);
    private final Map<Subprotocol, Optional<byte[]>> deflated = new EnumMap<>(Subprotocol.class);

    public Delivery(Publication publication) {
        this(publication, null);
    }

    /** @param deliveryReportCollector where it is told what becomes of it; null if nobody wants to know */
    public Delivery(Publication publication, @Nullable DeliveryReportCollector deliveryReportCollector) {
        this.publication = publication;
        this.weight = publication.weight();
        this.deliveryReportCollector = deliveryReportCollector;
    }

    public Publication publication() {
        return publication;
    }

    /** The bytes it counts for while it waits. */
    public int weight() {
        return weight;
    }

    /** Where it is told what becomes of it; null if nobody wants to know. */
    public @Nullable DeliveryReportCollector deliveryReportCollector() {
        return deliveryReportCollector;
    }

    /** It is handed to somebody more who brings it to receivers: no report is complete before {@link #release}. */
    public void hold() {
        if (deliveryReportCollector != null) {
            deliveryReportCollector.hold();
        }
    }

    /** Whoever was given it with {@link #hold} has brought it to his receivers. */
    public void release() {
        if (deliveryReportCollector != null) {
            deliveryReportCollector.release();
        }
    }

    /** The message in the format of that subprotocol, encoded by the first who asks. */
    public synchronized Encoded encoded(Subprotocol subprotocol, Codec codec) {
        return encoded.computeIfAbsent(subprotocol, s -> codec.message(publication.message()));
    }

    /**
     * The body of {@link #encoded} deflated, by the first who asks and for all.
     *
     * @param deflater returns null where it is not worth while
     */
    public byte @Nullable [] deflated(
            Subprotocol subprotocol, Codec codec, Function<byte[], byte @Nullable []> deflater) {
        // A lock of its own: whoever needs the encoded message only does not wait for the deflater.
        synchronized (deflated) {
            Optional<byte[]> known = deflated.get(subprotocol);
            if (known == null) {
                known = Optional.ofNullable(
                        deflater.apply(encoded(subprotocol, codec).body()));
                deflated.put(subprotocol, known);
            }
            return known.orElse(null);
        }
    }
}
