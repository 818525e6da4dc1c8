package dev.fanfare;

import dev.fanfare.testkit.BrokerProcess;
import dev.fanfare.testkit.Endurance;
import dev.fanfare.testkit.PythonProject;
import dev.fanfare.testkit.TestIssuer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Checks a node against the description that it serves: cases that openapi.yaml allows are accepted, others are rejected,
 * and every response is documented. Schemathesis generates the cases, with a fixed seed.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ApiDescriptionIT {

    private static final String SEED = "20261128";
    private static final String CASES_PER_OPERATION = String.valueOf(Endurance.count(4, 50));

    /** An existing connection for cases that need one: nothing listens on its port, so it keeps waiting. */
    private static final Map<String, String> CONNECTION = Map.of(
            "FANFARE_OUTBOUND_ALLOW", "127.0.0.1:9",
            "FANFARE_OUTBOUND_CONNECTIONS", "[{hub: described, url: 'ws://127.0.0.1:9', connectionId: feed}]");

    @Test
    void aNodeDoesWhatItsDescriptionSays() throws IOException, InterruptedException {
        PythonProject project = PythonProject.install(Path.of(System.getProperty("fanfare.basedir")), "api");
        TestIssuer issuer = new TestIssuer();
        Map<String, String> settings = new HashMap<>(issuer.brokerSettings("server"));
        settings.putAll(CONNECTION);
        try (BrokerProcess broker = BrokerProcess.start(settings)) {
            project.run(
                    Map.of("SCHEMATHESIS_HOOKS", "hooks", "NO_COLOR", "1"),
                    "-m",
                    "schemathesis.cli",
                    "run",
                    broker.endpoint() + "/api/openapi.yaml",
                    "--header",
                    "Authorization: Bearer " + issuer.token("server", Duration.ofHours(1), "server"),
                    "--phases",
                    "examples,coverage,fuzzing",
                    "--seed",
                    SEED,
                    "--generation-database",
                    "none",
                    // Python 3.11 cannot parse programs in several threads at once.
                    "--workers",
                    "1",
                    "--max-examples",
                    CASES_PER_OPERATION);
        }
    }
}
