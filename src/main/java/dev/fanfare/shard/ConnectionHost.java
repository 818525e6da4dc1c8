package dev.fanfare.shard;

import dev.fanfare.broker.Delivery;
import dev.fanfare.broker.Publication;
import dev.fanfare.core.CloseReason;
import org.jspecify.annotations.Nullable;

/** What a connection needs of its shard. Called on the shard's thread. */
interface ConnectionHost {

    ShardContext context();

    GroupTable groups();

    Publisher publisher();

    /** Delivers a message to one connection. */
    void offer(Connection connection, Delivery delivery);

    /** See {@link Deliveries#hasProcessed}. */
    boolean hasProcessed(Publication publication);

    /** Issues a token with which the client recovers the session. */
    String reconnectionToken(String connectionId);

    /** Removes a connection that ended or was handed over. */
    void remove(Connection connection);

    /** Accounts for a connection that has ended. */
    void ended(Connection connection, CloseReason reason, @Nullable Link link);

    /** Accounts for a session that has moved to another node. */
    void movedAway(Connection connection);
}
