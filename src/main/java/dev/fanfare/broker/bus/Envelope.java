package dev.fanfare.broker.bus;

import dev.fanfare.broker.Publication;

/**
 * Carries a publication on the bus inside a node.
 *
 * @param publication what was published
 * @param slotSubscription the subscription of its address, which counts it as in flight
 */
record Envelope(Publication publication, SlotSubscription slotSubscription) {}
