package dev.fanfare.store.cluster;

/** Which partition a key or a log belongs to. All nodes of a cluster must agree on it, so it never changes. */
final class Partitions {

    static final int COUNT = 256;

    private Partitions() {}

    /** 0 to {@link #COUNT} - 1. */
    static int of(String name) {
        int hash = name.hashCode();
        // Names that are alike differ in few bits of it.
        hash = (hash ^ (hash >>> 16)) * 0x85EBCA6B;
        hash = (hash ^ (hash >>> 13)) * 0xC2B2AE35;
        return (hash ^ (hash >>> 16)) & (COUNT - 1);
    }
}
