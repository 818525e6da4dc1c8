package dev.fanfare.bench;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The result of a run. Immutable.
 *
 * @param plan what was requested
 * @param reasons why the numbers are not valid; none if they are
 * @param connections how they were opened
 * @param messages what was published and received
 * @param drivers the state of the driver
 */
public record BenchReport(
        Plan plan, List<String> reasons, Connections connections, Messages messages, Drivers drivers) {

    /**
     * The connections of a run.
     *
     * @param opened connections that became ready; in mode connect, in the measured time
     * @param failed connections that did not
     * @param closedEarly connections that ended before their time
     * @param perSecond opened per second
     * @param micros from connecting to ready, or from when it was due if there is a rate
     * @param problems why connections failed or ended, and how many did; only the first 20 kinds
     */
    public record Connections(
            long opened, long failed, long closedEarly, double perSecond, Spread micros, Map<String, Long> problems) {}

    /**
     * The messages of a run. Published and delivered ones are those that were due in the measured time; all other
     * counts are of the whole run.
     *
     * @param published messages
     * @param publishedPerSecond messages
     * @param delivered messages, to each member
     * @param deliveredPerSecond messages, to each member
     * @param lost deliveries that did not arrive, or arrived too late to be counted
     * @param doubled deliveries that arrived again
     * @param outOfOrder deliveries that arrived after a later message of the same publisher and group
     * @param foreign messages that are not of this run
     * @param latencyMicros from when a message was due to when a member had it
     */
    public record Messages(
            long published,
            double publishedPerSecond,
            long delivered,
            double deliveredPerSecond,
            long lost,
            long doubled,
            long outOfOrder,
            long foreign,
            Spread latencyMicros) {}

    /**
     * The state of the driver.
     *
     * @param cpuShares the share of the measured time in which each thread was running, 0 to 1
     * @param lateMicros by how much bursts were sent after they were due
     * @param lateShare of the bursts, those that were more than 10 ms late, 0 to 1
     * @param heldBack how often the driver waited because the server did not read
     */
    public record Drivers(List<Double> cpuShares, Spread lateMicros, double lateShare, long heldBack) {

        /** The share of the busiest thread. */
        public double busiest() {
            return cpuShares.stream().mapToDouble(each -> each).max().orElse(0);
        }
    }

    static BenchReport of(
            Plan plan, Tally tally, long connectNanos, long lost, long doubled, long outOfOrder, List<Double> cpu) {
        double seconds = plan.timing().duration().toNanos() / 1e9;
        Connections connections = new Connections(
                tally.openedMeasured,
                tally.failed,
                tally.closedEarly,
                tally.openedMeasured * 1e9 / Math.max(1, connectNanos),
                Spread.of(tally.connect),
                new TreeMap<>(tally.failures()));
        Messages messages = new Messages(
                tally.publishedMeasured,
                tally.publishedMeasured / seconds,
                tally.delivered,
                tally.delivered / seconds,
                lost,
                doubled,
                outOfOrder,
                tally.foreign,
                Spread.of(tally.latency));
        Drivers drivers = new Drivers(cpu, Spread.of(tally.lateness), lateShare(tally), tally.heldBack);
        return new BenchReport(
                plan, Verdict.reasons(plan.mode(), connections, messages, drivers), connections, messages, drivers);
    }

    private static double lateShare(Tally tally) {
        long bursts = tally.lateness.getTotalCount();
        long limit = (long) (Verdict.LATE_MICROS * 1_000);
        long onTime = bursts == 0 ? 0 : tally.lateness.getCountBetweenValues(0, limit);
        return bursts == 0 ? 0 : (bursts - onTime) / (double) bursts;
    }

    /** Whether the numbers are valid. */
    public boolean valid() {
        return reasons.isEmpty();
    }

    /** A table for people. */
    public String toText() {
        return BenchReportText.of(this);
    }

    /** One JSON object for programs. */
    public String toJson() {
        return BenchReportJson.of(this);
    }
}
