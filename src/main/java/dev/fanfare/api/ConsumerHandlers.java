package dev.fanfare.api;

import dev.fanfare.auth.AuthenticationException;
import dev.fanfare.auth.AuthenticationException.Reason;
import dev.fanfare.auth.TokenMinter;
import dev.fanfare.config.Config;
import dev.fanfare.config.ConsumerRules;
import dev.fanfare.consumer.ConsumerRecord;
import dev.fanfare.consumer.Consumers;
import dev.fanfare.consumer.Seat;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.session.TokenGrant;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Registers consumers, and shows, lists and removes them for operators. */
final class ConsumerHandlers {

    private static final Logger log = LoggerFactory.getLogger(ConsumerHandlers.class);
    private static final String CHALLENGE = "Basic realm=\"fanfare\", charset=\"UTF-8\"";
    private static final int MAX_PAGE = 200;
    private static final int TOKEN_ID_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    private ConsumerHandlers() {}

    /** What a client is given with its token. */
    private record Admitted(List<String> roles, List<String> groups) {}

    static Future<Reply> register(Call call) {
        String hub = call.hub();
        Config.ConsumerSettings settings = settings(call, hub);
        CallTransport.CallPeer peer = call.peer();
        ClientCredentials credentials = credentials(call, peer);
        call.forbidCaching();
        return admitted(call, hub, settings, credentials, peer)
                .recover(failure -> refused(call, hub, credentials, peer, failure))
                .compose(admitted -> registered(call, hub, settings, credentials, admitted));
    }

    private static ClientCredentials credentials(Call call, CallTransport.CallPeer peer) {
        try {
            return ClientCredentials.of(call, peer.authorization());
        } catch (ApiException e) {
            if (e.errorBody().code() == ErrorCode.UNAUTHORIZED) {
                call.challenge(CHALLENGE);
            }
            throw e;
        }
    }

    private static Config.ConsumerSettings settings(Call call, String hub) {
        Config.ConsumerSettings settings = call.services().hub(hub).consumers();
        if (!settings.enabled()) {
            throw new ApiException(ErrorCode.NOT_FOUND, "the hub has no registered consumers");
        }
        return settings;
    }

    private static Future<Admitted> admitted(
            Call call,
            String hub,
            Config.ConsumerSettings settings,
            ClientCredentials credentials,
            CallTransport.CallPeer peer) {
        ConsumerAccess access = call.services().consumers();
        if (!settings.clients().isEmpty()) {
            return access.secrets()
                    .verify(settings.clients(), credentials.id(), credentials.secret(), peer.address(), peer.open())
                    .map(client -> new Admitted(List.of(), client.groups()));
        }
        return access.secrets()
                .verify(
                        peer.address(),
                        peer.open(),
                        () -> HandlerDecision.ask(access.events(), hub, credentials, peer.address()))
                .map(answer -> new Admitted(
                        Objects.requireNonNullElse(answer.roles(), List.of()),
                        Objects.requireNonNullElse(answer.groups(), List.of())));
    }

    private static <T> Future<T> refused(
            Call call, String hub, ClientCredentials credentials, CallTransport.CallPeer peer, Throwable failure) {
        if (!(failure instanceof AuthenticationException refused)) {
            return Future.failedFuture(failure);
        }
        if (refused.reason() == Reason.BAD_SECRET) {
            call.challenge(CHALLENGE);
        }
        Metrics metrics = call.services().metrics();
        metrics.tokenRefused(refused.reason().label());
        if (refused.reason() == Reason.THROTTLED) {
            metrics.limitReached(Metrics.Limit.FAILED_TOKENS);
        }
        if (refused.reason() == Reason.BAD_SECRET) {
            log.atInfo()
                    .addKeyValue("hub", hub)
                    .addKeyValue("clientId", credentials.id())
                    .addKeyValue("remote", peer.address().getHostAddress())
                    .log("a registration was refused");
        }
        ErrorCode code = switch (refused.reason()) {
            case OVERLOADED, ABANDONED -> ErrorCode.UNAVAILABLE;
            case THROTTLED -> ErrorCode.TOO_MANY_REQUESTS;
            default -> ErrorCode.UNAUTHORIZED;
        };
        return Future.failedFuture(new ApiException(code, String.valueOf(refused.getMessage())));
    }

