package dev.fanfare.auth;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.EllipticCurve;
import java.security.spec.NamedParameterSpec;
import org.jspecify.annotations.Nullable;

/** Validates public keys before use. */
final class PublicKeys {

    private static final int MIN_RSA_BITS = 2048;
    /** A verification with a longer key takes too long. */
    private static final int MAX_RSA_BITS = 8192;

    private PublicKeys() {}

    /** @throws InvalidKeyException with a predicate about the key as message */
    static void check(Algorithm algorithm, PublicKey key) throws InvalidKeyException {
        switch (algorithm.family()) {
            case RSA -> checkRsa(of(RSAPublicKey.class, key, algorithm));
            case EC -> checkEc(algorithm, of(ECPublicKey.class, key, algorithm));
            case ED25519 -> checkEd25519(of(EdECPublicKey.class, key, algorithm));
            case SECRET -> throw new InvalidKeyException("is a public key, which is no secret for " + algorithm.text());
        }
    }

    static int modulusBytes(RSAPublicKey key) {
        return (key.getModulus().bitLength() + Byte.SIZE - 1) / Byte.SIZE;
    }

    /** The default algorithm of a key that names none; null if there is none. */
    static @Nullable Algorithm usualAlgorithm(PublicKey key) {
        if (key instanceof RSAPublicKey) {
            return Algorithm.RS256;
        }
        if (key instanceof EdECPublicKey) {
            return Algorithm.EDDSA;
        }
        if (key instanceof ECPublicKey ec) {
            return switch (ec.getParams().getCurve().getField().getFieldSize()) {
                case 256 -> Algorithm.ES256;
                case 384 -> Algorithm.ES384;
                case 521 -> Algorithm.ES512;
                default -> null;
            };
        }
        return null;
    }

    /** A curve of the JDK by its name. */
    static ECParameterSpec curve(String name) throws GeneralSecurityException {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
        parameters.init(new ECGenParameterSpec(name));
        return parameters.getParameterSpec(ECParameterSpec.class);
    }

    private static <K> K of(Class<K> type, PublicKey key, Algorithm algorithm) throws InvalidKeyException {
        if (!type.isInstance(key)) {
            throw new InvalidKeyException("is of the type " + key.getAlgorithm() + ", not for " + algorithm.text());
        }
        return type.cast(key);
    }

    private static void checkRsa(RSAPublicKey key) throws InvalidKeyException {
        int bits = key.getModulus().bitLength();
        if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
            throw new InvalidKeyException(
                    "has " + bits + " bits; RSA keys have " + MIN_RSA_BITS + " to " + MAX_RSA_BITS);
        }
        BigInteger exponent = key.getPublicExponent();
        if (!exponent.testBit(0) || exponent.compareTo(BigInteger.ONE) <= 0) {
            throw new InvalidKeyException("has an exponent that is not odd and above 1");
        }
    }

    private static void checkEc(Algorithm algorithm, ECPublicKey key) throws InvalidKeyException {
        EllipticCurve curve = key.getParams().getCurve();
        if (!curve.equals(expectedCurve(algorithm))) {
            throw new InvalidKeyException("is on another curve than " + algorithm.text() + " needs");
        }
        if (!isOnCurve(key.getW(), curve)) {
            throw new InvalidKeyException("is not a point on its curve");
        }
    }

    private static @Nullable EllipticCurve expectedCurve(Algorithm algorithm) throws InvalidKeyException {
        String name = algorithm.curve();
        try {
            return name == null ? null : curve(name).getCurve();
        } catch (GeneralSecurityException e) {
            throw new InvalidKeyException("is on a curve that this Java does not know", e);
        }
    }

    /** Whether {@code y² = x³ + ax + b} holds in the field; the JDK does not check this when a key is created. */
    private static boolean isOnCurve(ECPoint point, EllipticCurve curve) {
        if (point.equals(ECPoint.POINT_INFINITY) || !(curve.getField() instanceof ECFieldFp field)) {
            return false;
        }
        BigInteger p = field.getP();
        BigInteger x = point.getAffineX();
        BigInteger y = point.getAffineY();
        if (x.signum() < 0 || y.signum() < 0 || x.compareTo(p) >= 0 || y.compareTo(p) >= 0) {
            return false;
        }
        BigInteger right =
                x.multiply(x).add(curve.getA()).multiply(x).add(curve.getB()).mod(p);
        return y.multiply(y).mod(p).equals(right);
    }

    private static void checkEd25519(EdECPublicKey key) throws InvalidKeyException {
        if (!key.getParams().getName().equals(NamedParameterSpec.ED25519.getName())) {
            throw new InvalidKeyException("is on another curve than Ed25519");
        }
    }
}
