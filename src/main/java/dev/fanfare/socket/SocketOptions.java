package dev.fanfare.socket;

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
 */
public record SocketOptions(
        int messageBytes,
        int frameBytes,
        int framesPerMessage,
        int writeHighWater,
        int writeLowWater,
        int closeTimeoutMillis,
        boolean masked) {}
