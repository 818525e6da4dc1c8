package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fanfare.testkit.TestCertificate;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateException;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class CertificateFilesTest {

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
}
