package dev.fanfare.cluster;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.ECPublicKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.KeyAgreement;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.x500.X500Principal;

/**
 * The certificate authority of one cluster, derived from an access key: every process that knows the key and the name of
 * the cluster has the same one. Its key and its subject are a function of these two; its certificate, which never
 * leaves the process, is signed anew by each. Immutable. See {@code src/docs/decisions/0045-members-with-certificates.md}.
 */
final class DerivedAuthority {

    /** Before now: how far the clocks of two machines may differ. */
    static final Duration BACKDATED = Duration.ofDays(1);

    /** From now: as long a process may sleep and return with the certificate that it had. */
    static final Duration VALID = Duration.ofDays(7);

    private static final String CURVE = "secp256r1";
    private static final String EC = "EC";
    private static final String SIGNATURE = "SHA256withECDSA";
    private static final String HMAC = "HmacSHA256";
    private static final String DIGEST = "SHA-256";
    private static final byte[] SALT = "fanfare cluster authority 1".getBytes(StandardCharsets.UTF_8);

    /** More than the order of the curve needs, so that no value is noticeably more likely than another. */
    private static final int SCALAR_BYTES = 48;

    private static final int NAME_BYTES = 16;
    private static final int SERIAL_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final BigInteger THREE = BigInteger.valueOf(3);
    private static final Instant ALWAYS_FROM = Instant.parse("2020-01-01T00:00:00Z");
    private static final Instant ALWAYS_UNTIL = Instant.parse("9999-12-31T23:59:59Z");

    private static final byte[] ECDSA_WITH_SHA256 =
            Der.sequence(Der.oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
    private static final byte[] BASIC_CONSTRAINTS = Der.oid(0x55, 0x1d, 0x13);
    private static final byte[] KEY_USAGE = Der.oid(0x55, 0x1d, 0x0f);
    private static final byte[] EXTENDED_KEY_USAGE = Der.oid(0x55, 0x1d, 0x25);
    private static final byte[] SERVER_AUTH = Der.oid(0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01);
    private static final byte[] CLIENT_AUTH = Der.oid(0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02);

    private final KeyPair keys;
    private final X500Principal subject;
    private final X509Certificate certificate;

    private DerivedAuthority(KeyPair keys, X500Principal subject, X509Certificate certificate) {
        this.keys = keys;
        this.subject = subject;
        this.certificate = certificate;
    }

    /** Derives the authority of the cluster with this name. */
    static DerivedAuthority derive(String accessKey, String clusterName) throws GeneralSecurityException {
        KeyPair keys = derivedKeys(accessKey, clusterName);
        byte[] digest =
                MessageDigest.getInstance(DIGEST).digest(keys.getPublic().getEncoded());
        X500Principal subject = new X500Principal(
                "CN=" + HexFormat.of().formatHex(digest, 0, NAME_BYTES) + ",O=fanfare cluster authority");
        byte[] extensions = Der.sequence(
                extension(BASIC_CONSTRAINTS, Der.sequence(Der.TRUE)),
                extension(KEY_USAGE, Der.bits(2, (byte) 0x04))); // signs certificates
        X509Certificate certificate =
                sign(keys.getPrivate(), subject, keys.getPublic(), subject, ALWAYS_FROM, ALWAYS_UNTIL, extensions);
        return new DerivedAuthority(keys, subject, certificate);
    }

    X509Certificate certificate() {
        return certificate;
    }

    /** Issues a certificate for a process, as a server and as a client, that is valid from {@link #BACKDATED} before. */
    X509Certificate issue(String commonName, PublicKey key, Instant now) throws GeneralSecurityException {
        byte[] extensions = Der.sequence(
                extension(BASIC_CONSTRAINTS, Der.sequence()),
                extension(KEY_USAGE, Der.bits(7, (byte) 0x80)), // signs handshakes
                extension(EXTENDED_KEY_USAGE, Der.sequence(SERVER_AUTH, CLIENT_AUTH)));
        return sign(
                keys.getPrivate(),
                subject,
                key,
                new X500Principal("CN=" + commonName),
                now.minus(BACKDATED),
                now.plus(VALID),
                extensions);
    }

    /** A fresh key of the kind that authorities certify. */
    static KeyPair newKeys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(EC);
        generator.initialize(new ECGenParameterSpec(CURVE));
        return generator.generateKeyPair();
    }

