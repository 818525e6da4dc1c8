package dev.fanfare.operations;

import dev.fanfare.core.ConnectionState;
import dev.fanfare.core.ConnectionType;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Selects the connections of a hub to list. Immutable.
 *
 * @param type only this one, null for all
 * @param state only this one, null for all
 * @param filter a further condition, in the filter language of the REST API; null for none
 * @param pageSize the most connections of one page, 1 to 200
 * @param after where the previous page ended; null for the first page
 */
public record Listing(
        String hub,
        @Nullable ConnectionType type,
        @Nullable ConnectionState state,
        @Nullable String filter,
        int pageSize,
        @Nullable String after) {

    private static final int MAX_PAGE = 200;

    /**
     * A page of connections.
     *
     * @param next lists the following page; null on the last one
     * @param unreachable how many nodes did not answer; their connections are missing
     */
    public record Page(
            List<ConnectionInfo> connections, @Nullable Listing next, int unreachable) {}

    /** All connections of a hub. */
    public static Listing of(String hub) {
        return new Listing(hub, null, null, null, MAX_PAGE, null);
    }

    /** The same, for this type only. */
    public Listing ofType(ConnectionType wanted) {
        return new Listing(hub, wanted, state, filter, pageSize, after);
    }

    /** The same, for this state only. */
    public Listing inState(ConnectionState wanted) {
        return new Listing(hub, type, wanted, filter, pageSize, after);
    }

    /** The same, for connections that satisfy the filter. */
    public Listing where(String condition) {
        return new Listing(hub, type, state, condition, pageSize, after);
    }

    /** The same, with pages of this size. */
    public Listing inPagesOf(int size) {
        return new Listing(hub, type, state, filter, size, after);
    }

    JsonObject request() {
        return new JsonObject()
                .put("operation", "listConnections")
                .put("hub", hub)
                .put("type", type == null ? null : type.label())
                .put("state", state == null ? null : state.label())
                .put("filter", filter)
                .put("maxpagesize", pageSize)
                .put("continuationToken", after);
    }

    Page page(JsonObject body) {
        String token = body.getString("continuationToken");
        return new Page(
                body.getJsonArray("value").stream()
                        .map(each -> ConnectionInfo.of((JsonObject) each))
                        .toList(),
                token == null ? null : new Listing(hub, type, state, filter, pageSize, token),
                body.getInteger("unreachable"));
    }
}
