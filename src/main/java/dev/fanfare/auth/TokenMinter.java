package dev.fanfare.auth;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Signs tokens with an access key as server SDKs do: HS256, the bytes of the key's text. Thread-safe. */
public final class TokenMinter {

    private final JwtSigner signer;
    private final InstantSource clock;

    /** @throws IllegalArgumentException if the key is empty */
    public TokenMinter(String accessKey, InstantSource clock) {
        this.signer = new JwtSigner("HS256", accessKey);
        this.clock = clock;
    }

    /**
     * A token with which a client may connect to a hub.
     *
     * @param endpoint scheme and authority at which clients reach us
     * @param hub a valid name
     * @param userId null for an anonymous user
     * @param roles what the client may do
     * @param groups to join at connect
     * @param lifetime from now on, at least a second
     */
    public String clientToken(
            String endpoint,
            String hub,
            @Nullable String userId,
            List<String> roles,
            List<String> groups,
            Duration lifetime) {
        return signer.sign(clientClaims(endpoint, hub, userId, roles, groups, lifetime));
    }

    private JsonObject clientClaims(
            String endpoint,
            String hub,
            @Nullable String userId,
            List<String> roles,
            List<String> groups,
            Duration lifetime) {
        JsonObject claims = new JsonObject();
        if (!roles.isEmpty()) {
            claims.put("role", new JsonArray(roles));
        }
        if (!groups.isEmpty()) {
            claims.put("webpubsub.group", new JsonArray(groups));
        }
        putTimes(claims, lifetime).put("aud", clientUrl(endpoint, hub));
        if (userId != null && !userId.isEmpty()) {
            claims.put("sub", userId);
        }
        return claims;
    }

    /**
     * A token with which a registered client may connect to a hub.
     *
     * @param endpoint scheme and authority at which clients reach us
     * @param hub a valid name
     * @param tokenId its {@code jti}
     * @param lifetime from now on, at least a second
     */
    public String consumerToken(
            String endpoint,
            String hub,
            String clientId,
            List<String> roles,
            List<String> groups,
            String tokenId,
            Duration lifetime) {
        return signer.sign(
                clientClaims(endpoint, hub, clientId, roles, groups, lifetime).put("jti", tokenId));
    }

    /**
     * A token for requests to one URL of the REST API.
     *
     * @param url of the request, with or without its query
     * @param lifetime from now on, at least a second
     */
    public String apiToken(String url, Duration lifetime) {
        return signer.sign(putTimes(new JsonObject(), lifetime).put("aud", url));
    }

    /** The URL where clients of a hub connect, as used in tokens: http or https. */
    public static String clientUrl(String endpoint, String hub) {
        String base = endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint;
        return base + "/client/hubs/" + URLEncoder.encode(hub, StandardCharsets.UTF_8);
    }

    /** The URL that a client opens: ws or wss, with its token. */
    public static String webSocketUrl(String endpoint, String hub, String token) {
        return clientUrl(endpoint, hub).replaceFirst("^http", "ws") + "?access_token=" + token;
    }

    private JsonObject putTimes(JsonObject claims, Duration lifetime) {
        if (lifetime.toSeconds() < 1) {
            throw new IllegalArgumentException("a token lives at least a second, not " + lifetime);
        }
        long now = clock.instant().getEpochSecond();
        return claims.put("iat", now).put("exp", now + lifetime.toSeconds());
    }
}
