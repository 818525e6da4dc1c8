package dev.fanfare.broker;

/**
 * Something that one node tells another; see {@link Neighbours}.
 *
 * @param from the node that tells it
 */
@SuppressWarnings("ArrayRecordComponent") // written once, read once
record Note(String from, byte[] body) {}
