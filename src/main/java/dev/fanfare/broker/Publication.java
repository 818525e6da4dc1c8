package dev.fanfare.broker;

import dev.fanfare.core.protocol.Message;

/**
 * A message and whom it is for, as it travels on the bus. Immutable; local receivers share it by reference.
 *
 * @param target the receivers
 * @param message what they receive
 * @param origin the publisher's number, unique in the cluster
 * @param sequence counts the publications of one origin from 1; lets a session that moves tell what it already has;
 *     {@link #UNNUMBERED} for what never was on the bus
 * @param reportMillis how long its publisher waits for a {@link DeliveryReport} of what became of it; 0 for none
 */
public record Publication(Selector target, Message message, long origin, long sequence, int reportMillis) {

    /** The sequence of what reaches its receiver only once, whichever way it takes. */
    public static final long UNNUMBERED = 0;

    /** What a publication counts for besides its message, so that empty messages are bounded, too. */
    private static final int OVERHEAD = 128;

    /** One that nobody wants a report of. */
    public Publication(Selector target, Message message, long origin, long sequence) {
        this(target, message, origin, sequence, 0);
    }

    /** The bytes it counts for while it waits. */
    public int weight() {
        return message.weight() + OVERHEAD;
    }
}
