package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.ConformanceCase;
import dev.fanfare.testkit.DeflatedFrame;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestCertificate;
import dev.fanfare.testkit.TestNode;
import java.io.IOException;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Messages compressed by clients (RFC 7692), through the whole broker and over both transports. */
class CompressionConformanceTest {

    private static TestNode node;

    @BeforeAll
    static void start() {
        node = TestNode.start(
                TestCertificate.get(),
                // No ping comes between, however long a case takes.
                "KEEP_ALIVE_PING_SECONDS=3600",
                "KEEP_ALIVE_SILENT_SECONDS=7200",
                "HUBS={'*': {compression: {enabled: true, thresholdBytes: 268435456}}}");
    }

    @AfterAll
    static void stop() {
        assertEquals(0, node.metric("fanfare_bugs_total"), "the node caught faults of its own");
        node.close();
    }

    @TestFactory
    Stream<DynamicTest> everyCaseOverPlainTcp() throws IOException {
        return cases(node.port(), null);
    }

    @TestFactory
    Stream<DynamicTest> everyCaseOverTls() throws IOException {
        return cases(node.tlsPort(), TestCertificate.get().clientContext());
    }

    private static Stream<DynamicTest> cases(int port, @Nullable SSLContext tls) throws IOException {
        return ConformanceCase.ofCompression().stream()
                .map(one -> DynamicTest.dynamicTest(one.toString(), () -> run(one, port, tls)));
    }

    private static void run(ConformanceCase one, int port, @Nullable SSLContext tls) throws IOException {
        String target = node.client(null).may("sendToGroup").in("echo").target();
        String publisher = target + "&webpubsub_mode=sendToGroup&group=echo";
        try (RawWebSocketClient client = RawWebSocketClient.open(port, tls, publisher, DeflatedFrame.OFFER)) {
            if (one.wantsWitness()) {
                try (RawWebSocketClient witness = RawWebSocketClient.open(port, tls, target)) {
                    one.run(client, witness);
                }
            } else {
                one.run(client, null);
            }
        }
    }
}
