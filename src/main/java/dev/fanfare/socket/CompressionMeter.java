package dev.fanfare.socket;

/** Told what compression costs and gains. Called on event loops; cheap and thread-safe. */
public interface CompressionMeter {

    /** A message was deflated, for however many receivers. */
    void deflated(int bytesBefore, int bytesAfter, long nanos);

    /** A client's message was inflated, or as much of it as showed what is wrong with it. */
    void inflated(int bytesBefore, int bytesAfter, long nanos);
}
