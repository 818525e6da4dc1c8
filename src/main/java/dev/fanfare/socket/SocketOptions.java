package dev.fanfare.socket;

import org.jspecify.annotations.Nullable;

/**
 * The bounds of one socket.
 *
 * @param messageBytes of an inbound message, all fragments together
 * @param frameBytes of an inbound frame
 * @param framesPerMessage fragments of an inbound message
 * @param writeHighWater bytes waiting in the channel above which it is not writable
 * @param writeLowWater and below which it is again
 * @param closeTimeoutMillis how long we wait for the peer's close frame and for unwritten bytes
 * @param masked whether we are the client side, which masks what it sends and refuses masked frames
 * @param inflater inflates compressed messages of the peer; null where compression was not agreed to
 */
public record SocketOptions(
        int messageBytes,
        int frameBytes,
        int framesPerMessage,
        int writeHighWater,
        int writeLowWater,
        int closeTimeoutMillis,
        boolean masked,
        @Nullable MessageInflater inflater) {

    /** Without compression. */
    public SocketOptions(
            int messageBytes,
            int frameBytes,
            int framesPerMessage,
            int writeHighWater,
            int writeLowWater,
            int closeTimeoutMillis,
            boolean masked) {
        this(
                messageBytes,
                frameBytes,
                framesPerMessage,
                writeHighWater,
                writeLowWater,
                closeTimeoutMillis,
                masked,
                null);
    }

    /** The same with compression. */
    public SocketOptions deflating(MessageInflater with) {
        return new SocketOptions(
                messageBytes,
                frameBytes,
                framesPerMessage,
                writeHighWater,
                writeLowWater,
                closeTimeoutMillis,
                masked,
                with);
    }
}
