package dev.fanfare.broker;

/** What travels on the bus from node to node. The bytes are shared and never changed. */
final class RemoteEnvelope {

    private final String from;
    private final long mark;
    private final byte[] publication;

    /**
     * @param from the node where it was published
     * @param mark see {@link Ledger}
     * @param publication encoded, once for all nodes
     */
    RemoteEnvelope(String from, long mark, byte[] publication) {
        this.from = from;
        this.mark = mark;
        this.publication = publication;
    }

    String from() {
        return from;
    }

    long mark() {
        return mark;
    }

    byte[] publication() {
        return publication;
    }
}
