package dev.fanfare.broker.wire;

/** Carries a publication from node to node. The bytes are shared and must not be changed. */
public final class RemoteEnvelope {

    private final String from;
    private final long mark;
    private final byte[] publication;

    /**
     * @param from the node where it was published
     * @param mark see {@link dev.fanfare.broker.routing.SendWindow}
     * @param publication encoded, once for all nodes
     */
    public RemoteEnvelope(String from, long mark, byte[] publication) {
        this.from = from;
        this.mark = mark;
        this.publication = publication;
    }

    public String from() {
        return from;
    }

    public long mark() {
        return mark;
    }

    public byte[] publication() {
        return publication;
    }
}
