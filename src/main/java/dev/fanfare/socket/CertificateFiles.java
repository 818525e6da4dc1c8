package dev.fanfare.socket;

import io.vertx.core.net.KeyCertOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.X509KeyManager;

/** What the files of certificates, of clients' listeners and between nodes, are checked for. Any thread. */
public final class CertificateFiles {

    private static final String PSS = "RSASSA-PSS";
    private static final PSSParameterSpec PSS_WITH_SHA256 =
            new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, PSSParameterSpec.TRAILER_FIELD_BC);

    /** Key types as key managers name them. */
    private static final List<String> KEY_TYPES = List.of("EC", "RSA", PSS, "EdDSA", "Ed25519");

    private CertificateFiles() {}

    /** Modification time and size of each file, to detect changes. Blocks. */
    public static List<Object> stamps(Collection<String> files) throws IOException {
        Stream.Builder<Object> stamps = Stream.builder();
        for (String file : files) {
            stamps.add(Files.getLastModifiedTime(Path.of(file))).add(Files.size(Path.of(file)));
        }
        return stamps.build().toList();
    }

    /** The certificates of a PEM file with this content. */
    public static Collection<? extends Certificate> certificates(byte[] pem) throws CertificateException {
        return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
    }

    /** When the first of these certificates expires. Fails if there is none. */
    public static Instant expiry(Collection<? extends Certificate> certificates) throws CertificateException {
        return certificates.stream()
                .filter(X509Certificate.class::isInstance)
                .map(certificate ->
                        ((X509Certificate) certificate).getNotAfter().toInstant())
                .min(Instant::compareTo)
                .orElseThrow(() -> new CertificateException("the file holds no certificate"));
    }

    /**
     * Checks that the private key belongs to the certificate: files that are replaced one after the other may be read in
     * between. Fails with a {@link CertificateException} if it does not.
     *
     * @param options with the content of files, not their names
     * @param keyFile what the message calls the key
     * @param certificateFile what the message calls the certificate
     */
    @SuppressWarnings("NullAway") // a Vert.x is needed only to find files by their names
    public static void requirePair(KeyCertOptions options, String keyFile, String certificateFile) throws Exception {
        for (KeyManager manager : options.getKeyManagerFactory(null).getKeyManagers()) {
            X509KeyManager keys = (X509KeyManager) manager;
            for (String type : KEY_TYPES) {
                String[] aliases = keys.getServerAliases(type, null);
                for (String alias : aliases == null ? new String[0] : aliases) {
                    if (!isPair(keys.getPrivateKey(alias), keys.getCertificateChain(alias)[0].getPublicKey())) {
                        throw new CertificateException(keyFile + " is not the key of " + certificateFile);
                    }
                }
            }
        }
    }

    private static boolean isPair(PrivateKey privateKey, PublicKey publicKey) throws GeneralSecurityException {
        String algorithm = switch (publicKey.getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> publicKey.getAlgorithm();
        };
        byte[] signed = publicKey.getEncoded();
        Signature signature = Signature.getInstance(algorithm);
        if (PSS.equals(algorithm)) {
            AlgorithmParameterSpec prescribed = ((RSAKey) publicKey).getParams();
            signature.setParameter(prescribed == null ? PSS_WITH_SHA256 : prescribed);
        }
        try {
            signature.initSign(privateKey);
        } catch (InvalidKeyException e) {
            return false; // of another algorithm
        }
        signature.update(signed);
        byte[] bytes = signature.sign();
        signature.initVerify(publicKey);
        signature.update(signed);
        return signature.verify(bytes);
    }
}
