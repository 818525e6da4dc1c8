package dev.fanfare.api;

import static dev.fanfare.api.Route.BodyKind.JSON;
import static dev.fanfare.api.Route.BodyKind.MESSAGE;
import static dev.fanfare.api.Route.BodyKind.NONE;
import static dev.fanfare.core.OperationClass.CONNECT;
import static dev.fanfare.core.OperationClass.MANAGE;
import static dev.fanfare.core.OperationClass.PUBLISH;
import static dev.fanfare.core.OperationClass.READ;
import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.HEAD;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.uri.MalformedUri;
import dev.fanfare.core.uri.PercentEncoding;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The table of all routes. vertx-web would treat the {@code :send} of a path as a parameter, so paths are matched here.
 */
final class Routes {

    private static final String HUB = "/api/hubs/{hub}";
    private static final String REVOCATIONS = "/api/revocations";
    private static final String HUB_REVOCATIONS = HUB + "/revocations";
    private static final String REVOCATION = "/{revocationId}";
    private static final String CONSUMERS = HUB + "/consumers";
    private static final String CONSUMER = "/{clientId}";
    private static final String GROUP = HUB + "/groups/{group}";
    private static final String USER = HUB + "/users/{userId}";
    private static final String CONNECTION = HUB + "/connections/{connectionId}";
    private static final String MEMBER = GROUP + "/connections/{connectionId}";
    private static final String PERMISSION = HUB + "/permissions/{permission}/connections/{connectionId}";

    static final List<Route> TABLE = List.of(
            Route.open(HEAD, "/api/health", "getServiceStatus", call -> Future.succeededFuture(Reply.OK)),
            Route.open(
                    GET, "/api/openapi.yaml", Description.OF_API, call -> Future.succeededFuture(Description.OPEN_API)),
            Route.open(
                    GET,
                    "/api/asyncapi.yaml",
                    Description.OF_EVENTS,
                    call -> Future.succeededFuture(Description.ASYNC_API)),
            Route.of(
                    POST,
                    "/api/configuration/:reload",
                    ConfigurationHandlers.RELOAD,
                    MANAGE,
                    NONE,
                    ConfigurationHandlers::reload),
            Route.of(
                    POST,
                    HUB + "/:send",
                    "sendToAll",
                    PUBLISH,
                    MESSAGE,
                    SendHandlers::toAll,
                    "excluded",
                    "filter",
                    "messageTtlSeconds",
                    "report"),
            Route.of(
                    POST,
                    GROUP + "/:send",
                    "sendToGroup",
                    PUBLISH,
                    MESSAGE,
                    SendHandlers::toGroup,
                    "excluded",
                    "filter",
                    "messageTtlSeconds",
                    "report"),
            Route.of(
                    POST,
                    USER + "/:send",
                    "sendToUser",
                    PUBLISH,
                    MESSAGE,
                    SendHandlers::toUser,
                    "excluded",
                    "filter",
                    "messageTtlSeconds",
                    "report"),
            Route.of(
                    POST,
                    CONNECTION + "/:send",
                    "sendToConnection",
                    PUBLISH,
                    MESSAGE,
                    SendHandlers::toConnection,
                    "messageTtlSeconds",
                    "report"),
            Route.of(
                    POST,
                    HUB + "/:closeConnections",
                    "closeAllConnections",
                    MANAGE,
                    NONE,
                    CloseHandlers::all,
                    "excluded",
                    "filter",
                    "code",
                    "reason"),
            Route.of(
                    POST,
                    GROUP + "/:closeConnections",
                    "closeGroupConnections",
                    MANAGE,
                    NONE,
                    CloseHandlers::group,
                    "excluded",
                    "filter",
                    "code",
                    "reason"),
            Route.of(
                    POST,
                    USER + "/:closeConnections",
                    "closeUserConnections",
                    MANAGE,
                    NONE,
                    CloseHandlers::user,
                    "excluded",
                    "filter",
                    "code",
                    "reason"),
            Route.of(DELETE, CONNECTION, "closeConnection", MANAGE, NONE, CloseHandlers::connection, "code", "reason"),
            Route.of(
                    GET,
                    HUB + "/connections",
                    "listConnections",
                    READ,
                    NONE,
                    ListHandlers::hub,
                    "type",
                    "state",
                    "filter",
                    "maxpagesize",
                    "top",
                    "continuationToken"),
            Route.of(GET, CONNECTION, "getConnection", READ, NONE, ListHandlers::connection),
            Route.of(POST, HUB + "/:openConnection", "openConnection", MANAGE, JSON, OutboundHandlers::open),
            Route.of(HEAD, CONNECTION, "connectionExists", READ, NONE, ExistsHandlers::connection),
            Route.of(HEAD, USER, "userExists", READ, NONE, ExistsHandlers::user),
            Route.of(HEAD, GROUP, "groupExists", READ, NONE, ExistsHandlers::group),
            Route.of(PUT, MEMBER, "addConnectionToGroup", MANAGE, NONE, GroupHandlers::addConnection),
            Route.of(DELETE, MEMBER, "removeConnectionFromGroup", MANAGE, NONE, GroupHandlers::removeConnection),
            Route.of(PUT, USER + "/groups/{group}", "addUserToGroup", MANAGE, NONE, GroupHandlers::addUser),
            Route.of(DELETE, USER + "/groups/{group}", "removeUserFromGroup", MANAGE, NONE, GroupHandlers::removeUser),
            Route.of(
                    DELETE,
                    USER + "/groups",
                    "removeUserFromAllGroups",
                    MANAGE,
                    NONE,
                    GroupHandlers::removeUserFromAll),
            Route.of(
                    DELETE,
                    CONNECTION + "/groups",
                    "removeConnectionFromAllGroups",
                    MANAGE,
                    NONE,
                    GroupHandlers::removeConnectionFromAll),
            Route.of(POST, HUB + "/:addToGroups", "addConnectionsToGroups", MANAGE, JSON, GroupHandlers::addChosen),
            Route.of(
                    POST,
                    HUB + "/:removeFromGroups",
                    "removeConnectionsFromGroups",
                    MANAGE,
                    JSON,
                    GroupHandlers::removeChosen),
            Route.of(
                    GET,
                    GROUP + "/connections",
                    "listConnectionsInGroup",
                    READ,
                    NONE,
                    ListHandlers::group,
                    "maxpagesize",
                    "top",
                    "continuationToken"),
            Route.of(PUT, PERMISSION, "grantPermission", MANAGE, NONE, PermissionHandlers::grant, "targetName"),
            Route.of(DELETE, PERMISSION, "revokePermission", MANAGE, NONE, PermissionHandlers::revoke, "targetName"),
            Route.of(HEAD, PERMISSION, "checkPermission", READ, NONE, PermissionHandlers::check, "targetName"),
            Route.of(POST, REVOCATIONS, "createRevocation", MANAGE, JSON, RevocationHandlers::add),
            Route.of(
                    GET,
                    REVOCATIONS,
                    "listRevocations",
                    READ,
                    NONE,
                    RevocationHandlers::list,
                    "maxpagesize",
                    "continuationToken"),
            Route.of(GET, REVOCATIONS + REVOCATION, "getRevocation", READ, NONE, RevocationHandlers::get),
            Route.of(DELETE, REVOCATIONS + REVOCATION, "deleteRevocation", MANAGE, NONE, RevocationHandlers::lift),
            Route.of(POST, HUB_REVOCATIONS, "createHubRevocation", MANAGE, JSON, RevocationHandlers::addToHub),
            Route.of(
                    GET,
                    HUB_REVOCATIONS,
                    "listHubRevocations",
                    READ,
                    NONE,
                    RevocationHandlers::listOfHub,
                    "maxpagesize",
                    "continuationToken"),
            Route.of(GET, HUB_REVOCATIONS + REVOCATION, "getHubRevocation", READ, NONE, RevocationHandlers::getOfHub),
            Route.of(
                    DELETE,
                    HUB_REVOCATIONS + REVOCATION,
                    "deleteHubRevocation",
                    MANAGE,
                    NONE,
                    RevocationHandlers::liftOfHub),
            Route.withCredentials(POST, CONSUMERS, "registerConsumer", ConsumerHandlers::register),
            Route.of(
                    GET,
                    CONSUMERS,
                    "listConsumers",
                    READ,
                    NONE,
                    ConsumerHandlers::list,
                    "maxpagesize",
                    "continuationToken"),
            Route.of(GET, CONSUMERS + CONSUMER, "getConsumer", READ, NONE, ConsumerHandlers::get),
            Route.of(DELETE, CONSUMERS + CONSUMER, "removeConsumer", MANAGE, NONE, ConsumerHandlers::remove),
            Route.of(
                    POST,
                    HUB + "/:generateToken",
                    "generateClientToken",
                    CONNECT,
                    NONE,
                    ClientTokenRequest::generate,
                    "userId",
                    "role",
                    "group",
                    "minutesToExpire",
                    "clientType"));

