package dev.fanfare.auth;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.fanfare.config.Config;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Common fixtures of token tests. */
final class Fixture {

    static final String ACCESS_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";
    static final String ISSUER = "https://id.example.com/";
    static final String AUDIENCE = "fanfare";
    static final int TOLERANCE_SECONDS = 60;
    static final int MAX_TOKEN_BYTES = 8192;
    static final long NOW_SECONDS = 1_700_000_100;
    static final InetAddress FROM = InetAddress.getLoopbackAddress();
    static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(NOW_SECONDS));

    private Fixture() {}

    static Config.Auth auth(List<String> accessKeys, Config.Issuer... issuers) {
        return new Config.Auth(
                accessKeys, List.of(), false, 0, TOLERANCE_SECONDS, MAX_TOKEN_BYTES, 0, List.of(issuers));
    }

    static Config.Issuer issuer(String name, Config.JwtKey... keys) {
        return issuer(name, null, 1, keys);
    }

    static Config.Issuer issuer(String name, @Nullable String jwksUrl, int cooldownSeconds, Config.JwtKey... keys) {
        return new Config.Issuer(
                name,
                List.of(AUDIENCE),
                List.of(),
                List.of(keys),
                jwksUrl,
                3600,
                cooldownSeconds,
                "sub",
                "roles",
                "groups",
                "",
                false,
                0);
    }

    static Config.JwtKey jwk(JsonObject jwk) {
        return new Config.JwtKey(null, null, jwk.encode(), null);
    }

    static Config.JwtKey pem(@Nullable String id, String algorithm, String pem) {
        return new Config.JwtKey(id, algorithm, null, pem);
    }

    /** Claims of a client token that an access key signs. */
    static JsonObject clientClaims() {
        return new JsonObject()
                .put("aud", "http://localhost:8080/client/hubs/chat")
                .put("exp", NOW_SECONDS + 600)
                .put("sub", "alice");
    }

    /** Claims of a token that an issuer signs. */
    static JsonObject issuerClaims() {
        return new JsonObject()
                .put("iss", ISSUER)
                .put("aud", new JsonArray().add("other").add(AUDIENCE))
                .put("exp", NOW_SECONDS + 600)
                .put("sub", "alice");
    }

    static <T> T await(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("a future did not complete", e);
        }
    }

    static AuthenticationException refusal(Future<?> future) {
        Throwable cause = await(future.<@Nullable Throwable>map(done -> null).otherwise(failure -> failure));
        return assertInstanceOf(AuthenticationException.class, cause);
    }
}
