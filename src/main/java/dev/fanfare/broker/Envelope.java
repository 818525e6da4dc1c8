package dev.fanfare.broker;

/**
 * What travels on the bus inside a node.
 *
 * @param publication what was published
 * @param registration of its address here, which counts it as in flight
 */
record Envelope(Publication publication, Registration registration) {}
