package dev.fanfare.ops;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Timers of REST calls, by operation and status class. */
final class ApiCalls {

    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(25),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofMillis(2500)
    };

    private final KnownLabels<OperationTimers> operations;

    ApiCalls(MeterRegistry registry, Set<String> operationIds) {
        operations = new KnownLabels<>(operationIds, "unknown", id -> OperationTimers.register(registry, id));
    }

    void ended(String operationId, int status, long nanos) {
        operations.of(operationId).timer(status).record(nanos, TimeUnit.NANOSECONDS);
    }

    /** The timers of one operation. The API never redirects, so any status below 400 is a success. */
    private record OperationTimers(Timer success, Timer callerError, Timer ourError) {

        static OperationTimers register(MeterRegistry registry, String id) {
            return new OperationTimers(
                    timer(registry, id, "2xx"), timer(registry, id, "4xx"), timer(registry, id, "5xx"));
        }

        private static Timer timer(MeterRegistry registry, String operation, String status) {
            return Timer.builder("fanfare_api_calls_seconds")
                    .description("Time from a complete REST request to its response")
                    .tag("operation", operation)
                    .tag("status", status)
                    .serviceLevelObjectives(BUCKETS)
                    .register(registry);
        }

        Timer timer(int status) {
            if (status < 400) {
                return success;
            }
            return status < 500 ? callerError : ourError;
        }
    }
}
