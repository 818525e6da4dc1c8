package dev.fanfare.api;

import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.core.alert.AlertSink;
import dev.fanfare.revocation.Revocation;
import dev.fanfare.revocation.Revocations;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Revokes tokens, users and addresses, shows what is revoked, and lifts it. */
final class RevocationHandlers {

    private static final Logger log = LoggerFactory.getLogger(RevocationHandlers.class);
    private static final int MAX_PAGE = 200;

    private RevocationHandlers() {}

    static Future<Reply> add(Call call) {
        return add(call, null);
    }

    static Future<Reply> addToHub(Call call) {
        return add(call, call.hub());
    }

    private static Future<Reply> add(Call call, @Nullable String hub) {
        Revocation revocation = RevocationRequest.of(call, hub);
        return StoreFailures.translated(call.services().revocations().writable().add(revocation))
                .onSuccess(made -> made(made, call.services().alerts()))
                .map(made -> Reply.created(entry(made)));
    }

    /** The one place where all revocations pass that this node made. */
    private static void made(Revocation revocation, AlertSink alerts) {
        String kind = revocation.kind().wireName();
        String hub = revocation.hub() == null ? "*" : revocation.hub();
        String by = revocation.createdBy() == null ? "access key" : revocation.createdBy();
        log.atInfo()
                .addKeyValue("id", revocation.id())
                .addKeyValue("kind", kind)
                .addKeyValue("hub", hub)
                .addKeyValue("by", by)
                .addKeyValue("expires", revocation.expiresAt())
                .log("revoked");
        alerts.raise(
                AlertCause.REVOKED,
                "kind " + kind + ", hub " + hub + ", by " + by + ", until " + revocation.expiresAt() + ", id "
                        + revocation.id());
    }

    static Future<Reply> list(Call call) {
        return list(call, null);
    }

    static Future<Reply> listOfHub(Call call) {
        return list(call, call.hub());
    }

    private static Future<Reply> list(Call call, @Nullable String hub) {
        int size = call.requestQuery().integer("maxpagesize", 1, MAX_PAGE, MAX_PAGE);
        String token = call.requestQuery().one("continuationToken");
        String after = token == null ? null : ContinuationToken.read(token);
        if (token != null && after == null) {
            throw ApiException.badRequest("continuationToken", "continuationToken: is not one that was made here");
        }
        return StoreFailures.translated(call.services().revocations().readable().list(hub, after, size))
                .map(page -> Reply.json(body(call, size, page)));
    }

    private static JsonObject body(Call call, int size, Revocations.RevocationPage page) {
        JsonArray value = new JsonArray();
        page.revocations().stream().map(RevocationHandlers::entry).forEach(value::add);
        JsonObject body = new JsonObject().put("value", value);
        if (page.last() != null) {
            Map<String, String> query = new LinkedHashMap<>();
            query.put("maxpagesize", String.valueOf(size));
            query.put("continuationToken", ContinuationToken.of(page.last()));
            call.next(body, query);
        }
        return body;
    }

    static Future<Reply> get(Call call) {
        return find(call, null).map(found -> Reply.json(entry(found)));
    }

    static Future<Reply> getOfHub(Call call) {
        return find(call, call.hub()).map(found -> Reply.json(entry(found)));
    }

    static Future<Reply> lift(Call call) {
        return lift(call, null);
    }

    static Future<Reply> liftOfHub(Call call) {
        return lift(call, call.hub());
    }

    private static Future<Reply> lift(Call call, @Nullable String hub) {
        return find(call, hub)
                .compose(found -> StoreFailures.translated(
                        call.services().revocations().writable().lift(found.id())))
                .map(lifted -> Reply.NO_CONTENT);
    }

    /** @param hub the hub that the revocation must be for; null for any, and for all hubs */
    private static Future<Revocation> find(Call call, @Nullable String hub) {
        return StoreFailures.translated(
                        call.services().revocations().revocations().get(call.inPath("revocationId")))
                .map(found -> {
                    Optional<Revocation> matching =
                            found.filter(revocation -> hub == null || Objects.equals(hub, revocation.hub()));
                    return matching.orElseThrow(
                            () -> new ApiException(ErrorCode.NOT_FOUND, "there is no such revocation"));
                });
    }

    private static JsonObject entry(Revocation revocation) {
        JsonObject entry = new JsonObject()
                .put("id", revocation.id())
                .put("kind", revocation.kind().wireName());
        switch (revocation.kind()) {
            case TOKEN -> entry.put("tokenId", revocation.subject());
            case USER, USER_TOKENS -> entry.put("user", revocation.subject());
            case ADDRESSES -> entry.put("addresses", revocation.subject());
        }
        if (revocation.issuedBeforeSeconds() > 0) {
            entry.put(
                    "issuedBefore",
                    Instant.ofEpochSecond(revocation.issuedBeforeSeconds()).toString());
        }
        putIfKnown(entry, "hub", revocation.hub());
        putIfKnown(entry, "reason", revocation.reason());
        putIfKnown(entry, "createdBy", revocation.createdBy());
        return entry.put("createdAt", revocation.createdAt().toString())
                .put("expires", revocation.expiresAt().toString());
    }

    private static void putIfKnown(JsonObject entry, String key, @Nullable String value) {
        if (value != null) {
            entry.put(key, value);
        }
    }
}
