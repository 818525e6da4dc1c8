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
 * @param events the state for event handlers
 * @param pending unanswered events, whose answers the former owner forwards, in their order
 * @param unsent acks that could not be sent for lack of a socket
 * @param groups the groups it is in
 * @param endsAtMillis when its connection must end, epoch milliseconds
 * @param heard for each publisher, the sequence of its last publication that the former shard has processed
 */
public record SessionState(
        Identity identity,
        Permissions permissions,
        AckIds ackIds,
        Unacknowledged unacknowledged,
        EventState events,
        List<UnansweredEvent> pending,
        List<Encoded> unsent,
        List<String> groups,
        long endsAtMillis,
        Map<Long, Long> heard) {}
