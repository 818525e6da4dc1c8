package dev.fanfare.testkit;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * How tests wait for what must come: so long that a machine ten times slower than usual passes, too, which costs time only
 * where a test fails. They look at once, then after 1, 2, 4, ... ms, and at last ten times a second. Every test class gets it,
 * by {@code META-INF/services}.
 */
public final class Patience implements BeforeAllCallback {

    public static final Duration LIMIT = Duration.ofSeconds(60);

    private static final long LONGEST_INTERVAL_MILLIS = 100;

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(LIMIT);
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval((polls, previous) ->
                Duration.ofMillis(Math.min(LONGEST_INTERVAL_MILLIS, Math.max(1, 2 * previous.toMillis()))));
    }
}
