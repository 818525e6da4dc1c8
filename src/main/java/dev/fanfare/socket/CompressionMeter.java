package dev.fanfare.socket;

/** Records the cost and gain of compression. Called on event loops; cheap and thread-safe. */
public interface CompressionMeter {

    /** A message was deflated, once for all its receivers. */
    void deflated(int bytesBefore, int bytesAfter, long nanos);

    /** A client's message was inflated, completely or up to the point where it proved invalid. */
    void inflated(int bytesBefore, int bytesAfter, long nanos);
}
