package dev.fanfare.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** The certificates of the event bus, which this release of Vert.x lets us replace only by its private fields. */
class BusTest {

    private static final ClusterTls TLS = ClusterTls.derived(List.of("an-access-key-of-the-cluster"));

    @Test
    void newConnectionsUseTheRenewedCertificate() throws Exception {
        Instant[] now = {Instant.now()};
        MemberCredentials credentials = new MemberCredentials(TLS, "fanfare", "n", () -> now[0]);
        credentials.refresh();
        List<Integer> ports = FreePorts.take(2);
        int busPort = ports.get(1);
        ClusterOptions options = ClusterOptions.at("127.0.0.1", TLS).withPorts(ports.get(0), busPort);
        ClusterMembers members = new ClusterMembers(new MemberIdentity(true, "n", "127.0.0.1", busPort), bus -> {});
        Vertx vertx = await(Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(Bus.options(options, credentials)))
                .withClusterManager(members)
                .buildClustered());
        try {
            Certificate first = certificate(credentials, busPort);
            assertEquals(first, certificate(credentials, busPort));

            now[0] = now[0].plus(Duration.ofHours(13));
            assertTrue(credentials.refresh());
            await(Bus.renew(vertx, credentials));

            assertTrue(!first.equals(certificate(credentials, busPort)));
        } finally {
            await(vertx.close());
        }
    }

    /** Of the bus that listens there. */
    private static Certificate certificate(MemberCredentials credentials, int port) throws Exception {
        try (SSLSocket socket =
                (SSLSocket) credentials.context().getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.startHandshake();
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(30, TimeUnit.SECONDS);
    }
}
