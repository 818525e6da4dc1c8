package dev.fanfare.api;

import dev.fanfare.auth.Principal;
import dev.fanfare.broker.Operation;
import dev.fanfare.broker.OperationResult;
import dev.fanfare.broker.Selector;
import dev.fanfare.core.ContentType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Names;
import dev.fanfare.core.filter.Filter;
import dev.fanfare.core.filter.FilterException;
import dev.fanfare.core.filter.FilterParser;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A call with its parameters, each of which is checked on access. Every check may throw {@link ApiException}. */
final class Call {

    /** Longer than any generated id, and short enough to be carried around. */
    private static final int CONNECTION_ID_LENGTH = 128;

    private static final Pattern VERSION = Pattern.compile("\\d{4}-\\d{2}-\\d{2}(-preview)?");

    private final CallTransport callTransport;
    private final Map<String, String> path;
    private final RequestQuery requestQuery;
    private final Services services;
    private final @Nullable Principal principal;
    private final Map<String, String> target;

    /**
     * @param path the parameters in the path
     * @param principal the caller; null on the event bus, and where no token is needed
     */
    Call(
            CallTransport callTransport,
            Map<String, String> path,
            RequestQuery requestQuery,
            Services services,
            @Nullable Principal principal) {
        this.callTransport = callTransport;
        this.path = path;
        this.requestQuery = requestQuery;
        this.services = services;
        this.principal = principal;
        this.target = new HashMap<>(path);
        checkApiVersion();
    }

    private void checkApiVersion() {
        String version = requestQuery.one(RequestQuery.API_VERSION);
        if (version != null && !VERSION.matcher(version).matches()) {
            throw ApiException.badRequest(RequestQuery.API_VERSION, "api-version: a date such as 2024-12-01 is needed");
        }
    }

    /** The caller, whose key is good for this call; null on the event bus, and where no token is needed. */
    @Nullable
    Principal principal() {
        return principal;
    }

    /** Adds to the line of the audit log what is changed, besides the parameters in the path. Never a secret. */
    void addTarget(String name, String value) {
        target.put(name, value);
    }

    /** What is changed, by name. */
    Map<String, String> target() {
        return target;
    }

    Services services() {
        return services;
    }

    RequestQuery requestQuery() {
        return requestQuery;
    }

    /** The body, which must not be modified. */
    byte[] body() {
        return callTransport.body();
    }

    ContentType contentType() {
        return callTransport.contentType();
    }

    /** The other end of a call over HTTP; fails for others. */
    CallTransport.CallPeer peer() {
        CallTransport.CallPeer peer = callTransport.peer();
        if (peer == null) {
            throw new ApiException(ErrorCode.BAD_REQUEST, "the operation is for clients, over HTTP");
        }
        return peer;
    }

    /** Who calls, for operators; null if it is not known. */
    @Nullable
    String caller() {
        if (principal == null) {
            return null;
        }
        String subject = principal.userId();
        return subject == null ? principal.signer().name() : subject;
    }

    /** The metadata of the message in the body. */
    Map<String, String> metadata() {
        return callTransport.metadata();
    }

    /** Adds the methods of the path to the answer. */
    void allow(String methods) {
        callTransport.header(HttpHeaders.ALLOW, methods);
    }

    /** Marks the answer as not to be cached. */
    void forbidCaching() {
        callTransport.header(HttpHeaders.CACHE_CONTROL, "no-store");
    }

    /** Says which credentials are needed, if the call is refused for lack of them. */
    void challenge(String scheme) {
        callTransport.header("WWW-Authenticate", scheme);
    }

    /** Adds to a listing how its next page is requested. */
    void next(JsonObject page, Map<String, String> parameters) {
        callTransport.next(page, this, parameters);
    }

