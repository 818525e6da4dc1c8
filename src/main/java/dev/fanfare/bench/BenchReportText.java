package dev.fanfare.bench;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Formats a report for people: what was done, a table, and whether it is valid. */
final class BenchReportText {

    private static final double MILLI = 1_000;

    private final StringBuilder text = new StringBuilder();

    private BenchReportText() {}

    static String of(BenchReport benchReport) {
        BenchReportText made = new BenchReportText();
        made.plan(benchReport.plan());
        made.connections(benchReport);
        if (benchReport.plan().mode() == Mode.FANOUT) {
            made.messages(benchReport.messages());
        }
        made.driver(benchReport);
        made.verdict(benchReport);
        return made.text.toString();
    }

    private void plan(Plan plan) {
        Plan.Load load = plan.load();
        line(
                "%s of %s, %s",
                lower(plan.mode()),
                urls(plan.endpoints()),
                lower(plan.endpoints().loadSubprotocol()));
        switch (plan.mode()) {
            case FANOUT ->
                line(
                        "%s in %s; %,.1f messages a second in bursts of %,d, %s each, by %s",
                        count(load.connections(), "connection"),
                        count(load.groups(), "group"),
                        load.rate(),
                        load.burst(),
                        count(load.size(), "byte"),
                        count(load.publishers(), "publisher"));
            case IDLE -> line("%s in %s", count(load.connections(), "connection"), count(load.groups(), "group"));
            case CONNECT ->
                line(
                        "at most %s at once; %s",
                        count(load.connections(), "connection"),
                        load.rate() == 0 ? "as many as go" : text("%,.1f a second", load.rate()));
        }
        line(
                "%.1f s of warm-up, %.1f s measured, %s",
                plan.timing().warmUp().toMillis() / MILLI,
                plan.timing().duration().toMillis() / MILLI,
                count(plan.threads(), "thread"));
        line("");
    }

    private static String urls(Plan.Endpoints endpoints) {
        String members = joined(endpoints.urls());
        return endpoints.publisherUrls().equals(endpoints.urls())
                ? members
                : members + ", published at " + joined(endpoints.publisherUrls());
    }

    private static String joined(List<URI> urls) {
        return urls.stream().map(URI::toString).collect(Collectors.joining(", "));
    }

    private void connections(BenchReport benchReport) {
        BenchReport.Connections connections = benchReport.connections();
        row("connections opened", text("%,d", connections.opened()), text("%,.0f/s", connections.perSecond()));
        row("connections failed", text("%,d", connections.failed()), "");
        row("connections ended early", text("%,d", connections.closedEarly()), "");
        connections.problems().forEach((reason, count) -> line("    %,d x %s", count, reason));
        spread("connect", connections.micros());
    }

    private void messages(BenchReport.Messages messages) {
        row("published", text("%,d", messages.published()), text("%,.0f/s", messages.publishedPerSecond()));
        row("delivered", text("%,d", messages.delivered()), text("%,.0f/s", messages.deliveredPerSecond()));
        row("lost", text("%,d", messages.lost()), "");
        row("doubled", text("%,d", messages.doubled()), "");
        row("out of order", text("%,d", messages.outOfOrder()), "");
        if (messages.foreign() > 0) {
            row("of other publishers", text("%,d", messages.foreign()), "");
        }
        spread("latency", messages.latencyMicros());
    }

    private void driver(BenchReport benchReport) {
        row(
                "driver, busiest thread",
                text("%.0f %%", 100 * benchReport.drivers().busiest()),
                "of its time");
        if (benchReport.plan().mode() == Mode.FANOUT) {
            spread("driver late", benchReport.drivers().lateMicros());
            row(
                    "driver held back",
                    text("%,d", benchReport.drivers().heldBack()),
                    "times, by a server that did not read");
        }
    }

    private void verdict(BenchReport benchReport) {
        line("");
        if (benchReport.valid()) {
            line("VALID");
        } else {
            line("NOT VALID: do not use these numbers.");
            benchReport.reasons().forEach(reason -> line("  * %s", reason));
        }
    }

    private void spread(String name, Spread spread) {
        if (spread.count() > 0) {
            row(
                    name + ", ms",
                    text("p50 %.2f", spread.p50() / MILLI),
                    text(
                            "p90 %.2f   p99 %.2f   p99.9 %.2f   max %.2f   mean %.2f",
                            spread.p90() / MILLI,
                            spread.p99() / MILLI,
                            spread.p999() / MILLI,
                            spread.max() / MILLI,
                            spread.mean() / MILLI));
        }
    }

    private void row(String name, String value, String more) {
        text.append(text("%-24s %14s   %s", name, value, more).stripTrailing()).append('\n');
    }

    private void line(String format, Object... arguments) {
        text.append(text(format, arguments)).append('\n');
    }

    /** A number of things, such as "1 connection" or "2,000 connections". */
    static String count(long number, String one) {
        return text("%,d %s", number, number == 1 ? one : one + "s");
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String text(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
