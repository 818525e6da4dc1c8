package dev.fanfare.core.codec;

/** Writes as a later version does that has appended a field to each message and to each block. */
public final class LaterWriter extends WireWriter {

    private LaterWriter() {
        super(WireVersions.OURS.current());
    }

    public static byte[] later(Body body) {
        return new LaterWriter().toBytes(body);
    }

    @Override
    void endFields() {
        writeString("a field of a later version");
    }
}
