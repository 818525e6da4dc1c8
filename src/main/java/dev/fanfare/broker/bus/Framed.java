package dev.fanfare.broker.bus;

/**
 * A message of the bus, and the version of the protocol between nodes to write it in, or in which it was written. A reply is
 * written in the version of its request, which both nodes speak.
 */
record Framed<T>(T value, int version) {}
