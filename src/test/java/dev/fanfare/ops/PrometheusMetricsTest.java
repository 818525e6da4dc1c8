package dev.fanfare.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.protocol.Subprotocol;
import dev.fanfare.ops.Metrics.Drop;
import dev.fanfare.ops.Metrics.Gauge;
import dev.fanfare.ops.Metrics.Handshake;
import dev.fanfare.ops.Metrics.Limit;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PrometheusMetricsTest {

    private static final Path LISTING = Path.of("src/test/resources/metrics.txt");
    private static final Path DOCUMENTATION = Path.of("src/docs/metrics.md");
    private static final Pattern TABLE_ROW = Pattern.compile(
            "^\\| `(fanfare_\\w+)` \\| (\\w+) \\|([^|]*)\\| [^|]{10,} \\| [^|]+ \\|$", Pattern.MULTILINE);

    private final PrometheusMetrics metrics =
            new PrometheusMetrics("1.2.3", Set.of("expired", "malformed"), Set.of("sendToGroup", "addToGroup"));

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void ourMetricsAreExactlyThoseListed() throws Exception {
        assertEquals(String.join("\n", Files.readAllLines(LISTING)), String.join("\n", exported()));
    }

    @Test
    void theDocumentationNamesExactlyWhatIsExported() throws Exception {
        List<String> documented = TABLE_ROW
                .matcher(Files.readString(DOCUMENTATION))
                .results()
                .map(PrometheusMetricsTest::documentedMetric)
                .sorted()
                .toList();
        assertEquals(String.join("\n", exported()), String.join("\n", documented));
    }

    private static String documentedMetric(MatchResult row) {
        String labels = row.group(3).replaceAll("[` ]", "");
        return (row.group(1) + " " + row.group(2) + " " + labels).strip();
    }

    /** Our metrics, a line each: name, type, labels. */
    private List<String> exported() throws Exception {
        return Scrape.of(metrics).families.entrySet().stream()
                .filter(family -> family.getKey().startsWith("fanfare_"))
                .map(family -> (family.getKey() + " " + family.getValue().type() + " "
                                + String.join(",", family.getValue().labels()))
                        .strip())
                .sorted()
                .toList();
    }

    @Test
    void platformMetricsKeepTheirStandardNames() throws Exception {
        Set<String> names = Scrape.of(metrics).families.keySet();
        assertTrue(names.containsAll(Set.of(
                "jvm_memory_used_bytes",
                "jvm_gc_live_data_size_bytes",
                "jvm_threads_live_threads",
                "process_cpu_usage",
                "process_files_open_files",
                "process_start_time_seconds",
                "process_uptime_seconds")));
        for (String name : names) {
            assertTrue(name.matches("(fanfare|jvm|process|system)_.+"), name);
        }
    }

    @Test
    void everySeriesExistsFromTheStart() throws Exception {
        Scrape scrape = Scrape.of(metrics);
        for (Handshake outcome : Handshake.values()) {
            assertEquals(0, scrape.value("fanfare_handshakes_total{outcome=\"" + label(outcome) + "\"}"));
        }
        for (Subprotocol subprotocol : Subprotocol.values()) {
            String name = subprotocol.wireName();
            assertEquals(0, scrape.value("fanfare_connections{subprotocol=\"" + name + "\"}"));
            for (CloseReason reason : CloseReason.values()) {
                assertEquals(
                        0,
                        scrape.value("fanfare_closes_total{reason=\"" + reason.label() + "\",subprotocol=\"" + name
                                + "\"}"));
            }
        }
        for (CloseReason reason : CloseReason.values()) {
            assertEquals(0, scrape.value("fanfare_detached_total{reason=\"" + reason.label() + "\"}"));
        }
        for (Drop reason : Drop.values()) {
            assertEquals(0, scrape.value("fanfare_drops_total{reason=\"" + label(reason) + "\"}"));
        }
        for (Limit limit : Limit.values()) {
            assertEquals(0, scrape.value("fanfare_limits_reached_total{limit=\"" + label(limit) + "\"}"));
        }
        for (ErrorCode error : ErrorCode.values()) {
            assertEquals(0, scrape.value("fanfare_requests_refused_total{error=\"" + label(error) + "\"}"));
        }
        for (String reason : List.of("expired", "malformed", "other")) {
            assertEquals(0, scrape.value("fanfare_tokens_refused_total{reason=\"" + reason + "\"}"));
        }
        for (String operation : List.of("sendToGroup", "addToGroup", "unknown")) {
            for (String status : List.of("2xx", "4xx", "5xx")) {
                assertEquals(0, scrape.value(calls("count", operation, status)));
            }
        }
        for (Gauge gauge : Gauge.values()) {
            assertEquals(0, scrape.value(gauge.metricName()));
        }
        assertEquals(1, scrape.value("fanfare_build_info{version=\"1.2.3\"}"));
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static String calls(String suffix, String operation, String status) {
        return "fanfare_api_calls_seconds_" + suffix + "{operation=\"" + operation + "\",status=\"" + status + "\"}";
    }

    @Test
    void usingEveryMethodAddsNoSeries() throws Exception {
        long before = Scrape.of(metrics).ours();
        Stream.of(Handshake.values()).forEach(metrics::handshake);
        Stream.of(CloseReason.values()).forEach(metrics::detached);
        Stream.of(Limit.values()).forEach(metrics::limitReached);
        Stream.of(ErrorCode.values()).forEach(metrics::requestRefused);
        Stream.of(Drop.values()).forEach(reason -> metrics.dropped(reason, 1));
        for (Subprotocol subprotocol : Subprotocol.values()) {
            metrics.opened(subprotocol);
            Stream.of(CloseReason.values()).forEach(reason -> metrics.closed(subprotocol, reason));
        }
        for (int i = 0; i < 1000; i++) {
            metrics.tokenRefused("reason-" + i);
            metrics.apiCall("operation-" + i, i, i);
        }
        Scrape scrape = Scrape.of(metrics);
        assertEquals(before, scrape.ours());
        assertEquals(1000, scrape.value("fanfare_tokens_refused_total{reason=\"other\"}"));
        assertEquals(400, scrape.value(calls("count", "unknown", "2xx")));
        assertEquals(100, scrape.value(calls("count", "unknown", "4xx")));
        assertEquals(500, scrape.value(calls("count", "unknown", "5xx")));
    }

    @Test
    void countsExactlyUnderConcurrency() throws Exception {
        int threads = 4;
        int rounds = 20_000;
        CyclicBarrier start = new CyclicBarrier(threads);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            running.add(pool.submit(() -> {
                start.await();
                for (int round = 0; round < rounds; round++) {
                    countEverything();
                }
                return null;
            }));
        }
        for (Future<?> one : running) {
            one.get(60, TimeUnit.SECONDS);
        }
        pool.shutdown();

        Scrape scrape = Scrape.of(metrics);
        double calls = (double) threads * rounds;
        assertEquals(calls, scrape.value("fanfare_handshakes_total{outcome=\"accepted\"}"));
        assertEquals(calls, scrape.value("fanfare_tokens_refused_total{reason=\"expired\"}"));
        assertEquals(calls, scrape.value("fanfare_connections{subprotocol=\"json.webpubsub.azure.v1\"}"));
        assertEquals(0, scrape.value("fanfare_connections{subprotocol=\"raw\"}"));
        assertEquals(
                calls, scrape.value("fanfare_closes_total{reason=\"silent\",subprotocol=\"json.webpubsub.azure.v1\"}"));
        assertEquals(calls, scrape.value("fanfare_detached_total{reason=\"connection_lost\"}"));
        assertEquals(2 * calls, scrape.value("fanfare_messages_received_total"));
        assertEquals(7 * calls, scrape.value("fanfare_received_bytes_total"));
        assertEquals(3 * calls, scrape.value("fanfare_messages_published_total"));
        assertEquals(5 * calls, scrape.value("fanfare_deliveries_total"));
        assertEquals(11 * calls, scrape.value("fanfare_delivered_bytes_total"));
        assertEquals(13 * calls, scrape.value("fanfare_drops_total{reason=\"slow_consumer\"}"));
        assertEquals(calls, scrape.value("fanfare_limits_reached_total{limit=\"message_rate\"}"));
        assertEquals(calls, scrape.value("fanfare_requests_refused_total{error=\"not_found\"}"));
        assertEquals(calls, scrape.value(calls("count", "sendToGroup", "2xx")));
        assertEquals(calls, scrape.value("fanfare_bugs_total"));
    }

    private void countEverything() {
        metrics.handshake(Handshake.ACCEPTED);
        metrics.tokenRefused("expired");
        metrics.opened(Subprotocol.JSON);
        metrics.opened(Subprotocol.JSON);
        metrics.closed(Subprotocol.JSON, CloseReason.SILENT);
        metrics.detached(CloseReason.CONNECTION_LOST);
        metrics.received(2, 7);
        metrics.published(3);
        metrics.delivered(5, 11);
        metrics.dropped(Drop.SLOW_CONSUMER, 13);
        metrics.limitReached(Limit.MESSAGE_RATE);
        metrics.requestRefused(ErrorCode.NOT_FOUND);
        metrics.apiCall("sendToGroup", 202, 1_000_000);
        metrics.bug();
        metrics.moved(Subprotocol.JSON, Metrics.Move.IN);
        metrics.moved(Subprotocol.JSON, Metrics.Move.OUT);
        metrics.tlsReload(Metrics.TlsReload.LOADED);
    }

    @Test
    void callsFallIntoTheBucketOfTheirDuration() throws Exception {
        metrics.apiCall("addToGroup", 404, TimeUnit.MILLISECONDS.toNanos(20));
        Scrape scrape = Scrape.of(metrics);
        String bucket = "fanfare_api_calls_seconds_bucket{operation=\"addToGroup\",status=\"4xx\",le=\"%s\"}";
        assertEquals(0, scrape.value(bucket.formatted("0.005")));
        assertEquals(1, scrape.value(bucket.formatted("0.025")));
        assertEquals(1, scrape.value(bucket.formatted("2.5")));
        assertEquals(0.02, scrape.value(calls("sum", "addToGroup", "4xx")), 1e-9);
    }

    @Test
    void gaugesAddUpAllShardsButTheLagIsThatOfTheSlowest() throws Exception {
        metrics.gauge(Gauge.GROUPS, () -> 2);
        metrics.gauge(Gauge.GROUPS, () -> 3);
        metrics.gauge(Gauge.EVENT_LOOP_LAG_SECONDS, () -> 0.25);
        metrics.gauge(Gauge.EVENT_LOOP_LAG_SECONDS, () -> 0.5);
        metrics.gauge(Gauge.EVENT_LOOP_LAG_SECONDS, () -> 0.125);
        Scrape scrape = Scrape.of(metrics);
        assertEquals(5, scrape.value("fanfare_groups"));
        assertEquals(0.5, scrape.value("fanfare_event_loop_lag_seconds"));
    }

    @Test
    void aFailingGaugeSpoilsNoOther() throws Exception {
        metrics.gauge(Gauge.GROUPS, () -> {
            throw new IllegalStateException("shard=gone");
        });
        metrics.gauge(Gauge.QUEUED_BYTES, () -> 7);
        Scrape scrape = Scrape.of(metrics);
        assertTrue(Double.isNaN(scrape.value("fanfare_groups")));
        assertEquals(7, scrape.value("fanfare_outbound_queued_bytes"));
    }

    @Test
    void countersOutliveGarbageCollection() throws Exception {
        metrics.bug();
        System.gc();
        assertEquals(1, Scrape.of(metrics).value("fanfare_bugs_total"));
    }

    @Test
    void openMetricsEndsAsItMust() throws Exception {
        String text = new String(metrics.scrape(Exposition.OPEN_METRICS), StandardCharsets.UTF_8);
        assertTrue(text.endsWith("# EOF\n"));
        assertTrue(text.contains("fanfare_bugs_total 0.0\n"));
        assertFalse(text.contains(" # {"), "exemplars are off");
    }
}
