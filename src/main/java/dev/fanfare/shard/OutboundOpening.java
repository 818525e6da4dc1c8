package dev.fanfare.shard;

import dev.fanfare.core.SlowConsumerPolicy;
import dev.fanfare.core.protocol.Encoded;
import java.util.List;

/**
 * An outbound connection that was admitted, before it has a socket.
 *
 * @param hub the hub's name in lower case
 * @param path of the remote's URL, percent-encoded, without the query
 * @param groups whose messages are written to the remote
 * @param relay groups to which the remote's messages are published; none = they are events
 * @param onOpen what is sent first on every socket
 * @param idleMillis after which a remote that sends no message is left; 0 = never
 * @param queueBytes of the messages that wait for a socket
 * @param queuePolicy what becomes of more
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
