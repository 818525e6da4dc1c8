package dev.fanfare.testkit;

import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PfxOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A self-signed certificate for localhost, made once for each run of the tests with the JDK's keytool. */
public final class TestCertificate {

    /** Of the key store and its key. */
    public static final String PASSWORD = "for-tests-only";

    private static @Nullable TestCertificate instance;

    private final Path store;
    private final KeyPair keyPair;
    private final Path keyFile;
    private final Path certificateFile;
    private final SSLContext clientContext;
    private final SSLContext serverContext;

    private TestCertificate(
            Path store,
            KeyPair keyPair,
            Path keyFile,
            Path certificateFile,
            SSLContext clientContext,
            SSLContext serverContext) {
        this.store = store;
        this.keyPair = keyPair;
        this.keyFile = keyFile;
        this.certificateFile = certificateFile;
        this.clientContext = clientContext;
        this.serverContext = serverContext;
    }

    /** The certificate of this run. */
    public static synchronized TestCertificate get() {
        TestCertificate certificate = instance;
        if (certificate == null) {
            certificate = make();
            instance = certificate;
        }
        return certificate;
    }

    /** For the server: the certificate and its key. */
    public KeyCertOptions serverOptions() {
        return new PfxOptions().setPath(store.toString()).setPassword(PASSWORD);
    }

    /** For servers that read a key store themselves: PKCS #12, with the password {@link #PASSWORD}. */
    public Path store() {
        return store;
    }

    /** For a broker process: environment variables that switch its TLS listener on. */
    public Map<String, String> brokerSettings() {
        return Map.of(
                "FANFARE_SERVER_TLS_ENABLED", "true",
                "FANFARE_SERVER_TLS_KEY_FILE", keyFile.toString(),
                "FANFARE_SERVER_TLS_CERTIFICATE_FILE", certificateFile.toString());
    }

    /** The certificate as PEM, for clients that are told in a file whom to trust. */
    public Path certificateFile() {
        return certificateFile;
    }

    /** For servers that are no Vert.x: the certificate and its key, and who of the clients is trusted. */
    public SSLContext serverContext() {
        return serverContext;
    }

    /** The private key, and the public one of the certificate. */
    public KeyPair keyPair() {
        return keyPair;
    }

    /** The private key as PEM. */
    public Path keyFile() {
        return keyFile;
    }

    /** For clients: trusts this certificate and no other. */
    public SSLContext clientContext() {
        return clientContext;
    }

    private static TestCertificate make() {
        try {
            Path directory = Files.createTempDirectory("certificate");
            Path store = directory.resolve("localhost.p12");
            generate(store);
            KeyStore keys = load(store);
            Path keyFile = directory.resolve("key.pem");
            Path certificateFile = directory.resolve("certificate.pem");
            Key key = keys.getKey("localhost", PASSWORD.toCharArray());
            Certificate certificate = keys.getCertificate("localhost");
            writePem(keyFile, "PRIVATE KEY", key.getEncoded());
            writePem(certificateFile, "CERTIFICATE", certificate.getEncoded());
            // Deleted in the reverse order.
            Stream.of(directory, store, keyFile, certificateFile)
                    .forEach(path -> path.toFile().deleteOnExit());
            KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            own.init(keys, PASSWORD.toCharArray());
            return new TestCertificate(
                    store,
                    new KeyPair(certificate.getPublicKey(), (PrivateKey) key),
                    keyFile,
                    certificateFile,
                    trusting(certificate, null),
                    trusting(certificate, own));
        } catch (IOException | GeneralSecurityException failure) {
            throw new IllegalStateException("No certificate for tests", failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private static void generate(Path store) throws IOException, InterruptedException {
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        String arguments =
                " -J-XX:TieredStopAtLevel=1 -genkeypair -alias localhost -keyalg EC -groupname secp256r1 -validity 2 -dname CN=localhost"
                        + " -ext SAN=dns:localhost,ip:127.0.0.1 -storetype PKCS12 -storepass " + PASSWORD
                        + " -keystore ";
        Process process = new ProcessBuilder((keytool + arguments + store).split(" "))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new UncheckedIOException(new IOException(output));
        }
    }

    private static KeyStore load(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    private static void writePem(Path file, String type, byte[] content) throws IOException {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        Files.writeString(file, "-----BEGIN " + type + "-----\n" + base64 + "\n-----END " + type + "-----\n");
    }

    private static SSLContext trusting(Certificate certificate, @Nullable KeyManagerFactory own)
            throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("localhost", certificate);
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own == null ? null : own.getKeyManagers(), factory.getTrustManagers(), null);
        return context;
    }
}
