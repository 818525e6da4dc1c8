package dev.fanfare.hardening;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.RawFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestHandler;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates that change while the node runs, certificates in a key store, and client certificates. */
@Tag("attack")
class TlsCertificatesIT {

    @TempDir
    private static Path first;

    @TempDir
    private static Path second;

    private static TestChain chain;
    private static TestChain foreign;

    @BeforeAll
    static void makeCertificates() throws Exception {
        chain = TestChain.in(first);
        foreign = TestChain.in(second);
    }

    @Test
    void aChangedCertificateIsShownToNewConnectionsAndOpenOnesStay(@TempDir Path directory) throws Exception {
        TestChain before = chain.copiedTo(directory);
        TestChain after = foreign;
        try (HardenedNode node = start(before);
                RawWebSocketClient old = RawWebSocketClient.open(
                        node.tlsPort(), before.clientContext(), HardenedNode.target(HardenedNode.HUB))) {
            HardenedNode.Counter loaded = node.counter("fanfare_tls_reloads_total{outcome=\"loaded\"}");
            assertEquals(expiry(before, node), node.metric("fanfare_tls_certificate_expiry_timestamp_seconds"));
            Files.copy(after.keyFile(), before.keyFile(), StandardCopyOption.REPLACE_EXISTING);
            Files.copy(after.chainFile(), before.chainFile(), StandardCopyOption.REPLACE_EXISTING);
            loaded.awaitMoved(1);
            await().untilAsserted(() -> handshake(node, after.clientContext()));
            assertThrows(IOException.class, () -> handshake(node, before.clientContext()));
            assertEquals(expiry(after, node), node.metric("fanfare_tls_certificate_expiry_timestamp_seconds"));
            old.send(RawFrame.close(1000, ""));
            assertEquals(1000, old.readClose().closeCode());
        }
    }

    @Test
    void filesThatCannotBeUsedChangeNothingAndAreReportedOnce(@TempDir Path directory) throws Exception {
        TestChain changed = chain.copiedTo(directory);
        try (HardenedNode node = start(changed)) {
            HardenedNode.Counter failed = node.counter("fanfare_tls_reloads_total{outcome=\"failed\"}");
            Files.copy(foreign.keyFile(), changed.keyFile(), StandardCopyOption.REPLACE_EXISTING);
            failed.awaitMoved(1);
            handshake(node, chain.clientContext());
            Files.writeString(changed.chainFile(), "no certificate");
            failed.awaitMoved(2);
            handshake(node, chain.clientContext());
        }
    }

    @Test
    void keyAndCertificateMayComeInOneKeyStore() throws Exception {
        Path store = chain.leafStore(first);
        try (HardenedNode node = HardenedNode.start(
                "SERVER_TLS_ENABLED=true",
                "SERVER_TLS_PORT=0",
                "SERVER_TLS_KEY_STORE_FILE=" + store,
                "SERVER_TLS_KEY_STORE_PASSWORD=" + TestChain.PASSWORD,
                "SERVER_TLS_PROTOCOLS=TLSv1.3",
                "SERVER_TLS_CIPHERS=TLS_AES_256_GCM_SHA384")) {
            try (SSLSocket socket = connect(node, chain.clientContext())) {
                socket.startHandshake();
                assertEquals("TLSv1.3", socket.getSession().getProtocol());
                assertEquals("TLS_AES_256_GCM_SHA384", socket.getSession().getCipherSuite());
            }
            try (SSLSocket socket = connect(node, chain.clientContext())) {
                socket.setEnabledProtocols(new String[] {"TLSv1.2"});
                assertThrows(IOException.class, socket::startHandshake);
            }
        }
    }

    @Test
    void clientsWithoutAValidCertificateAreNotLetIn() throws Exception {
        SSLContext good = chain.contextOfClient("good");
        SSLContext revoked = chain.contextOfClient("revoked");
        SSLContext unknown = foreign.contextOfClient("foreign");
        try (HardenedNode node = start(
                chain,
                "SERVER_TLS_CLIENT_CERTIFICATES=required",
                "SERVER_TLS_TRUST_FILE=" + chain.rootFile(first),
                "SERVER_TLS_REVOCATION_FILE=" + chain.revoke(first, "revoked"))) {
            RawWebSocketClient.open(node.tlsPort(), good, HardenedNode.target(HardenedNode.HUB))
                    .close();
            for (SSLContext bad : new SSLContext[] {chain.clientContext(), revoked, unknown}) {
                assertThrows(
                        IOException.class,
                        () -> RawWebSocketClient.open(node.tlsPort(), bad, HardenedNode.target(HardenedNode.HUB)));
            }
        }
    }

    @Test
    void theEventHandlerSeesTheCertificateOfAClient() throws Exception {
        SSLContext shows = chain.contextOfClient("shows");
        try (TestHandler handler = TestHandler.start();
                HardenedNode node = start(
                        chain,
                        handler.everythingOf(HardenedNode.HUB),
                        "SERVER_TLS_CLIENT_CERTIFICATES=optional",
                        "SERVER_TLS_TRUST_FILE=" + chain.rootFile(first))) {
            RawWebSocketClient.open(node.tlsPort(), shows, HardenedNode.target(HardenedNode.HUB))
                    .close();
            JsonArray certificates = handler.next("connect").json().getJsonArray("clientCertificates");
            assertEquals(1, certificates.size());
            JsonObject certificate = certificates.getJsonObject(0);
            X509Certificate read = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(
                            certificate.getString("content").getBytes(StandardCharsets.US_ASCII)));
            assertEquals("CN=shows", read.getSubjectX500Principal().getName());
            assertTrue(certificate.getString("thumbprint").matches("[0-9A-F]{40}"));
            RawWebSocketClient.open(node.tlsPort(), chain.clientContext(), HardenedNode.target(HardenedNode.HUB))
                    .close();
            assertEquals(new JsonArray(), handler.next("connect").json().getJsonArray("clientCertificates"));
        }
    }

    private static HardenedNode start(TestChain shown, String... more) throws Exception {
        String[] settings = {
            "SERVER_TLS_ENABLED=true",
            "SERVER_TLS_PORT=0",
            "SERVER_TLS_RELOAD_SECONDS=1",
            "SERVER_TLS_KEY_FILE=" + shown.keyFile(),
            "SERVER_TLS_CERTIFICATE_FILE=" + shown.chainFile()
        };
        String[] all = Arrays.copyOf(settings, settings.length + more.length);
        System.arraycopy(more, 0, all, settings.length, more.length);
        return HardenedNode.start(all);
    }

    private static SSLSocket connect(HardenedNode node, SSLContext context) throws IOException {
        SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), node.tlsPort());
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static Certificate[] handshake(HardenedNode node, SSLContext context) throws IOException {
        try (SSLSocket socket = connect(node, context)) {
            socket.startHandshake();
            return socket.getSession().getPeerCertificates();
        }
    }

    private static double expiry(TestChain shown, HardenedNode node) throws IOException {
        long earliest = Stream.of(handshake(node, shown.clientContext()))
                .mapToLong(certificate -> ((X509Certificate) certificate)
                        .getNotAfter()
                        .toInstant()
                        .getEpochSecond())
                .min()
                .orElseThrow();
        return (double) earliest;
    }
}
