package dev.fanfare.operations;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What to revoke: a token, the tokens of a user, a user or a network; at all hubs, unless it is for {@linkplain #atHub one}.
 * Immutable.
 */
public final class Revoking {

    private final JsonObject subject;
    private final @Nullable String hub;
    private final @Nullable Instant expires;
    private final @Nullable String reason;

    private Revoking(JsonObject subject, @Nullable String hub, @Nullable Instant expires, @Nullable String reason) {
        this.subject = subject;
        this.hub = hub;
        this.expires = expires;
        this.reason = reason;
    }

    private static Revoking of(String key, String value) {
        return new Revoking(new JsonObject().put(key, value), null, null, null);
    }

    /** A token, by its {@code jti} or else by a digest of it. */
    public static Revoking token(String jwt) {
        return of("token", jwt);
    }

    /** The token with this {@code jti}. */
    public static Revoking tokenId(String id) {
        return of("tokenId", id);
    }

    /** All tokens of a user that were issued up to now. */
    public static Revoking tokensOf(String userId) {
        return of("user", userId);
    }

    /** A user, whatever its token. */
    public static Revoking user(String userId, Duration blocked) {
        Revoking user = of("user", userId);
        user.subject.put("blockSeconds", blocked.toSeconds());
        return user;
    }

    /** An address, or a network such as {@code 203.0.113.0/24}. */
    public static Revoking addresses(String network) {
        return of("addresses", network);
    }

    /** The same, at one hub. */
    public Revoking atHub(String name) {
        return new Revoking(subject, name, expires, reason);
    }

    /** The same, until then. Not for a user that is blocked, which says for how long. */
    public Revoking until(Instant end) {
        return new Revoking(subject, hub, end, reason);
    }

    /** The same, with a reason for operators, of at most 256 characters. Clients do not get it. */
    public Revoking because(String text) {
        return new Revoking(subject, hub, expires, text);
    }

    JsonObject request() {
        JsonObject request =
                request("createRevocation", "createHubRevocation", hub).mergeIn(subject);
        if (expires != null) {
            request.put("expires", expires.toString());
        }
        return reason == null ? request : request.put("reason", reason);
    }

    /** One operation for all hubs, and one for a hub. */
    static JsonObject request(String everywhere, String atHub, @Nullable String hub) {
        return hub == null
                ? new JsonObject().put("operation", everywhere)
                : new JsonObject().put("operation", atHub).put("hub", hub);
    }

    /** Omits the subject, which may be a token. */
    @Override
    public String toString() {
        return "Revoking" + subject.fieldNames();
    }
}
