package dev.fanfare.broker;

import dev.fanfare.core.filter.Filter;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Selects connections: by connection, user or group, at most one of them; with none it selects the whole hub.
 *
 * @param hub the hub's name in lower case
 * @param filter a further condition, null for none
 * @param excluded connection ids that are left out
 */
public record Selector(
        String hub,
        @Nullable String connectionId,
        @Nullable String userId,
        @Nullable String group,
        @Nullable Filter filter,
        Set<String> excluded) {

    /** All connections of a hub. */
    public static Selector hub(String hub) {
        return new Selector(hub, null, null, null, null, Set.of());
    }

    /** One connection. */
    public static Selector connection(String hub, String connectionId) {
        return new Selector(hub, connectionId, null, null, null, Set.of());
    }

    /** The connections of a user. */
    public static Selector user(String hub, String userId) {
        return new Selector(hub, null, userId, null, null, Set.of());
    }

    /** The members of a group. */
    public static Selector group(String hub, String group) {
        return new Selector(hub, null, null, group, null, Set.of());
    }

    /** The same, restricted to connections that match the filter. */
    public Selector where(@Nullable Filter condition) {
        return new Selector(hub, connectionId, userId, group, condition, excluded);
    }

    /** The same without these connections. */
    public Selector without(Set<String> connectionIds) {
        return new Selector(hub, connectionId, userId, group, filter, connectionIds);
    }
}
