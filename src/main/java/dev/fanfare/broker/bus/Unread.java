package dev.fanfare.broker.bus;

/**
 * Arrives instead of a message that could not be read.
 *
 * @param messageKind of its codec
 * @param isUnknown whether it is of a kind that this version does not know, as opposed to malformed
 */
record Unread(MessageKind messageKind, boolean isUnknown) {}
