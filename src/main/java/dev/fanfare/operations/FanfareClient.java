package dev.fanfare.operations;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.OperationsAddress;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The operations of the broker for JVM code in the cluster, over the event bus. Every future fails only with an {@link
 * OperationException} and completes on the context of the caller.
 *
 * <p>A client uses one node as long as that exists, so what one caller sends to one group arrives in order. When the
 * node has left, it looks for another one; an undeliverable request is repeated there, an unanswered one is not, and
 * fails soon after the node has left the cluster. Thread-safe; order is kept between calls on one thread.
 */
public final class FanfareClient {

    /** Longer than a node takes to ask all others. */
    private static final DeliveryOptions OPTIONS = new DeliveryOptions().setSendTimeout(15_000);

    /** Addresses without the id of a node are local to the process. */
    private static final DeliveryOptions HERE = new DeliveryOptions(OPTIONS).setLocalOnly(true);

    /** An answer sent by a node before it left may arrive after the notice that it left. */
    private static final long LAST_ANSWERS_MILLIS = 1000;

    private static final JsonObject WHO = new JsonObject().put("operation", "getServiceStatus");

    private final Vertx vertx;
    private final EventBus bus;

    /** What follows belongs to its thread. */
    private final Context own;

    /** Requests waiting until a node is found. */
    private final List<Request> waiting = new ArrayList<>();

    /** Requests sent to a node and not answered. */
    private final Set<Request> inFlight = new HashSet<>();

    /** The node in use; null while none is known. */
    private @Nullable String node;

    private FanfareClient(Vertx vertx) {
        this.vertx = vertx;
        this.bus = vertx.eventBus();
        this.own = vertx.getOrCreateContext();
        bus.<JsonArray>localConsumer(OperationsAddress.NODES, nodes -> {
            JsonArray present = nodes.body();
            own.runOnContext(v -> nodesChanged(present));
        });
    }

    /** A client on the event bus of a guest of the cluster, or of a node. */
    public static FanfareClient create(Vertx vertx) {
        return new FanfareClient(vertx);
    }

    /** Sends a message. Completes when it was accepted, whether or not there are receivers. */
    public Future<Void> send(Target target, Content content) {
        return done(message(target, content));
    }

    /** Sends a message and reports its outcome, within a few seconds. */
    public Future<SendReport> sendAndReport(Target target, Content content) {
        return read(message(target, content).put("report", true), SendReport::of);
    }

    private static JsonObject message(Target target, Content content) {
        JsonObject request = target.request("sendTo");
        content.addTo(request);
        return request;
    }

    /**
     * Closes connections for good; it is no error if there are none.
     *
     * @param code of the close frame: 1000 to 1003, 1007 to 1014, 3000 to 4999
     * @param reason sent to their clients, at most 123 bytes of UTF-8
     */
    public Future<Void> close(Target target, int code, String reason) {
        String operation = switch (target.kind()) {
            case HUB -> "closeAllConnections";
            case GROUP -> "closeGroupConnections";
            case USER -> "closeUserConnections";
            case CONNECTION -> "closeConnection";
        };
        return done(target.request(operation, "").put("code", code).put("reason", reason));
    }

    /** Whether the connection exists, or the user or the group with a connection. */
    public Future<Boolean> exists(Target target) {
        String operation = switch (target.kind()) {
            case HUB -> throw new IllegalArgumentException("hubs need not be created");
            case GROUP -> "groupExists";
            case USER -> "userExists";
            case CONNECTION -> "connectionExists";
        };
        return found(target.whole().request(operation, ""));
    }

    /**
     * Adds a connection, the current connections of a user, or those of the hub that a filter selects, to groups;
     * repetitions change nothing. A connection that does not exist is an error.
     */
    public Future<Void> addToGroups(Target target, String... groups) {
        return change(target, "add", "To", groups);
    }

    /** Removes a connection, the connections of a user, or those of the hub that a filter selects, from groups. */
    public Future<Void> removeFromGroups(Target target, String... groups) {
        return change(target, "remove", "From", groups);
    }

    private Future<Void> change(Target target, String verb, String preposition, String... groups) {
        return switch (target.kind()) {
            case HUB ->
                done(target.withoutExclusions()
                        .request(verb + "Connections" + preposition + "Groups", "")
                        .put("groups", new JsonArray(List.of(groups))));
            case GROUP -> throw new IllegalArgumentException("choose members of a group with a filter");
            case USER -> each(target, verb + "User" + preposition + "Group", groups);
            case CONNECTION -> each(target, verb + "Connection" + preposition + "Group", groups);
        };
    }

    private Future<Void> each(Target target, String operation, String... groups) {
        return Future.all(List.of(groups).stream()
                        .map(group -> done(target.whole().request(operation, "").put("group", group)))
                        .toList())
                .mapEmpty();
    }

