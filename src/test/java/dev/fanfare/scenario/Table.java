package dev.fanfare.scenario;

import java.util.ArrayList;
import java.util.List;

/** The accounts of scenarios, to be read by people. */
final class Table {

    private static final String FORMAT = "%-32s %8s %10s %11s %11s %8s %6s %8s %9s %8s %6s %11s %10s%n";

    private final List<String> lines = new ArrayList<>();

    Table() {
        lines.add(FORMAT.formatted(
                "scenario",
                "members",
                "published",
                "due",
                "delivered",
                "excused",
                "lost",
                "doubled",
                "disorder",
                "resumed",
                "anew",
                "replay p99",
                "silence"));
    }

    void add(String scenario, Account account) {
        lines.add(FORMAT.formatted(
                scenario,
                account.members(),
                account.published(),
                account.due(),
                account.delivered(),
                account.excused(),
                account.lost(),
                account.doubled(),
                account.disordered(),
                account.resumed(),
                account.anew(),
                account.replayMillis() + " ms",
                account.silenceMillis() + " ms"));
    }

    @Override
    public String toString() {
        return String.join("", lines);
    }
}
