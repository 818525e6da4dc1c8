package dev.fanfare.scenario;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.BrokerProcess;
import dev.fanfare.testkit.ClusterNodes;
import dev.fanfare.testkit.JavaCommand;
import dev.fanfare.testkit.LaterVersion;
import dev.fanfare.testkit.ProcessNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes of two releases side by side, while all of them are replaced under load, and back. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RollingReplacementIT {

    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final boolean ENDURANCE = Boolean.getBoolean("fanfare.endurance");
    private static final Path BASE = Path.of(System.getProperty("fanfare.basedir", "."));
    private static final Path PREVIOUS = BASE.resolve("target/previous-release/fanfare.jar");

    private static final Scenario.Load LOAD =
            ENDURANCE ? new Scenario.Load(600, 12, 6, 10) : new Scenario.Load(120, 6, 6, 10);

    private static final int NODES = 3;
    private static final int CALM_MILLIS = 1000;
    private static final List<String> THIS = BrokerProcess.program();

    /** The messages of kinds that only {@link LaterVersion} knows. */
    private static final List<String> UNKNOWN = List.of("routing", "handover", "operation", "note");

    @Test
    void aLaterVersionReplacesThisOneAndIsReplaced(@TempDir Path folder) throws Exception {
        List<String> later = LaterVersion.program(folder);
        run(THIS, later, (cluster, mixed) -> {
            ProcessNode ours = cluster.node(NODES - 1);
            for (String message : UNKNOWN) {
                String series = "fanfare_remote_unknown_total{message=\"" + message + "\"}";
                await().until(() -> ours.metric(series) > 0);
            }
            assertEquals(0, ours.metric("fanfare_remote_refused_total"));
            assertEquals(0, ours.metric("fanfare_cluster_incompatible_members"));
        });
    }

    @Test
    void thePreviousReleaseIsReplacedAndReplacesThisOne() throws Exception {
        if (ENDURANCE && !Files.exists(PREVIOUS)) {
            ProcessBuilder build = new ProcessBuilder(
                            BASE.resolve("src/test/scripts/previous-release").toString())
                    .inheritIO();
            String offline = "offline=true".equals(System.getProperty("fanfare.maven.mode")) ? " -o" : "";
            build.environment().putIfAbsent("MAVEN", System.getProperty("fanfare.maven", "mvn") + offline);
            assertEquals(0, build.start().waitFor());
        }
        Assumptions.assumeTrue(Files.exists(PREVIOUS), "src/test/scripts/previous-release has built nothing");
        run(JavaCommand.ofJar(PREVIOUS), THIS, (cluster, ours) -> {
            assertEquals(0, ours.metric("fanfare_remote_refused_total"));
            assertEquals(0, ours.metric("fanfare_cluster_incompatible_members"));
        });
    }

    private interface Check {
        /** @param replaced the node that is the first of the other program */
        void mixed(ClusterNodes cluster, ProcessNode replaced) throws Exception;
    }

    /** Replaces the nodes of one program by nodes of the other, and some or all of them back. */
    private static void run(List<String> first, List<String> second, Check check) throws Exception {
        System.out.println("RollingReplacementIT seed=" + SEED);
        Random random = new Random(SEED);
        try (ClusterNodes cluster =
                        ClusterNodes.start(first, NODES, "SHUTDOWN_DELAY_SECONDS=2", "SHUTDOWN_TIMEOUT_SECONDS=60");
                Scenario scenario = new Scenario(LOAD, cluster, random)) {
            scenario.start();
            FaultInjector faultInjector = new FaultInjector(scenario, random, 0);
            scenario.goOn(CALM_MILLIS);
            cluster.runFromNowOn(second);
            faultInjector.replace(0);
            check.mixed(cluster, cluster.node(0));
            faultInjector.moveAll();
            faultInjector.replace(1);
            faultInjector.moveAll();
            if (ENDURANCE) {
                faultInjector.replace(2);
                cluster.runFromNowOn(first);
                faultInjector.replaceAll();
            } else {
                cluster.runFromNowOn(first);
                faultInjector.replace(0);
            }
            faultInjector.moveAll();
            ScenarioAccount scenarioAccount = scenario.finish();
            System.out.println(scenarioAccount);
            assertEquals(0, scenarioAccount.lost(), scenarioAccount::toString);
            assertEquals(0, scenarioAccount.doubled(), scenarioAccount::toString);
            assertEquals(0, scenarioAccount.disordered(), scenarioAccount::toString);
            assertEquals(0, scenarioAccount.refused(), scenarioAccount::toString);
            assertEquals(0, scenarioAccount.anew(), scenarioAccount::toString);
            assertEquals(scenarioAccount.due(), scenarioAccount.delivered(), scenarioAccount::toString);
        }
    }
}
