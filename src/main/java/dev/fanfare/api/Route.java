package dev.fanfare.api;

import dev.fanfare.core.OperationClass;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One row of the table of routes.
 *
 * @param operationId as in openapi.yaml and in metrics
 * @param segments of the path; those in braces are parameters
 * @param bodyKind what is read of the body
 * @param needed what a key must be good for; null for a route that needs no token, and for one that refuses every call
 * @param open whether it may be called without a token
 * @param query the query parameters that it may read
 */
record Route(
        HttpMethod method,
        String operationId,
        List<String> segments,
        BodyKind bodyKind,
        @Nullable OperationClass needed,
        boolean open,
        Action action,
        Set<String> query) {

    /** What a route does: called on an event loop, once the caller is authenticated and the body is complete. */
    interface Action {
        /** @throws ApiException to end the call with an error */
        Future<Reply> run(Call call);
    }

    /** What a route reads of the body. */
    enum BodyKind {
        NONE,
        MESSAGE,
        JSON,
        /** A short JSON object, or nothing. */
        CREDENTIALS
    }

    /** A route that needs a token. */
    static Route of(
            HttpMethod method,
            String template,
            String operationId,
            OperationClass needed,
            BodyKind bodyKind,
            Action action,
            String... query) {
        return new Route(method, operationId, split(template), bodyKind, needed, false, action, Set.of(query));
    }

    /** A route that needs no token. */
    static Route open(HttpMethod method, String template, String operationId, Action action) {
        return new Route(method, operationId, split(template), BodyKind.NONE, null, true, action, Set.of());
    }

    /** A route that needs no token, since its callers have other credentials. */
    static Route withCredentials(HttpMethod method, String template, String operationId, Action action) {
        return new Route(method, operationId, split(template), BodyKind.CREDENTIALS, null, true, action, Set.of());
    }

    /** The segments of a path that begins with a slash, not decoded; a last empty one is included. */
    static List<String> split(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    /** The path in the form of openapi.yaml. */
    String template() {
        return "/" + String.join("/", segments);
    }

    /** The names of the parameters in the path. */
    List<String> pathParameters() {
        return segments.stream()
                .filter(segment -> segment.startsWith("{"))
                .map(segment -> segment.substring(1, segment.length() - 1))
                .toList();
    }

    /** The values of the parameters, or null if the decoded segments do not match. */
    @Nullable
    Map<String, String> match(List<String> path) {
        if (path.size() != segments.size()) {
            return null;
        }
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < path.size(); i++) {
            String segment = segments.get(i);
            if (segment.charAt(0) == '{') {
                parameters.put(segment.substring(1, segment.length() - 1), path.get(i));
            } else if (!segment.equals(path.get(i))) {
                return null;
            }
        }
        return parameters;
    }
}
