package dev.fanfare.core.session;

import dev.fanfare.core.Permissions;
import dev.fanfare.core.protocol.Encoded;
import java.util.List;
import java.util.Map;

/**
 * All of a session while it moves from one shard to another; the former owner keeps nothing of it.
 *
 * @param identity who it is
 * @param events what event handlers know of it
 * @param pending events whose answers its former owner passes on, in their order
 * @param unsent acks for which there was no socket
 * @param groups the groups it is in
 * @param endsAtMillis when its connection has to end, epoch milliseconds
 * @param heard for each publisher, the sequence of its last publication that the former shard has dealt with
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