    /** Removes a connection, or the connections of a user, from all groups. */
    public Future<Void> removeFromAllGroups(Target target) {
        return switch (target.kind()) {
            case HUB, GROUP -> throw new IllegalArgumentException("for a user or a connection");
            case USER -> done(target.whole().request("removeUserFromAllGroups", ""));
            case CONNECTION -> done(target.request("removeConnectionFromAllGroups", ""));
        };
    }

    /** Lists connections page by page, in the order of their ids. */
    public Future<Listing.Page> list(Listing listing) {
        return read(listing.request(), listing::page);
    }

    /** Shows a connection; it is an error if it does not exist. */
    public Future<ConnectionInfo> show(String hub, String connectionId) {
        return read(Target.connection(hub, connectionId).request("getConnection", ""), ConnectionInfo::of);
    }

    /**
     * Opens a connection to a remote server. Completes with the connection as soon as it accepts messages; its socket
     * is opened in the meantime, and {@link #show} reports its progress. It is an error if the target is not allowed or
     * the id is in use.
     */
    public Future<ConnectionInfo> open(Opening opening) {
        return read(opening.request(), ConnectionInfo::of);
    }

    /**
     * Mints a token with which a client may connect. The node must know its own name: {@code server.publicEndpoints}.
     */
    public Future<String> token(ClientToken wanted) {
        return read(wanted.request(), body -> body.getString("token"));
    }

    /** What a connection may be allowed to do to a group. */
    public enum Permission {
        SEND_TO_GROUP("sendToGroup"),
        JOIN_LEAVE_GROUP("joinLeaveGroup");

        private final String wireName;

        Permission(String wireName) {
            this.wireName = wireName;
        }
    }

    /** Grants a connection a permission for one group. */
    public Future<Void> grant(String hub, String connectionId, Permission permission, String group) {
        return done(permission("grantPermission", hub, connectionId, permission, group));
    }

    /** Revokes a permission for one group, regardless of roles, until it is granted again. */
    public Future<Void> revoke(String hub, String connectionId, Permission permission, String group) {
        return done(permission("revokePermission", hub, connectionId, permission, group));
    }

    /** Whether a connection has a permission for one group. */
    public Future<Boolean> isPermitted(String hub, String connectionId, Permission permission, String group) {
        return found(permission("checkPermission", hub, connectionId, permission, group));
    }

    private static JsonObject permission(
            String operation, String hub, String connectionId, Permission permission, String group) {
        return Target.connection(hub, connectionId)
                .request(operation, "")
                .put("permission", permission.wireName)
                .put("targetName", group);
    }

    /** Revokes tokens, users or addresses: refuses them, and ends their connections, on all nodes. */
    public Future<RevocationInfo> revoke(Revoking revoking) {
        return read(revoking.request(), RevocationInfo::of);
    }

    /**
     * Lists revocations.
     *
     * @param hub null for those of all hubs and of each
     * @param next where the previous page says that the next one begins; null for the first page
     */
    public Future<RevocationInfo.RevocationInfoPage> revocations(@Nullable String hub, @Nullable String next) {
        JsonObject request = Revoking.request("listRevocations", "listHubRevocations", hub);
        return read(request.put("continuationToken", next), RevocationInfo.RevocationInfoPage::of);
    }

    /**
     * Shows a revocation.
     *
     * @param hub null for any, and for all hubs
     */
    public Future<RevocationInfo> revocation(@Nullable String hub, String id) {
        JsonObject request = Revoking.request("getRevocation", "getHubRevocation", hub);
        return read(request.put("revocationId", id), RevocationInfo::of);
    }

    /**
     * Lifts a revocation. Returns whether there was one.
     *
     * @param hub null for any, and for all hubs
     */
    public Future<Boolean> lift(@Nullable String hub, String id) {
        return found(
                Revoking.request("deleteRevocation", "deleteHubRevocation", hub).put("revocationId", id));
    }

    /**
     * Lists the registered consumers of a hub.
     *
     * @param next where the previous page says that the next one begins; null for the first page
     */
    public Future<ConsumerInfo.ConsumerInfoPage> consumers(String hub, @Nullable String next) {
        JsonObject request = new JsonObject().put("operation", "listConsumers").put("hub", hub);
        return read(request.put("continuationToken", next), ConsumerInfo.ConsumerInfoPage::of);
    }

    /** Shows a registered consumer; it is an error if it is not registered. */
    public Future<ConsumerInfo> consumer(String hub, String clientId) {
        return read(consumer("getConsumer", hub, clientId), ConsumerInfo::of);
    }

