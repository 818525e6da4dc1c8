package dev.fanfare.broker.bus;

import dev.fanfare.broker.Publication;

/**
 * What travels on the bus inside a node.
 *
 * @param publication what was published
 * @param slotSubscription of its address here, which counts it as in flight
 */
record Envelope(Publication publication, SlotSubscription slotSubscription) {}
