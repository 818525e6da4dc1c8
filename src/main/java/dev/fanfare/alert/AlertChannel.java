package dev.fanfare.alert;

import dev.fanfare.core.alert.AlertNotice;
import dev.fanfare.ops.Metrics;
import io.vertx.core.Future;
import java.util.List;

/** One way to people. Used on one event loop. */
interface AlertChannel {

    /** The most time for one attempt. */
    long TIMEOUT_MILLIS = 30_000;

    /** The most time for a connection, a part of that. */
    int CONNECT_MILLIS = 10_000;

    /** What it is, for logs and people; without secrets. */
    String name();

    /** Where it leads: equal for channels that reach the same people, before and after a change of settings. */
    Object target();

    /** All that it sends with, secrets included: equal for channels that differ in nothing. Not for logs. */
    Object content();

    /** Its kind, for metrics. */
    Metrics.AlertMedium medium();

    /**
     * Sends a notice once. Fails if it was not accepted; ends within {@link #TIMEOUT_MILLIS}, and no connection remains.
     *
     * @return the receivers that were refused while others were accepted
     */
    Future<List<String>> send(AlertNotice notice);
}
