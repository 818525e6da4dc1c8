package dev.fanfare.auth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.fanfare.auth.Algorithm.Family;
import io.vertx.core.Vertx;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads JSON Web Keys (RFC 7517, RFC 8037). Uses the key parameters only; certificate chains are ignored. */
final class Jwk {

    private static final Map<String, String> CURVES =
            Map.of("P-256", "secp256r1", "P-384", "secp384r1", "P-521", "secp521r1");
    private static final int ED25519_BYTES = 32;

    private final ObjectNode json;

    private Jwk(ObjectNode json) {
        this.json = json;
    }

    /**
     * A key from its JSON.
     *
     * @throws InvalidKeyException if it cannot verify signatures, with a predicate about the key as message
     */
    static VerificationKey read(Vertx vertx, ObjectNode json) throws InvalidKeyException {
        return new Jwk(json).read(vertx);
    }

    private VerificationKey read(Vertx vertx) throws InvalidKeyException {
        checkUse();
        String id = optional("kid");
        if (required("kty").equals("oct")) {
            Algorithm algorithm = algorithm();
            return VerificationKey.ofSecret(vertx, id, algorithm == null ? Algorithm.HS256 : algorithm, bytes("k"));
        }
        if (json.has("d")) {
            throw new InvalidKeyException("is a private key; anyone who reads it can sign tokens");
        }
        PublicKey key = publicKey();
        Algorithm named = algorithm();
        Algorithm algorithm = named == null ? PublicKeys.usualAlgorithm(key) : named;
        if (algorithm == null || algorithm.family() == Family.SECRET) {
            throw new InvalidKeyException("is a public key with an algorithm that needs a secret");
        }
        return VerificationKey.ofPublic(vertx, id, algorithm, key);
    }

    private void checkUse() throws InvalidKeyException {
        String use = optional("use");
        if (use != null && !use.equals("sig")) {
            throw new InvalidKeyException("is not for signatures (use)");
        }
        JsonNode operations = json.path("key_ops");
        if (operations.isArray() && !contains(operations, "verify")) {
            throw new InvalidKeyException("is not for verifying (key_ops)");
        }
    }

    private static boolean contains(JsonNode list, String text) {
        for (JsonNode element : list) {
            if (text.equals(element.textValue())) {
                return true;
            }
        }
        return false;
    }

    private @Nullable Algorithm algorithm() throws InvalidKeyException {
        String name = optional("alg");
        if (name == null) {
            return null;
        }
        Algorithm algorithm = Algorithm.named(name);
        if (algorithm == null) {
            throw new InvalidKeyException("has an algorithm that is not supported (alg)");
        }
        return algorithm;
    }

    private PublicKey publicKey() throws InvalidKeyException {
        try {
            return switch (required("kty")) {
                case "RSA" ->
                    KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(number("n"), number("e")));
                case "EC" -> ecKey();
                case "OKP" -> ed25519Key();
                default -> throw new InvalidKeyException("is of a type that is not supported (kty)");
            };
        } catch (InvalidKeyException e) {
            throw e;
        } catch (GeneralSecurityException e) {
            throw new InvalidKeyException("has numbers that make no key", e);
        }
    }

    private PublicKey ecKey() throws GeneralSecurityException {
        String curve = CURVES.get(required("crv"));
        if (curve == null) {
            throw new InvalidKeyException("is on a curve that is not supported (crv)");
        }
        ECPoint point = new ECPoint(number("x"), number("y"));
        return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, PublicKeys.curve(curve)));
    }

    /** An Ed25519 key is {@code y}, little-endian, with the sign of {@code x} in the top bit (RFC 8032, 5.1.2). */
    private PublicKey ed25519Key() throws GeneralSecurityException {
        byte[] bytes = bytes("x");
        if (!required("crv").equals("Ed25519") || bytes.length != ED25519_BYTES) {
            throw new InvalidKeyException("is not an Ed25519 key of 32 bytes (crv, x)");
        }
        byte[] bigEndian = new byte[ED25519_BYTES];
        for (int i = 0; i < ED25519_BYTES; i++) {
            bigEndian[i] = bytes[ED25519_BYTES - 1 - i];
        }
        boolean odd = bigEndian[0] < 0;
        bigEndian[0] &= Byte.MAX_VALUE;
        return KeyFactory.getInstance("Ed25519")
                .generatePublic(new EdECPublicKeySpec(
                        NamedParameterSpec.ED25519, new EdECPoint(odd, new BigInteger(1, bigEndian))));
    }

    private BigInteger number(String name) throws InvalidKeyException {
        return new BigInteger(1, bytes(name));
    }

    private byte[] bytes(String name) throws InvalidKeyException {
        try {
            return Base64.getUrlDecoder().decode(required(name));
        } catch (IllegalArgumentException e) {
            throw new InvalidKeyException("is not base64url (" + name + ")", e);
        }
    }

    private String required(String name) throws InvalidKeyException {
        String text = optional(name);
        if (text == null) {
            throw new InvalidKeyException("lacks " + name);
        }
        return text;
    }

    private @Nullable String optional(String name) throws InvalidKeyException {
        JsonNode value = json.get(name);
        if (value != null && !value.isTextual()) {
            throw new InvalidKeyException("has something else than a text (" + name + ")");
        }
        return value == null ? null : value.textValue();
    }
}
