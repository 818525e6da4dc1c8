package dev.fanfare.auth;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs tokens with a shared secret, the bytes of its text. Thread-safe. */
public final class JwtSigner {

    private static final Base64.Encoder BASE64_URL = Base64.getUrlEncoder().withoutPadding();

    private final String header;
    private final SecretKeySpec key;

    /**
     * @param algorithm HS256, HS384 or HS512
     * @throws IllegalArgumentException if the secret is empty
     */
    public JwtSigner(String algorithm, String secret) {
        this.header = base64Url(
                new JsonObject().put("alg", algorithm).put("typ", "JWT").encode());
        this.key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), algorithm.replace("HS", "HmacSHA"));
    }

    /** A compact token (RFC 7519) with these claims. */
    public String sign(JsonObject claims) {
        String signed = header + "." + base64Url(claims.encode());
        try {
            Mac mac = Mac.getInstance(key.getAlgorithm());
            mac.init(key);
            return signed + "." + BASE64_URL.encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + key.getAlgorithm(), e);
        }
    }

    private static String base64Url(String text) {
        return BASE64_URL.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
