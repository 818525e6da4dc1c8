package dev.fanfare.sdk;

import dev.fanfare.testkit.BrokerProcess;
import dev.fanfare.testkit.FreePorts;
import dev.fanfare.testkit.TcpProxy;
import dev.fanfare.testkit.TestCertificate;
import dev.fanfare.testkit.TestIssuer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** The JavaScript SDKs; the tests themselves are in {@code src/test/js}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class JavaScriptSdkIT {

    private NodeProject project;
    private final TestIssuer issuer = new TestIssuer();
    private final int handlerPort = FreePorts.take(1).get(0);
    private BrokerProcess broker;
    private TcpProxy proxy;
    private ProxyControl control;

    @BeforeAll
    void start() throws IOException, InterruptedException {
        project = NodeProject.install(Path.of(System.getProperty("fanfare.basedir")));
        Map<String, String> settings = new HashMap<>(TestCertificate.get().brokerSettings());
        settings.putAll(issuer.brokerSettings("server"));
        settings.put("FANFARE_KEEP_ALIVE_PING_SECONDS", "2");
        settings.put("FANFARE_KEEP_ALIVE_SILENT_SECONDS", "6");
        settings.put(
                "FANFARE_HUBS", "{compressed: {compression: {enabled: true, thresholdBytes: 100}}, " + handled() + "}");
        broker = BrokerProcess.start(settings);
        proxy = TcpProxy.to(broker.port());
        control = ProxyControl.of(proxy);
    }

    @AfterAll
    void stop() throws IOException {
        control.close();
        proxy.close();
        broker.close();
    }

    @Test
    void clientSdk() throws IOException, InterruptedException {
        run("client.test.js", broker.endpoint());
    }

    @Test
    void clientSdkBehindANetworkThatBreaks() throws IOException, InterruptedException {
        run("recovery.test.js", broker.endpoint());
    }

    @Test
    void compression() throws IOException, InterruptedException {
        run("compression.test.js", broker.endpoint());
    }

    @Test
    void compressionWithTls() throws IOException, InterruptedException {
        run("compression.test.js", broker.tlsEndpoint());
    }

    @Test
    void eventHandlers() throws IOException, InterruptedException {
        run("events.test.js", broker.endpoint());
    }

    @Test
    void serverSdk() throws IOException, InterruptedException {
        run("server.test.js", broker.endpoint());
    }

    @Test
    void clientSdkWithTls() throws IOException, InterruptedException {
        run("client.test.js", broker.tlsEndpoint());
    }

    @Test
    void serverSdkWithTls() throws IOException, InterruptedException {
        run("server.test.js", broker.tlsEndpoint());
    }

    @Test
    void serverSdkThatAnIdentityProviderVouchesFor() throws IOException, InterruptedException {
        run("issuer.test.js", broker.tlsEndpoint());
    }

    /** The hubs of {@code events.test.js}. */
    private String handled() {
        String handler = "{eventHandlers: [{urlTemplate: 'http://127.0.0.1:" + handlerPort
                + "/api/webpubsub/hubs/{hub}/{event}', systemEvents: [connect, connected, disconnected],"
                + " userEventPattern: '*', retries: 0, circuitSeconds: 1}]}";
        return "handled: " + handler + ", guarded: " + handler + ", closed: " + handler;
    }

    private void run(String file, URI endpoint) throws IOException, InterruptedException {
        project.test(
                file,
                Map.of(
                        "FANFARE_CONNECTION_STRING", broker.connectionString(endpoint),
                        "FANFARE_ISSUER_TOKEN", issuer.token("server", Duration.ofHours(1), "server"),
                        "FANFARE_HANDLER_PORT", String.valueOf(handlerPort),
                        "FANFARE_PROXY", "127.0.0.1:" + proxy.port(),
                        "FANFARE_PROXY_CONTROL", control.endpoint().toString(),
                        "NODE_EXTRA_CA_CERTS",
                                TestCertificate.get().certificateFile().toString()));
    }
}
