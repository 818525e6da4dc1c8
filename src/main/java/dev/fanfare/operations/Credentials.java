package dev.fanfare.operations;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** How a node authenticates itself to a remote server. Immutable; {@code toString} shows no secret. */
public final class Credentials {

    private final String kind;
    private final Object value;

    private Credentials(String kind, Object value) {
        this.kind = kind;
        this.value = value;
    }

    /** Basic authentication (RFC 7617). */
    public static Credentials basic(String user, String password) {
        return new Credentials("basic", new JsonObject().put("user", user).put("password", password));
    }

    /** A bearer token (RFC 6750). */
    public static Credentials bearer(String token) {
        return new Credentials("bearer", token);
    }

    /**
     * A JWT that the node makes for each attempt.
     *
     * @param key the id of one of {@code outbound.keys} of the node's configuration
     */
    public static Jwt jwt(String key) {
        return new Jwt(new JsonObject().put("key", key));
    }

    /** The content of such a JWT. Immutable. */
    public static final class Jwt {
        private final JsonObject claims;

        private Jwt(JsonObject claims) {
            this.claims = claims;
        }

        private Jwt with(String key, Object value) {
            return new Jwt(claims.copy().put(key, value));
        }

        /** Its {@code iss}. */
        public Jwt issuer(String issuer) {
            return with("issuer", issuer);
        }

        /** Its {@code aud}; the URL by default. */
        public Jwt audience(String... audience) {
            return with("audience", new JsonArray(List.of(audience)));
        }

        /** Its {@code sub}. */
        public Jwt subject(String subject) {
            return with("subject", subject);
        }

        /** How many seconds it is valid, 1 to 86,400. */
        public Jwt lifetime(int seconds) {
            return with("lifetimeSeconds", seconds);
        }

        /** In the Authorization header. */
        public Credentials inHeader() {
            return new Credentials("jwt", claims);
        }

        /** In a parameter of the URL. */
        public Credentials inParameter(String name) {
            return new Credentials("jwt", with("queryParameter", name).claims);
        }
    }

    JsonObject json() {
        return new JsonObject().put(kind, value);
    }

    @Override
    public String toString() {
        return "Credentials[" + kind + "]";
    }
}
