package dev.fanfare.broker;

/** A request to a node: do this to those of its connections that are meant. */
record Ask(Selector target, Operation operation) {}
