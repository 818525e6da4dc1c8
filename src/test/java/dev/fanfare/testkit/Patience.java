package dev.fanfare.testkit;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * How long tests wait for what must come: so long that a machine ten times slower than usual passes, too. It costs time
 * only where a test fails. Every test class gets it, by {@code META-INF/services}.
 */
public final class Patience implements BeforeAllCallback {

    public static final Duration LIMIT = Duration.ofSeconds(60);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultTimeout(LIMIT);
    }
}
