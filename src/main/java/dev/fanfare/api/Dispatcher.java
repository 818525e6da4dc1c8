package dev.fanfare.api;

import dev.fanfare.auth.AuthenticationException;
import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.auth.Authenticator;
import dev.fanfare.auth.ClientAddresses;
import dev.fanfare.auth.Principal;
import dev.fanfare.auth.TokenSigner;
import dev.fanfare.core.ContentType;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.Names;
import dev.fanfare.core.OperationClass;
import dev.fanfare.core.RevocationKind;
import dev.fanfare.limit.Limiter;
import dev.fanfare.limit.OverLimitException;
import dev.fanfare.ops.Metrics;
import dev.fanfare.shard.InboundMemory;
import dev.fanfare.socket.MalformedRequest;
import dev.fanfare.socket.RequestHeads;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes a request through its stages: route, token, body, action, answer. Used on the event loop of the request. */
final class Dispatcher {

    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private static final String VERSIONS = "2021-10-01, 2022-11-01, 2023-07-01, 2024-01-01, 2024-12-01";
    private static final String REQUEST_ID = "x-ms-client-request-id";
    private static final Pattern ECHOED_ID = Pattern.compile("[A-Za-z0-9._-]{1,128}");
    private static final String BEARER = "bearer ";
    private static final int MAX_CREDENTIALS = 8192;
    private static final String MATCH = "match";
    private static final String QUERY = "query";
    private static final String PRINCIPAL = "principal";

    private final Authenticator authenticator;
    private final Services services;
    private final Limiter limiter;
    private final InboundMemory inboundMemory;
    private final BodyHandler bodyHandler;
    private final BodyHandler credentialsHandler = BodyHandler.create(false).setBodyLimit(MAX_CREDENTIALS);
    private List<String> trustedProxies;
    private ClientAddresses addresses;

    Dispatcher(Authenticator authenticator, Services services, Limiter limiter, InboundMemory inboundMemory) {
        this.authenticator = authenticator;
        this.limiter = limiter;
        this.inboundMemory = inboundMemory;
        this.services = services;
        this.trustedProxies = services.config().server().trustedProxies();
        this.addresses = new ClientAddresses(trustedProxies);
        this.bodyHandler = BodyHandler.create(false)
                .setBodyLimit(services.config().limits().restBodyBytes());
    }

    void mount(Router router) {
        router.route()
                .handler(this::begin)
                .handler(this::readBody)
                .handler(this::run)
                .failureHandler(this::fail);
    }

    private void begin(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (MalformedRequest.of(request) != null) {
            context.fail(ErrorCode.BAD_REQUEST.httpStatus());
            return;
        }
        Routes.Match match = Routes.find(request.method(), request.path());
        context.put(MATCH, match);
        long start = System.nanoTime();
        context.addEndHandler(ended -> {
            if (ended.succeeded()) {
                int status = context.response().getStatusCode();
                services.metrics().apiCall(match.route().operationId(), status, System.nanoTime() - start);
            }
        });
        if (match.route().open()) {
            context.next();
        } else {
            request.pause();
            // A body that cannot be decoded ends the connection, perhaps before the token is verified.
            request.exceptionHandler(broken -> context.fail(ErrorCode.BAD_REQUEST.httpStatus()));
            authenticate(request)
                    .compose(this::unlessRevoked)
                    .onComplete(
                            principal -> {
                                if (!context.failed()) {
                                    RequestHeads.forgetRefusals(request);
                                    permit(context, match, principal);
                                }
                            },
                            refused -> {
                                if (!context.failed()) {
                                    closeAfterSome(request, refused);
                                    context.fail(refusal(refused));
                                }
                            });
        }
    }

