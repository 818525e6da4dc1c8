package dev.fanfare.scenario;

import java.util.ArrayList;
import java.util.List;

/** The accounts of scenarios, to be read by people. */
final class ScenarioTable {

    private static final String FORMAT = "%-32s %8s %10s %11s %11s %8s %6s %8s %9s %8s %6s %11s %10s%n";

    private final List<String> lines = new ArrayList<>();

    ScenarioTable() {
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

    void add(String scenario, ScenarioAccount scenarioAccount) {
        lines.add(FORMAT.formatted(
                scenario,
                scenarioAccount.members(),
                scenarioAccount.published(),
                scenarioAccount.due(),
                scenarioAccount.delivered(),
                scenarioAccount.excused(),
                scenarioAccount.lost(),
                scenarioAccount.doubled(),
                scenarioAccount.disordered(),
                scenarioAccount.resumed(),
                scenarioAccount.anew(),
                scenarioAccount.replayMillis() + " ms",
                scenarioAccount.silenceMillis() + " ms"));
    }

    @Override
    public String toString() {
        return String.join("", lines);
    }
}
