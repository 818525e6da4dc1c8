package dev.fanfare.auth;

import dev.fanfare.auth.Algorithm.Family;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** A key and the only algorithm it verifies (RFC 8725, section 3.1). Thread-safe. */
final class VerificationKey {

    private static final String UNSIGNED_HEADER = base64Url("{\"alg\":\"none\"}");
    private static final String ANY_CLAIMS = base64Url("{\"exp\":253402300799}");
    private static final Base64.Encoder PEM_ENCODER = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private final @Nullable String id;
    private final Algorithm algorithm;
    private final int signatureBytes;
    private final JWTAuth verifier;

    private VerificationKey(
            Vertx vertx, @Nullable String id, Algorithm algorithm, int signatureBytes, Buffer secretOrPem) {
        this.id = id;
        this.algorithm = algorithm;
        this.signatureBytes = signatureBytes;
        PubSecKeyOptions key =
                new PubSecKeyOptions().setAlgorithm(algorithm.text()).setBuffer(secretOrPem);
        this.verifier = JWTAuth.create(
                vertx,
                // Our own clock decides when a token expires.
                new JWTAuthOptions().addPubSecKey(key).setJWTOptions(new JWTOptions().setIgnoreExpiration(true)));
        refuseUnsigned();
    }

    /** @throws InvalidKeyException with a predicate about the key as message */
    static VerificationKey ofSecret(Vertx vertx, @Nullable String id, Algorithm algorithm, byte[] secret)
            throws InvalidKeyException {
        if (algorithm.family() != Family.SECRET) {
            throw new InvalidKeyException("is a secret, which " + algorithm.text() + " does not use");
        }
        int least = algorithm.signatureBytes();
        if (secret.length < least) {
            throw new InvalidKeyException("has " + secret.length + " bytes; " + algorithm.text() + " needs " + least);
        }
        return new VerificationKey(vertx, id, algorithm, least, Buffer.buffer(secret));
    }

    /** @throws InvalidKeyException with a predicate about the key as message */
    static VerificationKey ofPublic(Vertx vertx, @Nullable String id, Algorithm algorithm, PublicKey key)
            throws InvalidKeyException {
        PublicKeys.check(algorithm, key);
        int signatureBytes =
                key instanceof RSAPublicKey rsa ? PublicKeys.modulusBytes(rsa) : algorithm.signatureBytes();
        return new VerificationKey(vertx, id, algorithm, signatureBytes, pem(key));
    }

    /** The {@code kid} of its tokens; null if they need not name it. */
    @Nullable
    String id() {
        return id;
    }

    Algorithm algorithm() {
        return algorithm;
    }

    /**
     * Whether the token's signature is valid. The length must match exactly: the underlying verifier would also pad
     * short signatures, and accept ECDSA signatures in DER, so that one token would have several encodings (RFC 7518,
     * 3.3 and 3.4).
     */
    boolean verifies(CompactToken token) {
        return token.algorithm() == algorithm && token.signatureBytes() == signatureBytes && accepts(token.text());
    }

    private boolean accepts(String token) {
        try {
            return verifier.authenticate(new TokenCredentials(token)).succeeded();
        } catch (RuntimeException e) {
            // The verifier casts unchecked client input.
            return false;
        }
    }

    /** A verifier that failed to load its key would accept everything; ensures that this one does not. */
    private void refuseUnsigned() {
        String unsigned = UNSIGNED_HEADER + "." + ANY_CLAIMS;
        if (accepts(unsigned) || accepts(unsigned + ".") || accepts(unsigned + ".AA")) {
            throw new IllegalStateException("a verifier accepts unsigned tokens: algorithm=" + algorithm);
        }
    }

    private static Buffer pem(PublicKey key) {
        return Buffer.buffer("-----BEGIN PUBLIC KEY-----\n" + PEM_ENCODER.encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n");
    }

    private static String base64Url(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
