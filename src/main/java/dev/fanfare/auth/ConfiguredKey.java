package dev.fanfare.auth;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fanfare.auth.Algorithm.Family;
import dev.fanfare.config.Config;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import org.jspecify.annotations.Nullable;

/** Reads the keys of the configuration. */
final class ConfiguredKey {

    private ConfiguredKey() {}

    /** The key for tokens signed with an access key: the bytes of its text, not decoded. */
    static VerificationKey ofAccessKey(Vertx vertx, String accessKey) throws InvalidKeyException {
        return VerificationKey.ofSecret(vertx, null, Algorithm.HS256, accessKey.getBytes(StandardCharsets.UTF_8));
    }

    /** @throws InvalidKeyException with a predicate about the key as message, without any part of the key */
    static VerificationKey read(Vertx vertx, Config.JwtKey key) throws InvalidKeyException {
        if (key.jwk() != null) {
            return Jwk.read(vertx, jwk(key, key.jwk()));
        }
        if (key.pem() == null || key.algorithm() == null) {
            throw new InvalidKeyException("needs a jwk, or pem and algorithm");
        }
        Algorithm algorithm = algorithm(key.algorithm());
        String text = key.pem().strip();
        return algorithm.family() == Family.SECRET
                ? VerificationKey.ofSecret(vertx, key.id(), algorithm, text.getBytes(StandardCharsets.UTF_8))
                : VerificationKey.ofPublic(vertx, key.id(), algorithm, Pem.publicKey(text, algorithm.family()));
    }

    private static ObjectNode jwk(Config.JwtKey key, String text) throws InvalidKeyException {
        ObjectNode jwk = parse(text);
        complete(jwk, "kid", key.id());
        complete(jwk, "alg", key.algorithm());
        return jwk;
    }

    private static ObjectNode parse(String text) throws InvalidKeyException {
        try {
            return StrictJson.object(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // No cause: it would quote the key.
            throw new InvalidKeyException("is not one JSON object that has no name twice");
        }
    }

    private static void complete(ObjectNode jwk, String name, @Nullable String value) throws InvalidKeyException {
        if (value == null) {
            return;
        }
        if (jwk.has(name) && !value.equals(jwk.get(name).textValue())) {
            throw new InvalidKeyException("has another " + name + " than the configuration gives beside it");
        }
        jwk.put(name, value);
    }

    private static Algorithm algorithm(String name) throws InvalidKeyException {
        Algorithm algorithm = Algorithm.named(name);
        if (algorithm == null) {
            throw new InvalidKeyException("has an algorithm that is not supported: " + name);
        }
        return algorithm;
    }
}
