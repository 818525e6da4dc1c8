package dev.fanfare.sdk;

import dev.fanfare.testkit.BrokerProcess;
import dev.fanfare.testkit.FreePorts;
import dev.fanfare.testkit.PythonProject;
import dev.fanfare.testkit.TcpProxy;
import dev.fanfare.testkit.TestCertificate;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * The Python SDKs, unmodified; the tests themselves are in {@code src/test/python/sdk}. Unlike the others this client sends an
 * {@code Origin}, which is that of the node.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class PythonSdkIT {

    private final int handlerPort = FreePorts.take(1).get(0);
    private PythonProject project;
    private BrokerProcess broker;
    private TcpProxy proxy;
    private ProxyControl control;

    @BeforeAll
    void start() throws IOException, InterruptedException {
        project = PythonProject.install(Path.of(System.getProperty("fanfare.basedir")), "sdk");
        Map<String, String> settings = new HashMap<>(TestCertificate.get().brokerSettings());
        settings.put(
                "FANFARE_HUBS",
                "{handled: {eventHandlers: [{urlTemplate: 'http://127.0.0.1:" + handlerPort
                        + "/{hub}/{event}', systemEvents: [connect], userEventPattern: '*', retries: 0}]}}");
        broker = BrokerProcess.start(settings);
        proxy = TcpProxy.to(broker.port());
        control = ProxyControl.of(proxy);
    }

    @AfterAll
    void stop() throws IOException {
        if (broker != null) { // not where the test is skipped
            control.close();
            proxy.close();
            broker.close();
        }
    }

    @Test
    void clientSdk() throws IOException, InterruptedException {
        run("test_client.py", broker.endpoint());
    }

    @Test
    void clientSdkWithTls() throws IOException, InterruptedException {
        run(
                "test_client.py",
                broker.tlsEndpoint(),
                "ClientTest.test_members_receive_what_others_publish_until_they_leave");
    }

    @Test
    void clientSdkBehindANetworkThatBreaks() throws IOException, InterruptedException {
        run("test_recovery.py", broker.endpoint());
    }

    @Test
    void eventHandlers() throws IOException, InterruptedException {
        run("test_events.py", broker.endpoint());
    }

    @Test
    void serverSdk() throws IOException, InterruptedException {
        run("test_service.py", broker.endpoint());
    }

    private void run(String file, URI endpoint, String... tests) throws IOException, InterruptedException {
        String trusted = TestCertificate.get().certificateFile().toString();
        project.run(
                Map.of(
                        "FANFARE_CONNECTION_STRING",
                        broker.connectionString(endpoint),
                        "FANFARE_HANDLER_PORT",
                        String.valueOf(handlerPort),
                        "FANFARE_PROXY",
                        "127.0.0.1:" + proxy.port(),
                        "FANFARE_PROXY_CONTROL",
                        control.endpoint().toString(),
                        "REQUESTS_CA_BUNDLE",
                        trusted,
                        "WEBSOCKET_CLIENT_CA_BUNDLE",
                        trusted),
                Stream.concat(Stream.of(file), Stream.of(tests)).toArray(String[]::new));
    }
}
