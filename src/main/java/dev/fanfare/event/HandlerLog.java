package dev.fanfare.event;

import dev.fanfare.core.alert.AlertCause;
import dev.fanfare.core.alert.AlertSink;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs the state of a handler for one hub: its first failure with the cause, and its recovery. What happens in between
 * is left to the metrics. Used on the handler's event loop.
 */
final class HandlerLog {

    private static final Logger log = LoggerFactory.getLogger(HandlerLog.class);
    private static final long CALM_MILLIS = 10_000;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;

    private final String hub;
    private final String handler;
    private final AlertSink alerts;

    /** The event whose failure was logged; null while the handler works. */
    private @Nullable String failing;

    private long failedAt;

    /** @param handler its URL as it may be shown */
    HandlerLog(String hub, String handler, AlertSink alerts) {
        this.hub = hub;
        this.handler = handler;
        this.alerts = alerts;
    }

    /**
     * Records the outcome of an event. A handler that fails for one event and not for others is logged once.
     *
     * @param now milliseconds of a monotonic clock
     */
    void record(String event, @Nullable EventException failure, long now) {
        if (failure == null) {
            if (event.equals(failing) || now - failedAt > CALM_MILLIS) {
                recovered();
            }
            return;
        }
        if (!isFault(failure)) {
            return;
        }
        failedAt = now;
        if (failing == null) {
            failing = event;
            log.atWarn()
                    .addKeyValue("hub", hub)
                    .addKeyValue("handler", handler)
                    .addKeyValue("event", event)
                    .addKeyValue("reason", failure.outcome().name().toLowerCase(Locale.ROOT))
                    .addKeyValue("error", error(failure))
                    .log("an event handler failed");
        }
    }

    /** The circuit opened: no events are sent for a while. */
    void circuitOpened() {
        log.atWarn()
                .addKeyValue("hub", hub)
                .addKeyValue("handler", handler)
                .log("an event handler fails and gets no events for a while");
        alerts.raise(AlertCause.HANDLER_UNAVAILABLE, "hub " + hub + ", handler " + handler);
    }

    /** Logs the recovery, once. */
    void recovered() {
        if (failing != null) {
            failing = null;
            log.atInfo().addKeyValue("hub", hub).addKeyValue("handler", handler).log("an event handler works again");
        }
    }

    /** Whether it is more than the application's opinion of one event. A missing resource points to a wrong URL. */
    private static boolean isFault(EventException failure) {
        return switch (failure.outcome()) {
            case REFUSED ->
                failure.status() == NOT_FOUND || failure.status() == METHOD_NOT_ALLOWED || failure.handlerDown();
            case CANCELLED, QUEUE_FULL, CIRCUIT_OPEN -> false;
            default -> true;
        };
    }

    private static String error(EventException failure) {
        Throwable cause = failure.getCause();
        return failure.getMessage() + (cause == null ? "" : ": " + cause.getMessage());
    }
}
