package dev.fanfare.auth;

import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** An identity provider's key: signs tokens with nothing but the JDK. */
record Signer(String algorithm, KeyPair pair) {

    private static final Map<String, KeyPair> SHARED = new ConcurrentHashMap<>();

    /** A key for that algorithm that all tests share; those with RSA share one, because it takes long to generate. */
    static Signer shared(String algorithm) {
        String key = algorithm.startsWith("PS") || algorithm.startsWith("RS") ? "RSA" : algorithm;
        return new Signer(
                algorithm,
                SHARED.computeIfAbsent(key, any -> generate(algorithm).pair()));
    }

    static Signer generate(String algorithm) {
        return switch (algorithm.substring(0, 2)) {
            case "RS", "PS" -> generate(algorithm, "RSA", 2048);
            case "Ed" -> generate(algorithm, "Ed25519", 255);
            default ->
                onCurve(
                        algorithm,
                        switch (algorithm) {
                            case "ES256" -> "secp256r1";
                            case "ES384" -> "secp384r1";
                            default -> "secp521r1";
                        });
        };
    }

    static Signer generate(String algorithm, String type, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(type);
            generator.initialize(bits);
            return new Signer(algorithm, generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static Signer onCurve(String algorithm, String curve) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(curve));
            return new Signer(algorithm, generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** A token with a header that names the algorithm and the key. */
    String token(String kid, JsonObject claims) {
        return sign(new JsonObject().put("alg", algorithm).put("kid", kid), claims);
    }

    String token(JsonObject claims) {
        return sign(new JsonObject().put("alg", algorithm), claims);
    }

    String sign(JsonObject header, JsonObject claims) {
        return sign(header.encode(), claims.encode());
    }

    String sign(String header, String claims) {
        String signed = base64Url(header) + "." + base64Url(claims);
        return signed + "." + base64Url(signature(signed));
    }

    private byte[] signature(String signed) {
        try {
            return signature(jdkSignature(), pair.getPrivate(), signed);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static byte[] signature(Signature signature, PrivateKey key, String signed) throws GeneralSecurityException {
        signature.initSign(key);
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signature.sign();
    }

    private Signature jdkSignature() throws GeneralSecurityException {
        String bits = algorithm.substring(2);
        return switch (algorithm.substring(0, 2)) {
            case "RS" -> Signature.getInstance("SHA" + bits + "withRSA");
            case "PS" -> pss(bits);
            case "ES" -> Signature.getInstance("SHA" + bits + "withECDSAinP1363Format");
            default -> Signature.getInstance("Ed25519");
        };
    }

    private static Signature pss(String bits) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("RSASSA-PSS");
        String hash = "SHA-" + bits;
        signature.setParameter(
                new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), Integer.parseInt(bits) / 8, 1));
        return signature;
    }

    /** The same with a shared secret. */
    static String hmac(String algorithm, String secret, String header, String claims) {
        String signed = base64Url(header) + "." + base64Url(claims);
        try {
            Mac mac = Mac.getInstance("HmacSHA" + algorithm.substring(2));
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HMAC"));
            return signed + "." + base64Url(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static String hmac(String algorithm, String secret, JsonObject claims) {
        return hmac(algorithm, secret, new JsonObject().put("alg", algorithm).encode(), claims.encode());
    }

    String pem() {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(pair.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    /** The public key as a JWK with its algorithm. */
    JsonObject jwk(String kid) {
        return numbers(pair.getPublic()).put("kid", kid).put("alg", algorithm).put("use", "sig");
    }

    private static JsonObject numbers(PublicKey key) {
        if (key instanceof RSAPublicKey rsa) {
            return new JsonObject()
                    .put("kty", "RSA")
                    .put(
                            "n",
                            base64Url(
                                    unsigned(rsa.getModulus(), (rsa.getModulus().bitLength() + 7) / 8)))
                    .put("e", base64Url(rsa.getPublicExponent().toByteArray()));
        }
        if (key instanceof ECPublicKey ec) {
            int bits = ec.getParams().getCurve().getField().getFieldSize();
            int bytes = (bits + 7) / 8;
            return new JsonObject()
                    .put("kty", "EC")
                    .put("crv", "P-" + bits)
                    .put("x", base64Url(unsigned(ec.getW().getAffineX(), bytes)))
                    .put("y", base64Url(unsigned(ec.getW().getAffineY(), bytes)));
        }
        EdECPublicKey ed = (EdECPublicKey) key;
        byte[] littleEndian = new byte[32];
        byte[] y = unsigned(ed.getPoint().getY(), 32);
        for (int i = 0; i < 32; i++) {
            littleEndian[i] = y[31 - i];
        }
        if (ed.getPoint().isXOdd()) {
            littleEndian[31] |= Byte.MIN_VALUE;
        }
        return new JsonObject().put("kty", "OKP").put("crv", "Ed25519").put("x", base64Url(littleEndian));
    }

    private static byte[] unsigned(BigInteger number, int bytes) {
        byte[] unsigned = new byte[bytes];
        byte[] signed = number.toByteArray();
        int length = Math.min(bytes, signed.length);
        System.arraycopy(signed, signed.length - length, unsigned, bytes - length, length);
        return unsigned;
    }

    static String base64Url(String text) {
        return base64Url(text.getBytes(StandardCharsets.UTF_8));
    }

    static String base64Url(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
