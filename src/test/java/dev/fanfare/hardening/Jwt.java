package dev.fanfare.hardening;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Builds tokens, valid ones and forged ones. */
final class Jwt {

    private static final Base64.Encoder BASE64_URL = Base64.getUrlEncoder().withoutPadding();

    private Jwt() {}

    /** The claims of a client that may do everything in a hub. */
    static JsonObject client(String hub) {
        return until(Instant.now().plusSeconds(600))
                .put("aud", "http://localhost/client/hubs/" + hub)
                .put("sub", "stranger")
                .put("role", List.of("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"));
    }

    /** The claims of a server that calls this path. */
    static JsonObject server(String path) {
        return until(Instant.now().plusSeconds(600)).put("aud", "http://localhost" + path);
    }

    private static JsonObject until(Instant end) {
        return new JsonObject().put("exp", end.getEpochSecond());
    }

    /** A valid token with these claims. */
    static String of(JsonObject claims) {
        return signed("HS256", HardenedNode.KEY, claims);
    }

    /** Signed with any key, by an algorithm that may differ from the one in the header. */
    static String signed(String algorithm, String key, JsonObject claims) {
        String content = content(new JsonObject().put("alg", algorithm).put("typ", "JWT"), claims);
        return content + "." + hmac("HmacSHA256", key, content);
    }

    /** Signed with HMAC-SHA512. */
    static String signedHs512(String key, JsonObject claims) {
        String content = content(new JsonObject().put("alg", "HS512"), claims);
        return content + "." + hmac("HmacSHA512", key, content);
    }

    /** Header and claims without a signature. */
    static String content(JsonObject header, JsonObject claims) {
        return base64(header.encode()) + "." + base64(claims.encode());
    }

    static String base64(String text) {
        return BASE64_URL.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String hmac(String algorithm, String key, String content) {
        try {
            Mac mac = Mac.getInstance(algorithm);
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), algorithm));
            return BASE64_URL.encodeToString(mac.doFinal(content.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
