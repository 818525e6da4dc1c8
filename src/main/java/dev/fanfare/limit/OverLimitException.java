package dev.fanfare.limit;

import dev.fanfare.ops.Metrics;
import java.util.concurrent.TimeUnit;

/** Something is refused since a limit has been reached. The message is for the client. Has no stack trace. */
public final class OverLimitException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Metrics.Limit limit;
    private final String setting;
    private final long retrySeconds;

    /**
     * @param text what has been reached
     * @param setting the configuration key that decides
     * @param waitNanos when to come back
     */
    OverLimitException(Metrics.Limit limit, String text, String setting, long waitNanos) {
        super(text + "; try again in " + seconds(waitNanos) + " s", null, false, false);
        this.limit = limit;
        this.setting = setting;
        this.retrySeconds = seconds(waitNanos);
    }

    private static long seconds(long nanos) {
        return Math.max(1, (nanos + TimeUnit.SECONDS.toNanos(1) - 1) / TimeUnit.SECONDS.toNanos(1));
    }

    /** The label for the metric. */
    public Metrics.Limit limit() {
        return limit;
    }

    /** The configuration key that decides. */
    public String setting() {
        return setting;
    }

    /** The value of Retry-After, in seconds, at least 1. */
    public long retrySeconds() {
        return retrySeconds;
    }
}