    /** The operation id in metrics of calls without a route. */
    static final String UNKNOWN = "unknown";

    /** A route and the values in its path. */
    record Match(Route route, Map<String, String> parameters) {}

    private Routes() {}

    /** The route of a request. Without one the match is a route that refuses, so that the token is verified first. */
    static Match find(HttpMethod method, String path) {
        try {
            List<String> segments = new ArrayList<>();
            for (String segment : Route.split(path)) {
                segments.add(PercentEncoding.segment(segment));
            }
            return find(method, segments);
        } catch (MalformedUri malformed) {
            return refusing(ApiException.of(malformed));
        }
    }

    private static Match find(HttpMethod method, List<String> path) {
        TreeSet<String> allowed = new TreeSet<>();
        for (Route route : TABLE) {
            Map<String, String> parameters = route.match(path);
            if (parameters != null && route.method().equals(method)) {
                return new Match(route, parameters);
            }
            if (parameters != null) {
                allowed.add(route.method().name());
            }
        }
        return allowed.isEmpty()
                ? refusing(new ApiException(ErrorCode.NOT_FOUND, "there is no such path"))
                : notAllowed(String.join(", ", allowed));
    }

    private static Match notAllowed(String allowed) {
        return refusing(call -> {
            call.allow(allowed);
            throw new ApiException(ErrorCode.METHOD_NOT_ALLOWED, "the path allows " + allowed);
        });
    }

    private static Match refusing(ApiException apiException) {
        return refusing(call -> {
            throw apiException;
        });
    }

    private static Match refusing(Route.Action action) {
        return new Match(new Route(GET, UNKNOWN, List.of(), NONE, null, false, action, Set.of()), Map.of());
    }
}
