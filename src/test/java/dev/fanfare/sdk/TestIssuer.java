package dev.fanfare.sdk;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** An identity provider whose tokens servers may use instead of an access key. */
final class TestIssuer {

    private static final String SECRET = "a secret that only tests and their broker share";

    private TestIssuer() {}

    /** Environment variables that make a broker believe this issuer. The audience is what the SDKs ask tokens for. */
    static Map<String, String> brokerSettings() {
        return Map.of("FANFARE_AUTH_ISSUERS", """
                [{"issuer": "https://id.example.com/", "audience": ["https://webpubsub.azure.com"],
                  "keys": [{"algorithm": "HS256", "pem": "%s"}], "apiRole": "server"}]
                """.formatted(SECRET));
    }

    /** A token that is good for an hour. */
    static String token() {
        String claims = """
                {"iss":"https://id.example.com/","aud":"https://webpubsub.azure.com","roles":["server"],"exp":%d}""".formatted(Instant.now().plusSeconds(3600).getEpochSecond());
        String signed = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64(claims.getBytes(StandardCharsets.UTF_8));
        return signed + "." + base64(signature(signed));
    }

    private static byte[] signature(String signed) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
