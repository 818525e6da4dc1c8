package dev.fanfare.api;

import dev.fanfare.core.filter.Filter;
import dev.fanfare.core.json.JsonReader;
import dev.fanfare.core.json.MalformedJson;
import java.util.HashSet;
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

    private static final String GROUPS = "groups";
    private static final String FILTER = "filter";
    private static final String NEEDED = "groups: an array of at least one name is needed";

    static GroupsRequest of(Call call) {
        JsonText.check(call.body());
        JsonReader body = new JsonReader(call.body(), 0);
        if (body.peek() != '{') {
            throw ApiException.badRequest("body", "body: a JSON object is needed");
        }
        try {
            return read(call, body);
        } catch (MalformedJson e) {
            throw new IllegalStateException("checked JSON", e);
        }
    }

    private static GroupsRequest read(Call call, JsonReader body) throws MalformedJson {
        List<String> groups = List.of();
        Filter filter = null;
        Set<String> known = new HashSet<>();
        boolean more = body.enterObject();
        while (more) {
            String key = body.name();
            if (!known.add(key)) {
                throw ApiException.badRequest("body", "body: has a key twice, again before byte " + body.position());
            }
            switch (key) {
                case GROUPS -> groups = groups(call, body);
                case FILTER -> filter = filter(body);
                // A misspelt filter would be none, and no filter selects all connections.
                default ->
                    throw ApiException.badRequest("body", "body: has an unknown key; groups and filter are known");
            }
            more = body.moreProperties();
        }
        if (groups.isEmpty()) {
            throw ApiException.badRequest(GROUPS, NEEDED);
        }
        return new GroupsRequest(groups, filter);
    }

    private static List<String> groups(Call call, JsonReader body) throws MalformedJson {
        if (body.peek() != '[') {
            throw ApiException.badRequest(GROUPS, NEEDED);
        }
        int most = call.services().config().limits().groupsPerConnection();
        Set<String> groups = new LinkedHashSet<>();
        int count = 0;
        boolean more = body.enterArray();
        while (more) {
            if (body.peek() != '"') {
                throw ApiException.badRequest(GROUPS, "groups: each name is a string");
            }
            groups.add(call.group(GROUPS, body.string()));
            if (++count > most) {
                throw ApiException.badRequest(GROUPS, "groups: at most " + most + " are allowed");
            }
            more = body.moreElements();
        }
        return List.copyOf(groups);
    }

    private static @Nullable Filter filter(JsonReader body) throws MalformedJson {
        int first = body.peek();
        if (first == 'n') {
            body.skipValue();
            return null;
        }
        if (first != '"') {
            throw ApiException.badRequest(FILTER, "filter: a string is needed");
        }
        return Call.filter(body.string());
    }
}
