package dev.fanfare.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The rules for keys of issuers. */
final class IssuerKeys {

    /** Algorithms, and the least size of a shared secret in bytes (RFC 7518, 3.2); 0 for public keys. */
    private static final Map<String, Integer> ALGORITHMS = new TreeMap<>(Map.ofEntries(
            Map.entry("RS256", 0),
            Map.entry("RS384", 0),
            Map.entry("RS512", 0),
            Map.entry("PS256", 0),
            Map.entry("PS384", 0),
            Map.entry("PS512", 0),
            Map.entry("ES256", 0),
            Map.entry("ES384", 0),
            Map.entry("ES512", 0),
            Map.entry("EdDSA", 0),
            Map.entry("HS256", 32),
            Map.entry("HS384", 48),
            Map.entry("HS512", 64)));

    private static final ObjectMapper JSON = new ObjectMapper();

    private IssuerKeys() {}

    static void check(Config.JwtKey key, ConfigProblems configProblems) {
        if (key.algorithm() != null && !ALGORITHMS.containsKey(key.algorithm())) {
            String allowed = String.join(", ", ALGORITHMS.keySet());
            configProblems.report(
                    "algorithm", "is " + ConfigProblems.quoted(key.algorithm()) + "; it must be one of " + allowed);
        }
        if (key.jwk() != null && key.pem() != null) {
            configProblems.report("jwk", "is given and so is pem; give one of them");
        } else if (key.jwk() != null) {
            checkJwk(key.jwk(), configProblems);
        } else if (key.pem() != null) {
            checkPem(key.algorithm(), key.pem(), configProblems);
        } else {
            configProblems.report("jwk", "is missing and so is pem; give one of them");
        }
    }

    /**
     * Checks that no secret of an issuer is an access key or a scoped key: the issuer could sign what is reserved to
     * the holders of that key.
     */
    static void checkApart(
            List<String> accessKeys,
            List<Config.ScopedKey> scopedKeys,
            List<Config.Issuer> issuers,
            ConfigProblems configProblems) {
        Map<String, String> paths = AccessKeys.paths(accessKeys, scopedKeys);
        for (int i = 0; i < issuers.size(); i++) {
            List<Config.JwtKey> keys = issuers.get(i).keys();
            for (int k = 0; k < keys.size(); k++) {
                String secret = secret(keys.get(k));
                String accessKey = secret == null ? null : paths.get(secret);
                if (accessKey != null) {
                    configProblems.conflict(
                            "issuers[" + i + "].keys[" + k + "]",
                            accessKey,
                            "equals auth." + accessKey
                                    + "; the issuer could sign tokens for the REST API of any hub, so give it another secret");
                }
            }
        }
    }

    /** The secret of a key with an HS algorithm, as a text; null for others, and for invalid keys. */
    private static @Nullable String secret(Config.JwtKey key) {
        if (key.pem() != null) {
            return ALGORITHMS.getOrDefault(String.valueOf(key.algorithm()), 0) > 0
                    ? key.pem().strip()
                    : null;
        }
        JsonNode jwk = key.jwk() == null ? null : parse(key.jwk());
        try {
            return jwk == null || !jwk.path("k").isTextual()
                    ? null
                    : new String(Base64.getUrlDecoder().decode(jwk.path("k").textValue()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static void checkJwk(String jwk, ConfigProblems configProblems) {
        JsonNode json = parse(jwk);
        if (json == null || !json.path("kty").isTextual()) {
            configProblems.report("jwk", "is (hidden); it must be a JSON Web Key as JSON text: {\"kty\": ...}");
        } else if (json.has("d")) {
            configProblems.report("jwk", "is a private key; give the public one, without \"d\"");
        }
    }

    private static @Nullable JsonNode parse(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private static void checkPem(@Nullable String algorithm, String pem, ConfigProblems configProblems) {
        if (algorithm == null) {
            configProblems.report("algorithm", "is missing; a key in PEM needs it, such as RS256");
            return;
        }
        int secretBytes = ALGORITHMS.getOrDefault(algorithm, 0);
        if (secretBytes > 0) {
            checkSecret(algorithm, secretBytes, pem, configProblems);
        } else if (pem.contains("PRIVATE KEY")) {
            configProblems.report("pem", "is a private key; give the public one, or the certificate");
        } else if (!pem.contains("-----BEGIN ")) {
            configProblems.report("pem", "is (hidden); it must be a public key or a certificate: -----BEGIN ...");
        }
    }

    private static void checkSecret(String algorithm, int least, String secret, ConfigProblems configProblems) {
        int bytes = secret.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < least) {
            configProblems.report(
                    "pem", "has " + bytes + " bytes; for " + algorithm + " it must have at least " + least);
        }
    }
}