    /** Scheme and authority under which clients reach the node, without a trailing slash. */
    String endpoint() {
        for (String endpoint : services.config().server().publicEndpoints()) {
            return endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint;
        }
        String endpoint = callTransport.endpoint();
        if (endpoint == null) {
            throw ApiException.badRequest("host", "host: server.publicEndpoints or a header is needed to make a URL");
        }
        return endpoint;
    }

    String hub() {
        String hub = inPath("hub");
        checkName("hub", services.names().hubProblem(hub));
        return Names.hub(hub);
    }

    String group() {
        return group("group", inPath("group"));
    }

    /** Checks the name of a group from another parameter. */
    String group(String parameter, String name) {
        checkName(parameter, services.names().groupProblem(name));
        return name;
    }

    String userId() {
        return userId(inPath("userId"));
    }

    String userId(String id) {
        checkName("userId", services.names().userIdProblem(id));
        return id;
    }

    private void checkName(String parameter, @Nullable String problem) {
        if (problem != null) {
            services.metrics().limitReached(Metrics.Limit.NAMES);
            throw ApiException.badRequest(parameter, problem);
        }
    }

    String connectionId() {
        return connectionId("connectionId", inPath("connectionId"));
    }

    /** Checks a connection id from another parameter. Whether it can be a generated one is for the broker to decide. */
    static String connectionId(String parameter, String id) {
        int length = Names.length(id);
        if (length == 0 || length > CONNECTION_ID_LENGTH) {
            throw ApiException.badRequest(
                    parameter,
                    parameter + ": has " + length + " characters; 1 to " + CONNECTION_ID_LENGTH + " are allowed");
        }
        return id;
    }

    String inPath(String name) {
        return Objects.requireNonNull(path.get(name), name);
    }

    Selector selectHub() {
        return Selector.hub(hub());
    }

    Selector selectGroup() {
        return Selector.group(hub(), group());
    }

    Selector selectUser() {
        return Selector.user(hub(), userId());
    }

    Selector selectConnection() {
        return Selector.connection(hub(), connectionId());
    }

    /** The connections that the query excludes. */
    Set<String> excluded() {
        Set<String> excluded = new LinkedHashSet<>();
        for (String id : requestQuery.all("excluded")) {
            excluded.add(connectionId("excluded", id));
        }
        return excluded;
    }

    @Nullable
    Filter filter() {
        return filter(requestQuery.one(RequestQuery.FILTER));
    }

    static @Nullable Filter filter(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return null;
        }
        try {
            return FilterParser.parse(text);
        } catch (FilterException e) {
            throw ApiException.badRequest("filter", "filter: " + e.getMessage());
        }
    }

    /** The answer of all nodes; fails unless all have answered and succeeded. */
    Future<OperationResult> ask(Selector target, Operation operation) {
        return askAny(target, operation).map(operationResult -> {
            requireComplete(operationResult);
            return operationResult;
        });
    }

    /**
     * Whether the nodes together found something. A node that did not answer does not matter once another has found it;
     * otherwise it cannot be said that it does not exist.
     */
    Future<Boolean> found(Selector target, Operation operation) {
        return askAny(target, operation).map(operationResult -> {
            if (operationResult.matched() == 0) {
                requireComplete(operationResult);
            }
            return operationResult.matched() > 0;
        });
    }

    /** The successful answers of the nodes that gave one, and the number of those that did not. */
    Future<OperationResult> askAny(Selector target, Operation operation) {
        return services.broker().ask(target, operation).map(operationResult -> {
            ErrorCode error = operationResult.error();
            if (error != null) {
                String message = operationResult.message();
                throw new ApiException(error, message == null ? error.when() : message);
            }
            return operationResult;
        });
    }

    /** For results that are unknown without the nodes that did not answer. */
    static void requireComplete(OperationResult operationResult) {
        if (operationResult.unreachable() > 0) {
            throw new ApiException(
                    ErrorCode.TIMEOUT,
                    operationResult.unreachable() + " nodes did not answer in time; the call may be repeated safely");
        }
    }
}
