package dev.fanfare.operations;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The content of a token with which a client may connect. Immutable.
 *
 * @param userId null for an anonymous user
 * @param roles such as {@code webpubsub.joinLeaveGroup}
 * @param groups joined at connect
 * @param minutes how long it is valid, 1 to 525,600
 */
public record ClientToken(String hub, @Nullable String userId, List<String> roles, List<String> groups, int minutes) {

    private static final int DEFAULT_MINUTES = 60;

    public ClientToken {
        roles = List.copyOf(roles);
        groups = List.copyOf(groups);
    }

    /** For an anonymous user, who may send events and receive messages, valid for an hour. */
    public static ClientToken of(String hub) {
        return new ClientToken(hub, null, List.of(), List.of(), DEFAULT_MINUTES);
    }

    /** The same for this user. */
    public ClientToken forUser(String name) {
        return new ClientToken(hub, name, roles, groups, minutes);
    }

    /** The same with these roles. */
    public ClientToken withRoles(String... all) {
        return new ClientToken(hub, userId, List.of(all), groups, minutes);
    }

    /** The same in these groups. */
    public ClientToken inGroups(String... all) {
        return new ClientToken(hub, userId, roles, List.of(all), minutes);
    }

    /** The same with this validity. */
    public ClientToken forMinutes(int many) {
        return new ClientToken(hub, userId, roles, groups, many);
    }

    JsonObject request() {
        return new JsonObject()
                .put("operation", "generateClientToken")
                .put("hub", hub)
                .put("userId", userId)
                .put("role", new JsonArray(roles))
                .put("group", new JsonArray(groups))
                .put("minutesToExpire", minutes);
    }
}
