package dev.fanfare.shard;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.session.Session;
import dev.fanfare.ops.Metrics;
import dev.fanfare.socket.Socket;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * The connections of a shard by id: how they enter and leave it, what that counts and what it logs. Confined to the shard's
 * thread. Bounded by {@link Admission}.
 */
final class ConnectionTable {

    private static final Logger log = LoggerFactory.getLogger(ConnectionTable.class);

    private final ShardContext context;
    private final Sweeper sweeper;
    private final LongSupplier latestFanOut;
    private final Runnable left;
    private final Map<String, Connection> connections = new HashMap<>();

    /**
     * @param latestFanOut the number of the latest fan-out, which is not for connections that are added after it
     * @param left called when a connection was removed or has ended
     */
    ConnectionTable(ShardContext context, Sweeper sweeper, LongSupplier latestFanOut, Runnable left) {
        this.context = context;
        this.sweeper = sweeper;
        this.latestFanOut = latestFanOut;
        this.left = left;
    }

    @Nullable
    Connection find(String connectionId) {
        return connections.get(connectionId);
    }

    boolean isEmpty() {
        return connections.isEmpty();
    }

    List<Connection> all() {
        return List.copyOf(connections.values());
    }

    /** Adds a new or incoming connection, which has its seat already. Fan-outs in progress are not for it, or have been delivered to its session. */
    void add(Connection connection) {
        assert context.onThread();
        connections.put(connection.connectionId(), connection);
        connection.sweeperHandle(sweeper.add(connection));
        connection.seat(context.seats().seatOf(connection.connectionId()));
        connection.served(latestFanOut.getAsLong());
    }

    /** Replaces the connection object of a session. */
    void replace(Connection former, Connection connection) {
        sweeper.remove(former.sweeperHandle());
        add(connection);
    }

    /** Removes a connection that ended or was handed over. */
    void remove(Connection connection) {
        assert context.onThread();
        if (connections.remove(connection.connectionId(), connection)) {
            sweeper.remove(connection.sweeperHandle());
            left.run();
        }
    }

    /** Accounts for a session that has moved to another node. */
    void movedAway(Connection connection) {
        context.admission().leave();
        context.seats().movedAway(connection.seat());
        context.metrics().moved(connection.session().subprotocol(), Metrics.Move.OUT);
    }

    /** Accounts for a connection that has ended. */
    void ended(Connection connection, CloseReason reason, @Nullable Link link) {
        context.admission().leave();
        context.metrics().closed(connection.session().subprotocol(), reason);
        context.subscriptions().ended(connection.connectionId());
        context.seats().release(connection.connectionId());
        logEnd(connection, reason, link);
        left.run();
    }

    /** Ends a connection whose subscriptions could not be made. */
    static void registrationFailed(Connection connection, Throwable failure) {
        log.atError().setCause(failure).log("failed to register a connection");
        connection.end(CloseReason.INTERNAL_ERROR, CloseReason.INTERNAL_ERROR.text());
    }

    /**
     * Logs the end of a connection or socket. Lost sockets are normal and counted in the metrics, so that they are logged at
     * debug level like orderly ends.
     */
    static void logEnd(Connection connection, CloseReason reason, @Nullable Link link) {
        boolean abnormal = reason.abnormal();
        Level level = abnormal && reason != CloseReason.CONNECTION_LOST ? Level.INFO : Level.DEBUG;
        if (log.isEnabledForLevel(level)) {
            LoggingEventBuilder line =
                    log.atLevel(level).addKeyValue("reason", reason.label()).addKeyValue("code", reason.code());
            described(line, connection.session())
                    .addKeyValue("remote", link == null ? "none" : address(link.socket()))
                    .log(abnormal ? "connection ended abnormally" : "connection ended");
        }
    }

    /** Logs that a connection has reached a limit that it shares with others. */
    static void logLimit(Connection connection, Metrics.Limit limit) {
        described(log.atInfo().addKeyValue("reason", limit.name().toLowerCase(Locale.ROOT)), connection.session())
                .log("a client is slowed down");
    }

    /** Adds the fields that identify a connection to a log line. */
    static LoggingEventBuilder described(LoggingEventBuilder line, Session session) {
        LoggingEventBuilder known =
                line.addKeyValue("hub", session.hub()).addKeyValue("connectionId", session.connectionId());
        if (session.userId() != null) {
            known = known.addKeyValue("userId", session.userId());
        }
        return known.addKeyValue("subprotocol", session.subprotocol().wireName());
    }

    /** Host and port, without the slash of the JDK. */
    static String address(Socket socket) {
        if (!(socket.remoteAddress() instanceof InetSocketAddress address) || address.getAddress() == null) {
            return String.valueOf(socket.remoteAddress());
        }
        String host = address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }
}
