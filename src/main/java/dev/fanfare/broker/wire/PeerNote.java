package dev.fanfare.broker.wire;

/**
 * Something that one node tells another; see {@link PeerMessaging}.
 *
 * @param from the node that tells it
 */
@SuppressWarnings("ArrayRecordComponent")
public // written once, read once
record PeerNote(String from, byte[] body) {}
