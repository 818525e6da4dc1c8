package dev.fanfare;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.ConformanceCase;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestCertificate;
import dev.fanfare.testkit.TestNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * RFC 6455 by the Autobahn test suite, strict, through the whole broker and over both transports. The echo is a raw client
 * that publishes to its own group.
 */
class ConformanceTest {

    private static final String BIG = String.valueOf(4 * ConformanceCase.LIMIT);

    private static TestNode node;

    @BeforeAll
    static void start() {
        node = TestNode.start(
                TestCertificate.get(),
                // No ping comes between, however long a case takes.
                "KEEP_ALIVE_PING_SECONDS=3600",
                "KEEP_ALIVE_SILENT_SECONDS=7200",
                "LIMITS_MESSAGE_BYTES=" + ConformanceCase.LIMIT,
                "LIMITS_FRAME_BYTES=" + ConformanceCase.LIMIT,
                "LIMITS_FRAMES_PER_MESSAGE=" + ConformanceCase.FRAGMENTS,
                "LIMITS_MESSAGES_PER_SECOND=0",
                "LIMITS_OUTBOUND_BYTES_PER_CONNECTION=" + BIG,
                "LIMITS_UNACKNOWLEDGED_BYTES_PER_SESSION=" + BIG,
                "LIMITS_IN_FLIGHT_BYTES=" + BIG);
    }

    @AfterAll
    static void stop() {
        assertEquals(0, node.metric("fanfare_bugs_total"), "the node caught faults of its own");
        node.close();
    }

    @Test
    void noCaseOfTheSuiteIsMissingAndNoneIsThereTwice() throws IOException {
        Map<String, Long> numbers =
                ConformanceCase.all().stream().collect(groupingBy(ConformanceCase::number, TreeMap::new, counting()));
        TreeSet<String> missing = new TreeSet<>(ConformanceCase.required().toList());
        assertEquals(301, missing.size());
        missing.removeAll(numbers.keySet());
        assertEquals(List.of(), List.copyOf(missing));
        numbers.values().removeIf(count -> count == 1);
        assertEquals(Map.of(), numbers);
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
        return ConformanceCase.all().stream()
                .map(one -> DynamicTest.dynamicTest(one.toString(), () -> run(one, port, tls)));
    }

    private static void run(ConformanceCase one, int port, @Nullable SSLContext tls) throws IOException {
        String target = node.client(null).may("sendToGroup").in("echo").target();
        String publisher = target + "&webpubsub_mode=sendToGroup&group=echo";
        try (RawWebSocketClient client = RawWebSocketClient.open(port, tls, publisher)) {
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
