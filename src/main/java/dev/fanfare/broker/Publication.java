package dev.fanfare.broker;

import dev.fanfare.core.protocol.Message;

/**
 * A message and whom it is for, as it travels on the bus. Immutable; local receivers share it by reference.
 *
 * @param target the receivers
 * @param message what they receive
 * @param origin the publisher's number, unique in the cluster
 * @param sequence counts the publications of one origin from 1; lets a session that moves tell what it already has
 */
public record Publication(Selector target, Message message, long origin, long sequence) {}
