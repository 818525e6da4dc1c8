package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.testkit.TestCertificate;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PfxOptions;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateFilesTest {

    private static final String PSS = "RSASSA-PSS";
    private static final String PASSWORD = "for-tests-only";

    private static KeyCertOptions pair(byte[] key) throws Exception {
        Path certificate = TestCertificate.get().certificateFile();
        return new PemKeyCertOptions()
                .setKeyValue(Buffer.buffer(key))
                .setCertValue(Buffer.buffer(Files.readAllBytes(certificate)));
    }

    private static byte[] generated() throws Exception {
        byte[] key = KeyPairGenerator.getInstance("EC")
                .generateKeyPair()
                .getPrivate()
                .getEncoded();
        return ("-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(key)
                        + "\n-----END PRIVATE KEY-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    @Test
    void aKeyAndItsCertificateAreAPair() throws Exception {
        KeyCertOptions own = pair(Files.readAllBytes(TestCertificate.get().keyFile()));
        assertDoesNotThrow(() -> CertificateFiles.requirePair(own, "the.key", "the.certificate"));
    }

    @Test
    void anotherKeyIsRefused() throws Exception {
        KeyCertOptions other = pair(generated());
        CertificateException failure = assertThrows(
                CertificateException.class, () -> CertificateFiles.requirePair(other, "the.key", "the.certificate"));
        assertEquals("the.key is not the key of the.certificate", failure.getMessage());
    }

    /** Their certificates say that signatures are RSASSA-PSS; the PEM files that Vert.x reads do not hold such keys. */
    @Test
    void aPssKeyOfAnotherCertificateIsRefused(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("pss.p12");
        List<String> keytool = List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                PSS,
                "-sigalg",
                PSS,
                "-dname",
                "CN=node",
                "-alias",
                "own",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                file.toString());
        assertEquals(0, new ProcessBuilder(keytool).start().waitFor());
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        assertDoesNotThrow(() -> CertificateFiles.requirePair(options(store), "the.key", "the.certificate"));
        for (String algorithm : List.of(PSS, "EC")) {
            PrivateKey other =
                    KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPrivate();
            store.setKeyEntry("own", other, PASSWORD.toCharArray(), store.getCertificateChain("own"));
            assertThrows(
                    CertificateException.class,
                    () -> CertificateFiles.requirePair(options(store), "the.key", "the.certificate"));
        }
    }

    private static KeyCertOptions options(KeyStore store) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        store.store(bytes, PASSWORD.toCharArray());
        return new PfxOptions().setValue(Buffer.buffer(bytes.toByteArray())).setPassword(PASSWORD);
    }
}
