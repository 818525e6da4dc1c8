package dev.fanfare.testkit;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;

/** An identity provider with one key of its own (ES256). */
public final class TestIssuer {

    public static final String NAME = "https://id.example.com/";
    private static final int COORDINATE_BYTES = 32;

    private final KeyPair keys;

    public TestIssuer() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            keys = generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The public key. */
    public JsonObject jwk() {
        ECPublicKey key = (ECPublicKey) keys.getPublic();
        return new JsonObject()
                .put("kty", "EC")
                .put("crv", "P-256")
                .put("alg", "ES256")
                .put("kid", "one")
                .put("x", coordinate(key.getW().getAffineX()))
                .put("y", coordinate(key.getW().getAffineY()));
    }

    /** A setting that makes a node believe this issuer; entries are added to those of the issuer. */
    public String setting(JsonObject entries) {
        JsonObject issuer = new JsonObject().put("issuer", NAME).put("audience", new JsonArray().add("fanfare"));
        return "AUTH_ISSUERS=" + new JsonArray().add(issuer.mergeIn(entries)).encode();
    }

    /** For a broker process: environment variables that let this issuer's tokens with a role call the REST API. */
    public Map<String, String> brokerSettings(String apiRole) {
        JsonArray published = new JsonArray().add(new JsonObject().put("jwk", jwk().encode()));
        String[] setting = setting(new JsonObject().put("keys", published).put("apiRole", apiRole))
                .split("=", 2);
        return Map.of("FANFARE_" + setting[0], setting[1]);
    }

    /** A token for a client, or for a server. */
    public String token(String user, Duration lifetime, String... roles) {
        String header = new JsonObject().put("alg", "ES256").put("kid", "one").encode();
        String claims = new JsonObject()
                .put("iss", NAME)
                .put("aud", "fanfare")
                .put("sub", user)
                .put("roles", new JsonArray(Arrays.asList(roles)))
                .put("exp", Instant.now().plus(lifetime).getEpochSecond())
                .encode();
        String signed =
                base64(header.getBytes(StandardCharsets.UTF_8)) + "." + base64(claims.getBytes(StandardCharsets.UTF_8));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(keys.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + base64(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String coordinate(BigInteger value) {
        byte[] bytes = value.toByteArray();
        byte[] fixed = new byte[COORDINATE_BYTES];
        int length = Math.min(bytes.length, COORDINATE_BYTES);
        System.arraycopy(bytes, bytes.length - length, fixed, COORDINATE_BYTES - length, length);
        return base64(fixed);
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