    private static Future<Reply> registered(
            Call call, String hub, Config.ConsumerSettings settings, ClientCredentials credentials, Admitted admitted) {
        ConsumerAccess access = call.services().consumers();
        Duration lifetime = Duration.ofMinutes(settings.tokenMinutes());
        Duration kept = Duration.ofDays(settings.forgetAfterDays());
        Instant now = Instant.ofEpochMilli(call.services().clock().millis());
        Instant expires = Instant.ofEpochSecond(now.plus(lifetime).getEpochSecond());
        String endpoint = call.endpoint();
        String tokenId = tokenId();
        String token = access.minter()
                .get()
                .consumerToken(endpoint, hub, credentials.id(), admitted.roles(), admitted.groups(), tokenId, lifetime);
        return StoreFailures.translated(access.consumers()
                        .register(
                                hub,
                                credentials.id(),
                                TokenGrant.tokenFingerprint(tokenId),
                                expires.toEpochMilli(),
                                kept))
                .onSuccess(made -> log.atInfo()
                        .addKeyValue("hub", hub)
                        .addKeyValue("clientId", credentials.id())
                        .addKeyValue("expires", expires)
                        .log("a consumer has registered"))
                .map(made -> Reply.json(new JsonObject()
                        .put("token", token)
                        .put("url", url(endpoint, hub))
                        .put("expires", expires.toString())
                        .put(
                                "connectBefore",
                                Instant.ofEpochMilli(made.lastSeenMillis())
                                        .plus(kept)
                                        .toString())));
    }

    /** Without the token, so that it may be sent in a header. */
    private static String url(String endpoint, String hub) {
        return TokenMinter.clientUrl(endpoint, hub).replaceFirst("^http", "ws");
    }

    private static String tokenId() {
        byte[] bytes = new byte[TOKEN_ID_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static Future<Reply> list(Call call) {
        String hub = call.hub();
        settings(call, hub);
        Consumers consumers = call.services().consumers().consumers();
        int size = call.requestQuery().integer("maxpagesize", 1, MAX_PAGE, MAX_PAGE);
        String token = call.requestQuery().one("continuationToken");
        String after = token == null ? null : ContinuationToken.read(token);
        if (token != null && after == null) {
            throw ApiException.badRequest("continuationToken", "continuationToken: is not one that was made here");
        }
        if (!consumers.synced()) {
            throw new ApiException(ErrorCode.UNAVAILABLE, "the node does not know the consumers yet");
        }
        return StoreFailures.translated(consumers.list(hub, after, size))
                .map(page -> Reply.json(body(call, size, page)));
    }

    private static JsonObject body(Call call, int size, Consumers.ConsumerPage page) {
        JsonArray value = new JsonArray();
        page.consumers().stream().map(consumer -> entry(call, consumer)).forEach(value::add);
        JsonObject body = new JsonObject().put("value", value);
        if (page.next() != null) {
            Map<String, String> query = new LinkedHashMap<>();
            query.put("maxpagesize", String.valueOf(size));
            query.put("continuationToken", ContinuationToken.of(page.next()));
            call.next(body, query);
        }
        return body;
    }

    static Future<Reply> get(Call call) {
        String hub = call.hub();
        settings(call, hub);
        return StoreFailures.translated(call.services().consumers().consumers().get(hub, clientId(call)))
                .map(found -> Reply.json(entry(call, found.orElseThrow(ConsumerHandlers::unknown))));
    }

    static Future<Reply> remove(Call call) {
        String hub = call.hub();
        settings(call, hub);
        return StoreFailures.translated(call.services().consumers().consumers().remove(hub, clientId(call)))
                .map(removed -> {
                    if (!removed) {
                        throw unknown();
                    }
                    return Reply.NO_CONTENT;
                });
    }

    private static ApiException unknown() {
        return new ApiException(ErrorCode.NOT_FOUND, "there is no such consumer");
    }

    private static String clientId(Call call) {
        String id = call.inPath("clientId");
        String problem = ConsumerRules.idProblem(id);
        ApiException.check("clientId", problem == null ? null : "clientId: " + problem);
        return id;
    }

    private static JsonObject entry(Call call, ConsumerRecord consumer) {
        ConsumerRecord.Registration registration =
                Objects.requireNonNull(consumer.registration(), "a registered consumer");
        Config.ConsumerSettings settings = call.services().hub(consumer.hub()).consumers();
        JsonObject entry = new JsonObject()
                .put("clientId", consumer.id())
                .put("registeredAt", text(registration.registeredAtMillis()))
                .put("expires", text(registration.expiresAtMillis()))
                .put("lastSeenAt", text(consumer.lastSeenMillis()))
                .put("connected", !consumer.seats().isEmpty());
        for (Seat seat : consumer.seats()) {
            entry.put("connectionId", seat.connectionId()).put("connectedAt", text(seat.sinceMillis()));
        }
        if (consumer.seats().isEmpty()) {
            entry.put(
                    "connectBefore",
                    text(consumer.lastSeenMillis()
                            + Duration.ofDays(settings.forgetAfterDays()).toMillis()));
        }
        return entry;
    }

    private static String text(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }
}
