package dev.fanfare.broker;

import dev.fanfare.core.protocol.Message;

/**
 * A message and its target, as it travels on the bus. Immutable; receivers in the same node share it by reference.
 *
 * @param target the receivers
 * @param message what they receive
 * @param origin the number of the publisher, unique in the cluster
 * @param sequence counts the publications of one origin from 1, so that a session that moves recognises duplicates;
 *     {@link #UNNUMBERED} for what was never on the bus
 * @param reportMillis how long its publisher waits for a {@link DeliveryReport}; 0 for none
 */
public record Publication(Selector target, Message message, long origin, long sequence, int reportMillis) {

    /** The sequence of a message that reaches its receiver only once, on whichever path. */
    public static final long UNNUMBERED = 0;

    /** The bytes a publication counts for besides its message, so that empty messages are bounded, too. */
    private static final int OVERHEAD = 128;

    /** A publication without a report. */
    public Publication(Selector target, Message message, long origin, long sequence) {
        this(target, message, origin, sequence, 0);
    }

    /** The bytes it counts for while it is queued. */
    public int weight() {
        return message.weight() + OVERHEAD;
    }
}
