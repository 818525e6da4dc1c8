package dev.fanfare.core.session;

import dev.fanfare.core.Permissions;
import dev.fanfare.core.protocol.Encoded;
import java.util.List;
import java.util.Map;

/**
 * The complete state of a session that moves from one shard to another; the former owner keeps nothing of it. See
 * {@code src/docs/decisions/0005}.
 *
 * @param identity the fixed properties of the connection
 * @param groups the groups it is in
 * @param endsAtMillis when its connection must end, epoch milliseconds
 * @param grant what its client was admitted with
 * @param heard for each publisher, the sequence of its last publication that the former shard has processed
 */
public record SessionState(
        Identity identity,
        ProtocolState protocol,
        OwedAnswers owed,
        List<String> groups,
        long endsAtMillis,
        TokenGrant grant,
        Map<Long, Long> heard) {

    /**
     * What the {@link Session} has in memory.
     *
     * @param events the state for event handlers
     */
    public record ProtocolState(
            Permissions permissions, AckIds ackIds, Unacknowledged unacknowledged, EventState events) {}

    /**
     * What the client still waits for.
     *
     * @param pending unanswered events, whose answers the former owner forwards, in their order
     * @param unsent acks that could not be sent for lack of a socket
     */
    public record OwedAnswers(List<UnansweredEvent> pending, List<Encoded> unsent) {

        public static final OwedAnswers NONE = new OwedAnswers(List.of(), List.of());
    }
}
