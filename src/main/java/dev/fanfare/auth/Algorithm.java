package dev.fanfare.auth;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The signature algorithms of tokens (RFC 7518, section 3.1, and RFC 8037). There is no {@code none}. */
enum Algorithm {
    HS256("HS256", Family.SECRET, 32),
    HS384("HS384", Family.SECRET, 48),
    HS512("HS512", Family.SECRET, 64),
    RS256("RS256", Family.RSA, 0),
    RS384("RS384", Family.RSA, 0),
    RS512("RS512", Family.RSA, 0),
    PS256("PS256", Family.RSA, 0),
    PS384("PS384", Family.RSA, 0),
    PS512("PS512", Family.RSA, 0),
    ES256("ES256", Family.EC, 64),
    ES384("ES384", Family.EC, 96),
    ES512("ES512", Family.EC, 132),
    EDDSA("EdDSA", Family.ED25519, 64);

    /** The kind of key that an algorithm needs. */
    enum Family {
        SECRET,
        RSA,
        EC,
        ED25519
    }

    private static final Map<String, Algorithm> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Algorithm::text, Function.identity()));

    private final String text;
    private final Family family;
    private final int signatureBytes;

    Algorithm(String text, Family family, int signatureBytes) {
        this.text = text;
        this.family = family;
        this.signatureBytes = signatureBytes;
    }

    /** The algorithm of that name, in exactly that case; null if there is none. */
    static @Nullable Algorithm named(String text) {
        return BY_NAME.get(text);
    }

    /** The name as used in headers and keys. */
    String text() {
        return text;
    }

    Family family() {
        return family;
    }

    /** Bytes of a signature, also the minimum size of a secret (RFC 7518, 3.2); 0 = as long as the RSA modulus. */
    int signatureBytes() {
        return signatureBytes;
    }

    /** The curve of an ES algorithm as the JDK names it (RFC 7518, 3.4); null for others. */
    @Nullable
    String curve() {
        return switch (this) {
            case ES256 -> "secp256r1";
            case ES384 -> "secp384r1";
            case ES512 -> "secp521r1";
            default -> null;
        };
    }
}
