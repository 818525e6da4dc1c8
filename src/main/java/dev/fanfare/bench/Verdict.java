package dev.fanfare.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Decides whether the numbers of a run are valid, and why not. */
final class Verdict {

    /** A driver that runs for a larger share of the time than this is a bottleneck, or about to be one. */
    static final double SATURATED = 0.8;

    /** A burst sent later than this is late, in microseconds. */
    static final double LATE_MICROS = 10_000;

    /** More late bursts than this share are too many. */
    static final double LATE_SHARE = 0.01;

    private Verdict() {}

    /** The reasons, most important first; none if the numbers are valid. */
    static List<String> reasons(
            Mode mode,
            BenchReport.Connections connections,
            BenchReport.Messages messages,
            BenchReport.Drivers drivers) {
        List<String> reasons = new ArrayList<>();
        if (drivers.busiest() > SATURATED) {
            reasons.add(text(
                    "the driver was saturated: a thread of it ran %.0f %% of the time, and %.0f %% is the most that is"
                            + " believed",
                    100 * drivers.busiest(), 100 * SATURATED));
        }
        if (drivers.lateShare() > LATE_SHARE) {
            reasons.add(text(
                    "the driver was late: it sent %.1f %% of the bursts more than %.0f ms after they were due",
                    100 * drivers.lateShare(), LATE_MICROS / 1_000));
        }
        if (connections.failed() > 0) {
            reasons.add(BenchReportText.count(connections.failed(), "connection") + " could not be opened");
        }
        if (connections.closedEarly() > 0) {
            String ended = BenchReportText.count(connections.closedEarly(), "connection");
            reasons.add(ended + " ended before " + (connections.closedEarly() == 1 ? "its" : "their") + " time");
        }
        if (mode == Mode.FANOUT) {
            addMessages(reasons, messages);
        } else if (mode == Mode.CONNECT && connections.micros().count() == 0) {
            reasons.add("no connection was opened in the measured time");
        }
        return reasons;
    }

    private static void addMessages(List<String> reasons, BenchReport.Messages messages) {
        if (messages.lost() > 0) {
            String lost = messages.lost() == 1 ? "1 delivery was" : text("%,d deliveries were", messages.lost());
            reasons.add(lost + " lost or came too late, and the latencies know nothing of that");
        }
        if (messages.delivered() == 0) {
            reasons.add("nothing was delivered in the measured time");
        }
    }

    private static String text(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
