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
 * A publication that has arrived at this node. Shared by all its shards, so that a message is encoded once per format
 * and node. Thread-safe.
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

    /** @param deliveryReportCollector collects the outcome; null if no report is wanted */
    public Delivery(Publication publication, @Nullable DeliveryReportCollector deliveryReportCollector) {
        this.publication = publication;
        this.weight = publication.weight();
        this.deliveryReportCollector = deliveryReportCollector;
    }

    public Publication publication() {
        return publication;
    }

    /** The bytes it counts for while it is queued. */
    public int weight() {
        return weight;
    }

    /** Collects the outcome; null if no report is wanted. */
    public @Nullable DeliveryReportCollector deliveryReportCollector() {
        return deliveryReportCollector;
    }

    /** Retains it for another component that delivers it: no report completes before {@link #release}. */
    public void hold() {
        if (deliveryReportCollector != null) {
            deliveryReportCollector.hold();
        }
    }

    /** The component it was retained for has delivered it to its receivers. */
    public void release() {
        if (deliveryReportCollector != null) {
            deliveryReportCollector.release();
        }
    }

    /** The message in the format of a subprotocol, encoded on first use. */
    public synchronized Encoded encoded(Subprotocol subprotocol, Codec codec) {
        Encoded known = encoded.get(subprotocol);
        if (known == null) {
            known = codec.message(publication.message());
            encoded.put(subprotocol, known);
        }
        return known;
    }

    /**
     * The body of {@link #encoded}, deflated on first use and shared.
     *
     * @param deflater returns null where compression does not pay
     */
    public byte @Nullable [] deflated(
            Subprotocol subprotocol, Codec codec, Function<byte[], byte @Nullable []> deflater) {
        // A separate lock: shards that need only the encoded message must not wait for the deflater.
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