    /** Removes a registration, and ends the connection of the client. Returns whether there was one. */
    public Future<Boolean> removeConsumer(String hub, String clientId) {
        return found(consumer("removeConsumer", hub, clientId));
    }

    private static JsonObject consumer(String operation, String hub, String clientId) {
        return new JsonObject().put("operation", operation).put("hub", hub).put("clientId", clientId);
    }

    /** A node of another release may answer with more, which is ignored, or with what this one cannot express. */
    private <T> Future<T> read(JsonObject request, Function<JsonObject, T> reader) {
        return ask(request).compose(body -> {
            try {
                return Future.succeededFuture(reader.apply(body));
            } catch (RuntimeException e) {
                return Future.failedFuture(
                        new OperationException(ErrorCode.INTERNAL, "the answer is of another release", null));
            }
        });
    }

    private Future<Void> done(JsonObject request) {
        return ask(request).mapEmpty();
    }

    private Future<Boolean> found(JsonObject request) {
        return ask(request)
                .map(true)
                .recover(failure -> failure instanceof OperationException e && e.code() == ErrorCode.NOT_FOUND
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(failure));
    }

    /** The body of the answer, empty if it has none. */
    private Future<JsonObject> ask(JsonObject request) {
        Context caller = vertx.getOrCreateContext();
        Promise<JsonObject> answer = Promise.promise();
        Request asked = new Request(request, result -> caller.runOnContext(v -> answer.handle(result)));
        own.runOnContext(v -> dispatch(asked));
        return answer.future();
    }

    private void dispatch(Request request) {
        String known = node;
        if (known != null) {
            put(request, known);
            return;
        }
        waiting.add(request);
        if (waiting.size() == 1) {
            bus.<JsonObject>request(OperationsAddress.ANY, WHO, HERE).onComplete(this::found);
        }
    }

    private void found(AsyncResult<Message<JsonObject>> answer) {
        List<Request> all = List.copyOf(waiting);
        waiting.clear();
        if (answer.succeeded()) {
            JsonObject reply = answer.result().body();
            String id = reply.getString("node");
            node = id;
            all.forEach(id == null ? request -> request.complete(reply) : request -> put(request, id));
        } else {
            all.forEach(request -> request.fail(answer.cause()));
        }
    }

    private void put(Request request, String id) {
        request.node = id;
        inFlight.add(request);
        bus.<JsonObject>request(OperationsAddress.of(id), request.body, OPTIONS).onComplete(answer -> {
            if (!inFlight.remove(request)) {
                return; // its node had left
            }
            if (answer.succeeded()) {
                request.complete(answer.result().body());
                return;
            }
            leave(id);
            if (wasUndeliverable(answer.cause()) && !request.repeated) {
                request.repeated = true;
                dispatch(request);
            } else {
                request.fail(answer.cause());
            }
        });
    }

    /** Stops using a node. */
    private void leave(String id) {
        if (id.equals(node)) {
            node = null;
        }
    }

    /** Handles a change of nodes: any other node does not answer any more. */
    private void nodesChanged(JsonArray nodes) {
        String asked = node;
        if (asked != null && !nodes.contains(asked)) {
            leave(asked);
        }
        List<Request> left = inFlight.stream()
                .filter(request -> !nodes.contains(request.node))
                .toList();
        if (!left.isEmpty()) {
            vertx.setTimer(
                    LAST_ANSWERS_MILLIS,
                    timer -> left.stream().filter(inFlight::remove).forEach(Request::failUnanswered));
        }
    }

    private static boolean wasUndeliverable(Throwable failure) {
        return failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.NO_HANDLERS;
    }

    /** A request until it is answered. */
    private static final class Request {
        private final JsonObject body;
        private final Handler<AsyncResult<JsonObject>> answer;
        private String node = "";
        private boolean repeated;

        Request(JsonObject body, Handler<AsyncResult<JsonObject>> answer) {
            this.body = body;
            this.answer = answer;
        }

        void complete(JsonObject reply) {
            JsonObject error = reply.getJsonObject("error");
            answer.handle(
                    error == null
                            ? Future.succeededFuture(reply.getJsonObject("body", new JsonObject()))
                            : Future.failedFuture(OperationException.of(error)));
        }

        /** The outcome is unknown. */
        void failUnanswered() {
            answer.handle(Future.failedFuture(
                    new OperationException(ErrorCode.TIMEOUT, "the node left the cluster and did not answer", null)));
        }

        void fail(Throwable cause) {
            answer.handle(Future.failedFuture(
                    wasUndeliverable(cause)
                            ? new OperationException(ErrorCode.UNAVAILABLE, "there is no node", null)
                            : new OperationException(ErrorCode.TIMEOUT, "the node did not answer in time", null)));
        }
    }
}
