package dev.fanfare.operations;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connections that an operation is for. Immutable.
 *
 * @param hub the name of a hub
 * @param kind all connections of the hub, or those of a group, of a user, or a single one
 * @param name of the group, the user or the connection
 * @param filter a further condition, in the filter language of the REST API; null for none
 * @param excluded connections that are excluded
 */
public record Target(
        String hub, Kind kind, String name, @Nullable String filter, Set<String> excluded) {

    /** What is named. */
    public enum Kind {
        HUB("All"),
        GROUP("Group"),
        USER("User"),
        CONNECTION("Connection");

        private final String suffix;

        Kind(String suffix) {
            this.suffix = suffix;
        }
    }

    public Target {
        excluded = Set.copyOf(excluded);
    }

    /** All connections of a hub. */
    public static Target hub(String hub) {
        return new Target(hub, Kind.HUB, "", null, Set.of());
    }

    /** The members of a group. */
    public static Target group(String hub, String group) {
        return new Target(hub, Kind.GROUP, group, null, Set.of());
    }

    /** The connections of a user. */
    public static Target user(String hub, String userId) {
        return new Target(hub, Kind.USER, userId, null, Set.of());
    }

    /** One connection. */
    public static Target connection(String hub, String connectionId) {
        return new Target(hub, Kind.CONNECTION, connectionId, null, Set.of());
    }

    /** The same, for connections that satisfy the filter. */
    public Target where(String condition) {
        checkMany();
        return new Target(hub, kind, name, condition, excluded);
    }

    /** The same without these connections. */
    public Target without(String... connectionIds) {
        checkMany();
        return new Target(hub, kind, name, filter, Set.of(connectionIds));
    }

    private void checkMany() {
        if (kind == Kind.CONNECTION) {
            throw new IllegalArgumentException("one connection is meant or not: " + this);
        }
    }

    /** The same, for an operation that cannot exclude connections. */
    Target whole() {
        if (filter != null || !excluded.isEmpty()) {
            throw new IllegalArgumentException("neither a filter nor exclusions are possible here: " + this);
        }
        return this;
    }

    /** The same, for an operation without exclusions. */
    Target withoutExclusions() {
        if (!excluded.isEmpty()) {
            throw new IllegalArgumentException("exclusions are not possible here, but a filter is: " + this);
        }
        return this;
    }

    /** A request for an operation whose name ends in the kind of the target. */
    JsonObject request(String verb) {
        return request(verb, kind.suffix);
    }

    /** A request with the parameters of the target. */
    JsonObject request(String verb, String suffix) {
        JsonObject request =
                new JsonObject().put("operation", verb + suffix).put("hub", hub).put("filter", filter);
        switch (kind) {
            case HUB -> {}
            case GROUP -> request.put("group", name);
            case USER -> request.put("userId", name);
            case CONNECTION -> request.put("connectionId", name);
        }
        return excluded.isEmpty()
                ? request
                : request.put("excluded", new JsonArray(excluded.stream().toList()));
    }
}
