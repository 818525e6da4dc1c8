package dev.fanfare.auth;

import dev.fanfare.auth.Algorithm.Family;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads public keys from PEM (RFC 7468): the key itself, or a certificate, whose key is trusted because it is
 * configured, regardless of its validity dates and issuer.
 */
final class Pem {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");

    private Pem() {}

    /** @throws InvalidKeyException with a predicate about the key as message */
    static PublicKey publicKey(String text, Family family) throws InvalidKeyException {
        Matcher block = BLOCK.matcher(text.strip());
        if (!block.matches()) {
            throw new InvalidKeyException("is not one PEM block: -----BEGIN PUBLIC KEY-----, base64, -----END ...");
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(block.group(2));
            return switch (block.group(1)) {
                case "PUBLIC KEY" -> keyFactory(family).generatePublic(new X509EncodedKeySpec(der));
                case "CERTIFICATE" ->
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(der))
                            .getPublicKey();
                default -> throw new InvalidKeyException("is neither PUBLIC KEY nor CERTIFICATE, which PEM must hold");
            };
        } catch (InvalidKeyException e) {
            throw e;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new InvalidKeyException("holds no key of its algorithm", e);
        }
    }

    private static KeyFactory keyFactory(Family family) throws GeneralSecurityException {
        return switch (family) {
            case RSA -> KeyFactory.getInstance("RSA");
            case EC -> KeyFactory.getInstance("EC");
            case ED25519 -> KeyFactory.getInstance("Ed25519");
            case SECRET -> throw new InvalidKeyException("is a public key, and its algorithm needs a secret");
        };
    }
}
