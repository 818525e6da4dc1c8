package dev.fanfare;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.ConformanceCase;
import dev.fanfare.testkit.Endurance;
import dev.fanfare.testkit.RawWebSocketClient;
import dev.fanfare.testkit.TestCertificate;
import dev.fanfare.testkit.TestNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
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
 * that publishes to its own group. Over TLS, one case of each kind is run of those that differ in sizes only.
 */
class ConformanceTest {

    private static final String BIG = String.valueOf(4 * ConformanceCase.LIMIT);

    /** Those that differ in sizes only; over TLS each megabyte costs as much time as a hundred other cases. */
    private static final Pattern SIZES = Pattern.compile("9\\..*|L\\.9");

    private static final Set<String> SIZES_OVER_TLS =
            Set.of("9.1.1", "9.2.3", "9.4.7", "9.5.6", "9.6.3", "9.7.3", "9.8.3");

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
        return cases(one -> true, node.port(), null);
    }

    @TestFactory
    Stream<DynamicTest> everyKindOfCaseOverTls() throws IOException {
        return cases(
                one -> Endurance.ON || !SIZES.matcher(one.number()).matches() || SIZES_OVER_TLS.contains(one.number()),
                node.tlsPort(),
                TestCertificate.get().clientContext());
    }

    private static Stream<DynamicTest> cases(Predicate<ConformanceCase> which, int port, @Nullable SSLContext tls)
            throws IOException {
        return ConformanceCase.all().stream()
                .filter(which)
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
