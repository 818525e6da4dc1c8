package dev.fanfare.broker.bus;

import dev.fanfare.broker.Publication;
import dev.fanfare.broker.wire.Wire;
import dev.fanfare.core.codec.WireVersions;

/**
 * A publication for other nodes, encoded when the first of them needs it, and again only where the next one speaks another
 * version of the protocol. Not thread-safe.
 */
final class EncodedPublication {

    private static final byte[] NONE = {};

    private final Publication publication;
    private byte[] bytes = NONE;
    private int version = WireVersions.NONE;

    EncodedPublication(Publication publication) {
        this.publication = publication;
    }

    /** See {@link Publication#weight}. */
    int weight() {
        return publication.weight();
    }

    /** Must not be changed. */
    byte[] bytes(int wanted) {
        if (version != wanted) {
            bytes = Wire.encode(publication, wanted);
            version = wanted;
        }
        return bytes;
    }
}
