package dev.fanfare.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The parameters of a call over the event bus, in the form of a path and a query. */
final class BusParameters {

    private BusParameters() {}

    /** The parameters in the path of a route. */
    static Map<String, String> path(JsonObject request, Route route) {
        Map<String, String> path = new HashMap<>();
        for (String name : route.pathParameters()) {
            path.put(name, text(name, request.getValue(name)));
        }
        return path;
    }

    /** The parameters in the query of a route. */
    static RequestQuery query(JsonObject request, Route route) {
        refuseUnknown(request, route);
        Map<String, List<String>> values = new HashMap<>();
        for (String name : route.query()) {
            Object value = request.getValue(name);
            if (value instanceof JsonArray array) {
                values.put(name, array.stream().map(each -> text(name, each)).toList());
            } else if (value != null) {
                values.put(name, List.of(text(name, value)));
            }
        }
        return RequestQuery.of(values, route.query());
    }

    /** A misspelt filter would be none, and no filter selects all connections. */
    private static void refuseUnknown(JsonObject request, Route route) {
        if (!route.query().contains(RequestQuery.FILTER)) {
            return;
        }
        Set<String> known = new TreeSet<>(route.query());
        known.addAll(route.pathParameters());
        known.add("operation");
        if (route.bodyKind() == Route.BodyKind.MESSAGE) {
            known.addAll(BusCallTransport.OF_MESSAGES);
        }
        for (Map.Entry<String, Object> entry : request) {
            if (entry.getValue() != null && !known.contains(entry.getKey())) {
                throw ApiException.badRequest(
                        "body", "body: has an unknown key; known are " + String.join(", ", known));
            }
        }
    }

    private static String text(String name, @Nullable Object value) {
        if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            return value.toString();
        }
        throw ApiException.badRequest(name, name + ": a string, a number or a condition is needed");
    }
}
