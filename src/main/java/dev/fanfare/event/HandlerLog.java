package dev.fanfare.event;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the log says of a handler for one hub: its first failure with the cause, and that it works again. What comes between
 * is counted by the metrics. Belongs to the handler's event loop.
 */
final class HandlerLog {

    private static final Logger log = LoggerFactory.getLogger(HandlerLog.class);
    private static final long CALM_MILLIS = 10_000;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;

    private final String hub;
    private final String handler;

    /** Whose failure was told. */
    private @Nullable String failing;

    private long failedAt;

    /** @param handler its URL as it may be shown */
    HandlerLog(String hub, String handler) {
        this.hub = hub;
        this.handler = handler;
    }

    /**
     * An event was answered, or was not. Of a handler that fails for one event and not for others that is told once.
     *
     * @param now milliseconds of any clock that does not go back
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

    /** After so many failures no event is sent for a while. */
    void circuitOpened() {
        log.atWarn()
                .addKeyValue("hub", hub)
                .addKeyValue("handler", handler)
                .log("an event handler fails and is left alone for a while");
    }

    /** Says so once. */
    void recovered() {
        if (failing != null) {
            failing = null;
            log.atInfo().addKeyValue("hub", hub).addKeyValue("handler", handler).log("an event handler works again");
        }
    }

    /** Whether it is not simply what the application thinks of an event. That nothing is there is a wrong URL. */
    private static boolean isFault(EventException failure) {
        return switch (failure.outcome()) {
            case REFUSED -> failure.status() == NOT_FOUND || failure.status() == METHOD_NOT_ALLOWED || failure.handlerDown();
            case CANCELLED, QUEUE_FULL, CIRCUIT_OPEN -> false;
            default -> true;
        };
    }

    private static String error(EventException failure) {
        Throwable cause = failure.getCause();
        return failure.getMessage() + (cause == null ? "" : ": " + cause.getMessage());
    }
}
