package dev.fanfare.shard;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.session.Session;

/**
 * What one connection holds in memory, in bytes, and how to free it when it is among those that hold most. Confined to the
 * shard's thread. See {@code src/docs/decisions/0011} and {@code 0020}.
 */
final class HeldMemory {

    /** Estimated size of the objects of a session. */
    private static final int SESSION_BYTES = 4096;

    private HeldMemory() {}

    /** Kept for the connection's client, whether or not others share it. */
    static long outbound(Connection connection) {
        if (!connection.present()) {
            return 0;
        }
        boolean reliable = connection.session().unacknowledged() != null;
        return connection.pendingBytes()
                + (reliable
                        ? connection.outbox().unacknowledgedBytes()
                        : connection.outbox().waitingBytes());
    }

    /** Estimated size of the session itself: objects, user id, ackIds, connection state. */
    static long session(Connection connection) {
        Session session = connection.session();
        String user = session.userId();
        return SESSION_BYTES
                + session.ackIds().bytes()
                + (user == null ? 0 : (long) Character.BYTES * user.length())
                + (long) Character.BYTES * session.events().connectionState().length();
    }

    /** Held for the client besides: incomplete messages, the backlog, group names. */
    static long inbound(Connection connection) {
        if (!connection.present()) {
            return 0;
        }
        Link link = connection.link();
        return (link == null ? 0 : link.held())
                + connection.frameProcessor().flow().backlogBytes()
                + connection.memberships().bytes();
    }

    static void freeInbound(Connection connection) {
        connection.frameProcessor().dropAll();
        connection.disconnect(CloseReason.INBOUND_OVERFLOW);
    }

    static void freeOutbound(Connection connection) {
        if (connection.outbox().shed()) {
            return;
        }
        CloseReason reason = connection.session().unacknowledged() == null
                ? CloseReason.SLOW_CONSUMER
                : CloseReason.UNACKNOWLEDGED_OVERFLOW;
        if (connection.outbound()) {
            connection.disconnect(reason);
        } else {
            connection.end(reason, reason.text());
        }
    }
}