    private static KeyPair derivedKeys(String accessKey, String clusterName) throws GeneralSecurityException {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance(EC);
        parameters.init(new ECGenParameterSpec(CURVE));
        ECParameterSpec curve = parameters.getParameterSpec(ECParameterSpec.class);
        byte[] bytes = hkdf(
                SALT,
                accessKey.getBytes(StandardCharsets.UTF_8),
                clusterName.getBytes(StandardCharsets.UTF_8),
                SCALAR_BYTES);
        BigInteger scalar = new BigInteger(1, bytes)
                .mod(curve.getOrder().subtract(BigInteger.ONE))
                .add(BigInteger.ONE);
        KeyFactory factory = KeyFactory.getInstance(EC);
        ECPrivateKey privateKey = (ECPrivateKey) factory.generatePrivate(new ECPrivateKeySpec(scalar, curve));
        return new KeyPair(publicKey(factory, privateKey, curve), privateKey);
    }

    /**
     * The public key of a private one, which the JDK does not compute as such: key agreement with the generator of the curve
     * gives its x, the equation of the curve two values for y, and a signature tells which of the two it is.
     */
    private static PublicKey publicKey(KeyFactory factory, ECPrivateKey privateKey, ECParameterSpec curve)
            throws GeneralSecurityException {
        KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
        agreement.init(privateKey);
        agreement.doPhase(factory.generatePublic(new ECPublicKeySpec(curve.getGenerator(), curve)), true);
        BigInteger x = new BigInteger(1, agreement.generateSecret());
        BigInteger p = ((ECFieldFp) curve.getCurve().getField()).getP();
        BigInteger square = x.modPow(THREE, p)
                .add(curve.getCurve().getA().multiply(x))
                .add(curve.getCurve().getB());
        BigInteger y = square.modPow(p.add(BigInteger.ONE).shiftRight(2), p);
        byte[] signed = signature(privateKey, SALT);
        for (BigInteger candidate : new BigInteger[] {y, p.subtract(y)}) {
            PublicKey key = factory.generatePublic(new ECPublicKeySpec(new ECPoint(x, candidate), curve));
            Signature verifier = Signature.getInstance(SIGNATURE);
            verifier.initVerify(key);
            verifier.update(SALT);
            if (verifier.verify(signed)) {
                return key;
            }
        }
        throw new InvalidKeyException("no public key fits the derived one");
    }

    /** HKDF with SHA-256 (RFC 5869), for at most 255 times 32 bytes. */
    static byte[] hkdf(byte[] salt, byte[] secret, byte[] info, int length) throws GeneralSecurityException {
        byte[] extracted = mac(salt, secret);
        byte[] output = new byte[0];
        byte[] block = new byte[0];
        for (byte i = 1; output.length < length; i++) {
            block = mac(extracted, block, info, new byte[] {i});
            byte[] longer = Arrays.copyOf(output, output.length + block.length);
            System.arraycopy(block, 0, longer, output.length, block.length);
            output = longer;
        }
        return Arrays.copyOf(output, length);
    }

    private static byte[] mac(byte[] key, byte[]... parts) throws GeneralSecurityException {
        Mac mac = Mac.getInstance(HMAC);
        mac.init(new SecretKeySpec(key, HMAC));
        for (byte[] part : parts) {
            mac.update(part);
        }
        return mac.doFinal();
    }

    private static byte[] extension(byte[] name, byte[] value) {
        return Der.sequence(name, Der.TRUE, Der.value(Der.OCTETS, value));
    }

    private static X509Certificate sign(
            PrivateKey issuerKey,
            X500Principal issuer,
            PublicKey key,
            X500Principal subject,
            Instant from,
            Instant until,
            byte[] extensions)
            throws GeneralSecurityException {
        byte[] serial = new byte[SERIAL_BYTES];
        RANDOM.nextBytes(serial);
        byte[] content = Der.sequence(
                Der.tagged(0, Der.integer(BigInteger.TWO)), // version 3
                Der.integer(new BigInteger(1, serial)),
                ECDSA_WITH_SHA256,
                issuer.getEncoded(),
                Der.sequence(Der.time(from), Der.time(until)),
                subject.getEncoded(),
                key.getEncoded(),
                Der.tagged(3, extensions));
        byte[] encoded = Der.sequence(content, ECDSA_WITH_SHA256, Der.bits(0, signature(issuerKey, content)));
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(encoded));
    }

    private static byte[] signature(PrivateKey key, byte[] content) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(SIGNATURE);
        signature.initSign(key);
        signature.update(content);
        return signature.sign();
    }
}