    /** Goes on if the key of the caller is good for the route and the hub. */
    private void permit(RoutingContext context, Routes.Match match, Principal principal) {
        String problem = problem(match, principal.signer());
        if (problem == null) {
            problem = publisherProblem(context.request(), match);
        }
        if (problem == null) {
            context.put(PRINCIPAL, principal);
            callOrRefuse(context, principal.signer());
            return;
        }
        AuditLog.write(
                match.route(),
                match.parameters(),
                principal,
                address(context.request()),
                ErrorCode.FORBIDDEN.httpStatus());
        context.fail(new ApiException(ErrorCode.FORBIDDEN, problem));
    }

    private void callOrRefuse(RoutingContext context, TokenSigner signer) {
        try {
            limiter.call(signer.name());
        } catch (OverLimitException e) {
            services.metrics().limitReached(e.limit());
            context.fail(ApiException.overLimit(String.valueOf(e.getMessage()), e.retrySeconds()));
            return;
        }
        context.next();
    }

    private static @Nullable String problem(Routes.Match match, TokenSigner signer) {
        OperationClass needed = match.route().needed();
        if (needed == null) {
            return null;
        }
        if (!signer.allows(needed)) {
            return "the key " + signer.name() + " may not " + needed.text()
                    + ", which this operation needs (operations)";
        }
        String hub = match.parameters().get("hub");
        if (hub == null) {
            return signer.allowsNode()
                    ? null
                    : "the key " + signer.name() + " is for some hubs only, and this operation is for all (hubs)";
        }
        return signer.hubProblem(Names.hub(hub));
    }

    private @Nullable String publisherProblem(HttpServerRequest request, Routes.Match match) {
        String hub = match.parameters().get("hub");
        boolean allowed = match.route().needed() != OperationClass.PUBLISH
                || hub == null
                || services.hub(Names.hub(hub)).mayPublish(addresses.of(request).getAddress());
        return allowed ? null : "messages to this hub are not allowed from this address (hubs.publishers)";
    }

    /** Users and addresses that are blocked are those of clients. */
    private Future<Principal> unlessRevoked(Principal principal) {
        if (!services.revocations().index().isRevoked(principal.tokenId())) {
            return Future.succeededFuture(principal);
        }
        services.metrics().revoked(RevocationKind.TOKEN);
        return Future.failedFuture(new ApiException(ErrorCode.UNAUTHORIZED, RevocationKind.TOKEN.text()));
    }

    /** The address of the caller, by the present list of proxies. */
    private InetAddress address(HttpServerRequest request) {
        List<String> present = services.config().server().trustedProxies();
        if (!present.equals(trustedProxies)) {
            trustedProxies = present;
            addresses = new ClientAddresses(present);
        }
        return addresses.of(request);
    }

    private Future<Principal> authenticate(HttpServerRequest request) {
        List<String> headers = request.headers().getAll(HttpHeaders.AUTHORIZATION);
        if (headers.isEmpty()) {
            return Future.failedFuture(
                    new AuthenticationException(Reason.MISSING, "the Authorization header is missing"));
        }
        String header = headers.get(0);
        if (headers.size() > 1 || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return Future.failedFuture(new AuthenticationException(
                    Reason.MALFORMED, "one Authorization header with a bearer token is needed"));
        }
        String query = request.query();
        String uri = query == null ? request.path() : request.path() + "?" + query;
        return authenticator.authenticateApi(
                header.substring(BEARER.length()).strip(),
                uri,
                address(request),
                RequestHeads.isOpen(request.connection()));
    }

