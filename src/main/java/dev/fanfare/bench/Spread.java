package dev.fanfare.bench;

import org.HdrHistogram.Histogram;

/**
 * The distribution of times, in microseconds.
 *
 * @param count of the values
 * @param mean of the values
 * @param p50 the median
 * @param p90 90 % are not above this
 * @param p99 99 % are not above this
 * @param p999 99.9 % are not above this
 * @param max the maximum
 */
public record Spread(long count, double mean, double p50, double p90, double p99, double p999, double max) {

    private static final double NANOS = 1_000;

    static Spread of(Histogram nanos) {
        return new Spread(
                nanos.getTotalCount(),
                nanos.getMean() / NANOS,
                at(nanos, 50),
                at(nanos, 90),
                at(nanos, 99),
                at(nanos, 99.9),
                nanos.getMaxValue() / NANOS);
    }

    private static double at(Histogram nanos, double percentile) {
        return nanos.getValueAtPercentile(percentile) / NANOS;
    }
}
