package dev.fanfare.store.replica;

/**
 * A message with its sender and receiver.
 *
 * @param to a member; empty for any member at the node
 */
public record Envelope(String from, String to, ReplicaMessage message) {

    /** The node that has sent it; empty if the sender is no member of any. */
    public String sender() {
        int slash = from.lastIndexOf('/');
        return slash < 0 ? "" : from.substring(0, slash);
    }

    /** Whether it is among the first to be dropped where too much is in flight. */
    public boolean isContent() {
        return message.isContent();
    }
}
