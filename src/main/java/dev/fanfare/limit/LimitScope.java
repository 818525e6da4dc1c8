package dev.fanfare.limit;

import dev.fanfare.ops.Metrics;

/** Who shares a limit. */
enum LimitScope {
    USER("the user", "limits.perUser"),
    ADDRESS("the address", "limits.perAddress"),
    HUB("the hub", "hubs.limits");

    private final String text;
    private final String section;

    LimitScope(String text, String section) {
        this.text = text;
        this.section = section;
    }

    /** For people. */
    String text() {
        return text;
    }

    /** The section of the configuration. */
    String section() {
        return section;
    }

    /** The label of a limit. */
    Metrics.Limit label(LimitedActivity activity) {
        return Metrics.Limit.valueOf(name() + "_" + activity.name());
    }
}