    /** Closes a connection after a few invalid tokens; likewise if its tokens are not even verified. */
    private static void closeAfterSome(HttpServerRequest request, Throwable refused) {
        RequestHeads.countRefusal(request);
        if (refused instanceof AuthenticationException cause && cause.reason() == Reason.THROTTLED) {
            request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
    }

    private Throwable refusal(Throwable cause) {
        if (!(cause instanceof AuthenticationException refused)) {
            return cause;
        }
        services.metrics().tokenRefused(refused.reason().label());
        if (refused.reason() == Reason.OVERSIZED) {
            services.metrics().limitReached(Metrics.Limit.TOKEN_BYTES);
        } else if (refused.reason() == Reason.THROTTLED) {
            services.metrics().limitReached(Metrics.Limit.FAILED_TOKENS);
        }
        ErrorCode code = switch (refused.reason()) {
            case NOT_PERMITTED -> ErrorCode.FORBIDDEN;
            case OVERLOADED -> ErrorCode.UNAVAILABLE;
            case THROTTLED -> ErrorCode.TOO_MANY_REQUESTS;
            default -> ErrorCode.UNAUTHORIZED;
        };
        return new ApiException(code, String.valueOf(refused.getMessage()));
    }

    private void readBody(RoutingContext context) {
        Route route = match(context).route();
        context.put(
                QUERY, RequestQuery.parse(context.request().query(), route.query())); // before 100 (Continue) is sent
        Route.BodyKind bodyKind = route.bodyKind();
        boolean credentials = bodyKind == Route.BodyKind.CREDENTIALS;
        int most = credentials ? MAX_CREDENTIALS : services.config().limits().restBodyBytes();
        if (bodyKind == Route.BodyKind.NONE || (credentials && announced(context.request(), most) == 0)) {
            context.next();
            return;
        }
        MessageBody.checkEncoding(context.request().headers().getAll(HttpHeaders.CONTENT_ENCODING));
        ContentType type = ContentType.of(context.request().getHeader(HttpHeaders.CONTENT_TYPE));
        if (bodyKind == Route.BodyKind.MESSAGE) {
            MessageBody.checkType(type);
        } else if (!type.isJson()) {
            throw MessageBody.unsupported("Content-Type: application/json is needed");
        }
        limitTime(context);
        reserveBody(context, most);
        (credentials ? credentialsHandler : bodyHandler).handle(context);
        RequestHeads.readBody(context.request());
    }

    /** Reserves memory for the body before it arrives: its declared length, or else the most that it may have. */
    private void reserveBody(RoutingContext context, int most) {
        long length = Math.min(announced(context.request(), most), most);
        if (!inboundMemory.reserve(length)) {
            services.metrics().limitReached(Metrics.Limit.INBOUND_BYTES_OF_NODE);
            throw new ApiException(ErrorCode.TOO_MANY_REQUESTS, "the node holds as much as it may; nothing was done");
        }
        context.addEndHandler(ended -> inboundMemory.release(length));
    }

    private static long announced(HttpServerRequest request, int otherwise) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length == null) {
            return request.headers().contains(HttpHeaders.TRANSFER_ENCODING) ? otherwise : 0; // RFC 9112 section 6.3
        }
        try {
            return Long.parseLong(length.strip());
        } catch (NumberFormatException malformed) {
            return otherwise;
        }
    }

    private void limitTime(RoutingContext context) {
        long millis = Duration.ofSeconds(services.config().server().handshakeTimeoutSeconds())
                .toMillis();
        long timer = context.vertx().setTimer(millis, id -> {
            if (!context.request().isEnded() && !context.failed()) {
                services.metrics().limitReached(Metrics.Limit.HANDSHAKE_TIME);
                context.fail(new ApiException(ErrorCode.REQUEST_TIMEOUT, ErrorCode.REQUEST_TIMEOUT.when()));
            }
        });
        context.addEndHandler(ended -> context.vertx().cancelTimer(timer));
    }

    private void run(RoutingContext context) {
        HttpServerRequest request = context.request();
        Routes.Match match = match(context);
        Buffer body = context.body().buffer();
        CallTransport callTransport =
                new HttpCallTransport(request, address(request), body == null ? new byte[0] : body.getBytes());
        RequestQuery requestQuery = context.get(QUERY);
        Principal principal = context.get(PRINCIPAL);
        Call call = new Call(callTransport, match.parameters(), requestQuery, services, principal);
        Future<Reply> done = run(match.route(), call);
        if (principal != null && AuditLog.covers(match.route())) {
            InetAddress from = address(request);
            done.onComplete(result -> AuditLog.write(match.route(), call.target(), principal, from, status(result)));
        }
        done.onComplete(reply -> answer(context, reply), context::fail);
    }

    private static Future<Reply> run(Route route, Call call) {
        try {
            return route.action().run(call);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private static int status(AsyncResult<Reply> result) {
        if (result.succeeded()) {
            return result.result().status();
        }
        return result.cause() instanceof ApiException apiException
                ? apiException.errorBody().code().httpStatus()
                : ErrorCode.INTERNAL.httpStatus();
    }

    private static void answer(RoutingContext context, Reply reply) {
        if (!isAnswered(context)) {
            addHeaders(context);
            reply.send(context.response());
            discardRest(context);
        }
    }

    /**
     * A request may end while its token is verified or its action runs: its connection closed, or its body was broken.
     */
    private static boolean isAnswered(RoutingContext context) {
        return context.response().closed() || context.response().ended();
    }

    private void fail(RoutingContext context) {
        if (!isAnswered(context)) {
            addHeaders(context);
            ErrorBody errorBody = problem(context);
            Routes.Match match = match(context);
            if (match != null && match.route().open()) {
                RequestHeads.countRefusal(context.request()); // for every caller
            }
            errorBody.send(context.request());
            discardRest(context);
        }
    }

    private ErrorBody problem(RoutingContext context) {
        if (context.failure() instanceof ApiException apiException) {
            return apiException.errorBody();
        }
        MalformedRequest malformed = MalformedRequest.of(context.request());
        if (malformed != null) {
            return new ErrorBody(code(malformed), malformed.text(), null);
        }
        int status = context.statusCode();
        if (status == ErrorCode.PAYLOAD_TOO_LARGE.httpStatus()) {
            services.metrics().limitReached(Metrics.Limit.REST_BODY_BYTES);
            int most = match(context).route().bodyKind() == Route.BodyKind.CREDENTIALS
                    ? MAX_CREDENTIALS
                    : services.config().limits().restBodyBytes();
            return new ErrorBody(ErrorCode.PAYLOAD_TOO_LARGE, "body: at most " + most + " bytes are allowed", "body");
        }
        if (status == ErrorCode.EXPECTATION_FAILED.httpStatus()) {
            return new ErrorBody(ErrorCode.EXPECTATION_FAILED, "Expect: only 100-continue is known", "Expect");
        }
        if (status < ErrorCode.INTERNAL.httpStatus()) {
            return new ErrorBody(ErrorCode.BAD_REQUEST, "the request does not follow HTTP", null);
        }
        services.metrics().bug();
        services.alerts().raiseFault(context.failure());
        LOG.error("call failed operation={}", match(context).route().operationId(), context.failure());
        return new ErrorBody(ErrorCode.INTERNAL, "the call failed; see the log of the node", null);
    }

    private static ErrorCode code(MalformedRequest malformed) {
        return switch (malformed.malformedPart()) {
            case SYNTAX -> ErrorCode.BAD_REQUEST;
            case LINE_TOO_LONG -> ErrorCode.URI_TOO_LONG;
            case HEADERS_TOO_LONG -> ErrorCode.HEADERS_TOO_LARGE;
        };
    }

    private static void addHeaders(RoutingContext context) {
        HttpServerResponse response = context.response();
        response.putHeader("api-supported-versions", VERSIONS);
        String id = context.request().getHeader(REQUEST_ID);
        if (id != null && ECHOED_ID.matcher(id).matches()) {
            response.putHeader(REQUEST_ID, id);
        }
    }

    /** The rest of a body that ends after the answer is discarded without notice. */
    private static void discardRest(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (!request.isEnded()) {
            request.handler(chunk -> {}).endHandler(end -> {}).resume();
        }
    }

    private static Routes.Match match(RoutingContext context) {
        return context.get(MATCH);
    }
}
