package dev.fanfare.socket;

import org.jspecify.annotations.Nullable;

/**
 * The bounds of one socket. Immutable.
 *
 * @param limits of inbound messages
 * @param closeTimeoutMillis how long to wait for the peer's close frame and for unwritten bytes
 * @param masked whether we are the client side, which masks what it sends and refuses masked frames
 * @param inflater inflates compressed messages of the peer; null if compression was not negotiated
 */
public record SocketOptions(
        MessageLimits limits,
        WaterMarks waterMarks,
        int closeTimeoutMillis,
        boolean masked,
        @Nullable MessageInflater inflater) {

    private static final WaterMarks WATER_MARKS = new WaterMarks(64 * 1024, 32 * 1024);
    private static final int CLOSE_TIMEOUT_MILLIS = 5000;

    /**
     * The limits of inbound messages.
     *
     * @param messageBytes of a message, all fragments together
     * @param frameBytes of a frame
     * @param framesPerMessage fragments of a message
     */
    public record MessageLimits(int messageBytes, int frameBytes, int framesPerMessage) {}

    /**
     * When a socket is writable.
     *
     * @param high bytes pending in the channel above which it is not writable
     * @param low bytes below which it is writable again
     */
    public record WaterMarks(int high, int low) {}

    /** For the server side: waits 5 s when it closes, and is writable up to 64 KiB; without compression. */
    public static SocketOptions server(MessageLimits limits) {
        return new SocketOptions(limits, WATER_MARKS, CLOSE_TIMEOUT_MILLIS, false, null);
    }

    /** The same for the client side. */
    public static SocketOptions client(MessageLimits limits) {
        return new SocketOptions(limits, WATER_MARKS, CLOSE_TIMEOUT_MILLIS, true, null);
    }

    /** The same with other water marks. */
    public SocketOptions buffering(WaterMarks other) {
        return new SocketOptions(limits, other, closeTimeoutMillis, masked, inflater);
    }

    /** The same with another time limit for closing. */
    public SocketOptions closingWithin(int millis) {
        return new SocketOptions(limits, waterMarks, millis, masked, inflater);
    }

    /** The same with compression. */
    public SocketOptions deflating(MessageInflater with) {
        return new SocketOptions(limits, waterMarks, closeTimeoutMillis, masked, with);
    }
}
