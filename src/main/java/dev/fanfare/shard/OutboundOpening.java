package dev.fanfare.shard;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.SlowConsumerPolicy;
import dev.fanfare.core.protocol.Encoded;
import java.util.List;

/**
 * The parameters of an admitted outbound connection.
 *
 * @param hub the hub's name in lower case
 * @param path the path of the remote's URL, percent-encoded, without the query
 * @param groups whose messages are written to the remote
 * @param socketOpener opens its sockets
 */
public record OutboundOpening(
        String hub,
        String connectionId,
        String path,
        List<String> groups,
        RemoteExchange exchange,
        QueueLimits queue,
        SocketOpener socketOpener) {

    /**
     * What is exchanged with the remote besides the messages of groups.
     *
     * @param relay groups to which the remote's messages are published; empty = they are events
     * @param onOpen frames sent first on every socket
     * @param idleMillis close the socket after so long without a message from the remote; 0 = never
     */
    public record RemoteExchange(List<String> relay, List<Encoded> onOpen, long idleMillis) {}

    /**
     * The queue for messages while there is no socket or it is slow.
     *
     * @param policy what happens when it overflows without a socket
     */
    public record QueueLimits(int maxBytes, SlowConsumerPolicy policy) {}

    /** Opens sockets for an outbound connection. Called on the shard's thread. */
    public interface SocketOpener {

        /** The connection has lost its socket and needs another one. */
        void lost();

        /** The connection has ended: stop dialling. */
        void ended(CloseReason reason);
    }

    @Override
    public String toString() {
        return "OutboundOpening[hub=" + hub + ", connectionId=" + connectionId + "]";
    }
}
