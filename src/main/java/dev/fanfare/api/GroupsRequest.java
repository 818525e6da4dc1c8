package dev.fanfare.api;

import dev.fanfare.core.filter.Filter;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request about many connections and many groups.
 *
 * @param groups at least one, without repetitions
 * @param filter null for all connections of the hub
 */
record GroupsRequest(List<String> groups, @Nullable Filter filter) {

    static GroupsRequest of(Call call) {
        String text = JsonText.check(call.body());
        if (!text.strip().startsWith("{")) {
            throw Refusal.badRequest("body", "body: a JSON object is needed");
        }
        JsonObject body = new JsonObject(text);
        return new GroupsRequest(groups(call, body), filter(body));
    }

    private static List<String> groups(Call call, JsonObject body) {
        if (!(body.getValue("groups") instanceof JsonArray names) || names.isEmpty()) {
            throw Refusal.badRequest("groups", "groups: an array of at least one name is needed");
        }
        int most = call.services().config().limits().groupsPerConnection();
        if (names.size() > most) {
            throw Refusal.badRequest("groups", "groups: at most " + most + " are allowed");
        }
        Set<String> groups = new LinkedHashSet<>();
        for (Object name : names) {
            if (!(name instanceof String group)) {
                throw Refusal.badRequest("groups", "groups: each name is a string");
            }
            groups.add(call.group("groups", group));
        }
        return List.copyOf(groups);
    }

    private static @Nullable Filter filter(JsonObject body) {
        Object filter = body.getValue("filter");
        if (filter == null) {
            return null;
        }
        if (!(filter instanceof String text)) {
            throw Refusal.badRequest("filter", "filter: a string is needed");
        }
        return Call.filter(text);
    }
}
