package dev.fanfare.operations;

import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import dev.fanfare.core.ErrorCode;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of a connection.
 *
 * @param userId null for an anonymous user
 * @param path of the request that opened it, percent-encoded, without its query
 * @param subprotocol null for none
 * @param groups the first names of its groups, at most 10 in a listing, at most 1,000 for a connection shown alone
 * @param groupCount how many groups it is in
 * @param attempts for an outbound connection, the attempts to open it since it was last open
 * @param lastError for an outbound connection, why it is not open, or was not: the name of an {@link #error} and what
 *     happened; null for none
 *     null for none
 */
public record ConnectionInfo(
        String connectionId,
        @Nullable String userId,
        ConnectionType type,
        ConnectionState state,
        String path,
        @Nullable String subprotocol,
        List<String> groups,
        int groupCount,
        Instant openedAt,
        int attempts,
        @Nullable String lastError) {

    /** The row of the table of errors that {@link #lastError} is about, null for none. */
    public @Nullable ErrorCode error() {
        return lastError == null
                ? null
                : OperationException.code(lastError.substring(0, Math.max(0, lastError.indexOf(':'))));
    }

    static ConnectionInfo of(JsonObject body) {
        return new ConnectionInfo(
                body.getString("connectionId"),
                body.getString("userId"),
                ConnectionType.valueOf(body.getString("type").toUpperCase(Locale.ROOT)),
                ConnectionState.valueOf(body.getString("state").toUpperCase(Locale.ROOT)),
                body.getString("path"),
                body.getString("subprotocol"),
                body.getJsonArray("groups").stream().map(String.class::cast).toList(),
                body.getInteger("groupCount"),
                Instant.parse(body.getString("openedAt")),
                body.getInteger("attempts", 0),
                body.getString("lastError"));
    }
}
