package dev.fanfare.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Formats a report for programs. */
final class BenchReportJson {

    private static final double MILLI = 1_000;

    private BenchReportJson() {}

    static String of(BenchReport benchReport) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("valid", benchReport.valid());
        json.put("reasons", benchReport.reasons());
        json.put("plan", plan(benchReport.plan()));
        json.put("connections", connections(benchReport.connections()));
        if (benchReport.plan().mode() == Mode.FANOUT) {
            json.put("messages", messages(benchReport.messages()));
        }
        json.put("driver", driver(benchReport.drivers()));
        try {
            return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers cannot be written as JSON", e);
        }
    }

    private static Map<String, Object> plan(Plan plan) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("mode", lower(plan.mode()));
        json.put("urls", texts(plan.endpoints().urls()));
        json.put("publisherUrls", texts(plan.endpoints().publisherUrls()));
        json.put("subprotocol", lower(plan.endpoints().loadSubprotocol()));
        json.put("connections", plan.load().connections());
        json.put("groups", plan.load().groups());
        json.put("publishers", plan.load().publishers());
        json.put("rate", plan.load().rate());
        json.put("burst", plan.load().burst());
        json.put("size", plan.load().size());
        json.put("warmUpSeconds", plan.timing().warmUp().toMillis() / MILLI);
        json.put("durationSeconds", plan.timing().duration().toMillis() / MILLI);
        json.put("threads", plan.threads());
        return json;
    }

    private static List<String> texts(List<URI> urls) {
        return urls.stream().map(URI::toString).toList();
    }

    private static Map<String, Object> connections(BenchReport.Connections connections) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("opened", connections.opened());
        json.put("failed", connections.failed());
        json.put("closedEarly", connections.closedEarly());
        json.put("perSecond", rounded(connections.perSecond()));
        json.put("micros", spread(connections.micros()));
        json.put("problems", connections.problems());
        return json;
    }

    private static Map<String, Object> messages(BenchReport.Messages messages) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("published", messages.published());
        json.put("publishedPerSecond", rounded(messages.publishedPerSecond()));
        json.put("delivered", messages.delivered());
        json.put("deliveredPerSecond", rounded(messages.deliveredPerSecond()));
        json.put("lost", messages.lost());
        json.put("doubled", messages.doubled());
        json.put("outOfOrder", messages.outOfOrder());
        json.put("foreign", messages.foreign());
        json.put("latencyMicros", spread(messages.latencyMicros()));
        return json;
    }

    private static Map<String, Object> driver(BenchReport.Drivers drivers) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(
                "cpuShares",
                drivers.cpuShares().stream()
                        .map(share -> rounded(share * MILLI) / MILLI)
                        .toList());
        json.put("lateShare", drivers.lateShare());
        json.put("lateMicros", spread(drivers.lateMicros()));
        json.put("heldBack", drivers.heldBack());
        return json;
    }

    private static Map<String, Object> spread(Spread spread) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("count", spread.count());
        json.put("mean", rounded(spread.mean()));
        json.put("p50", rounded(spread.p50()));
        json.put("p90", rounded(spread.p90()));
        json.put("p99", rounded(spread.p99()));
        json.put("p99.9", rounded(spread.p999()));
        json.put("max", rounded(spread.max()));
        return json;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static double rounded(double value) {
        return Math.round(value * 10) / 10.0;
    }
}
