package dev.fanfare.shard;

import dev.fanfare.core.SlowConsumerPolicy;
import dev.fanfare.core.protocol.Encoded;
import java.util.List;

/**
 * The parameters of an admitted outbound connection.
 *
 * @param hub the hub's name in lower case
 * @param path the path of the remote's URL, percent-encoded, without the query
 * @param groups whose messages are written to the remote
 * @param relay groups to which the remote's messages are published; empty = they are events
 * @param onOpen frames sent first on every socket
 * @param idleMillis close the socket after so long without a message from the remote; 0 = never
 * @param queueBytes limit of the queue for messages while there is no socket or it is slow
 * @param queuePolicy what happens when the queue overflows without a socket
 * @param socketOpener opens its sockets
 */
public record OutboundOpening(
        String hub,
        String connectionId,
        String path,
        List<String> groups,
        List<String> relay,
        List<Encoded> onOpen,
        long idleMillis,
        int queueBytes,
        SlowConsumerPolicy queuePolicy,
        SocketOpener socketOpener) {

    @Override
    public String toString() {
        return "OutboundOpening[hub=" + hub + ", connectionId=" + connectionId + "]";
    }
}
