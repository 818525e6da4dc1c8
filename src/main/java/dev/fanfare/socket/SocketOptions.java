package dev.fanfare.socket;

import org.jspecify.annotations.Nullable;

/**
 * The bounds of one socket.
 *
 * @param messageBytes limit of an inbound message, all fragments together
 * @param frameBytes limit of an inbound frame
 * @param framesPerMessage limit of the fragments of an inbound message
 * @param writeHighWater bytes pending in the channel above which it is not writable
 * @param writeLowWater bytes below which it is writable again
 * @param closeTimeoutMillis how long to wait for the peer's close frame and for unwritten bytes
 * @param masked whether we are the client side, which masks what it sends and refuses masked frames
 * @param inflater inflates compressed messages of the peer; null if compression was not negotiated
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
