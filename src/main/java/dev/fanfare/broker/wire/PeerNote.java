package dev.fanfare.broker.wire;

/**
 * A note from one node to another, encoded; see {@link dev.fanfare.broker.PeerMessaging}.
 *
 * @param from the sending node
 */
@SuppressWarnings("ArrayRecordComponent")
public // written once, read once
record PeerNote(String from, byte[] body) {}
