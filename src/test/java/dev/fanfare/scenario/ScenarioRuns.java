package dev.fanfare.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.ClusterNodes;
import dev.fanfare.testkit.Endurance;
import dev.fanfare.testkit.NodeNetwork;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.opentest4j.TestAbortedException;

/**
 * What a cluster promises under load while it is hurt. {@code -Dseed=N} repeats the choices of a run, as far as processes
 * and networks repeat anything. Faults last as long as it takes to notice them; {@code mvn -P endurance verify} makes each
 * last a minute at least ({@code fanfare.faultSeconds}).
 */
abstract class ScenarioRuns {

    private static final long SEED = Long.getLong("seed", System.nanoTime());
    static final long FAULT_MILLIS = 1000 * Long.getLong("fanfare.faultSeconds", 0);

    static final Scenario.Load SMALL = new Scenario.Load(300, 6, 6, 10);
    static final Scenario.Load LARGE = new Scenario.Load(Endurance.count(300, 3000), 30, 6, 5);

    /** Before a fault and after it: five messages of each publisher, or more. */
    private static final int CALM_MILLIS = Endurance.count(1000, 3000);

    private static final ScenarioTable TABLE = new ScenarioTable();

    static String noNetwork = "";
    static @Nullable NodeNetwork network;
    private static ClusterNodes cluster;

    interface Course {
        void run(FaultInjector faultInjector) throws Exception;
    }

    @BeforeAll
    static void start() throws Exception {
        System.out.println("seed=" + SEED);
        try {
            network = NodeNetwork.create(3);
        } catch (TestAbortedException e) {
            noNetwork = String.valueOf(e.getMessage());
        }
        // A slow machine needs long to bring all clients back, and a node ends sessions that were not fetched in time.
        String[] settings = {"SHUTDOWN_DELAY_SECONDS=2", "SHUTDOWN_TIMEOUT_SECONDS=60"};
        cluster = network == null ? ClusterNodes.start(3, settings) : ClusterNodes.start(network, settings);
    }

    @AfterAll
    static void stop() throws Exception {
        System.out.println(TABLE);
        cluster.close();
        if (network != null) {
            network.close();
            network = null;
        }
    }

    static ScenarioAccount run(String name, Scenario.Load load, long faultMillis, Course course) throws Exception {
        Random random = new Random(SEED);
        try (Scenario scenario = new Scenario(load, cluster, random)) {
            scenario.start();
            FaultInjector faultInjector = new FaultInjector(scenario, random, faultMillis);
            faultInjector.moveAll();
            scenario.goOn(CALM_MILLIS);
            course.run(faultInjector);
            scenario.awaitEverybody();
            int anew = scenario.anew();
            faultInjector.moveAll();
            faultInjector.moveAll();
            scenario.watch(false);
            scenario.goOn(CALM_MILLIS);
            assertEquals(anew, scenario.anew(), "sessions that were lost when nothing was wrong any more");
            ScenarioAccount scenarioAccount = scenario.finish();
            TABLE.add(name, scenarioAccount);
            assertEquals(0, scenarioAccount.lost(), scenarioAccount::toString);
            assertEquals(0, scenarioAccount.doubled(), scenarioAccount::toString);
            assertEquals(0, scenarioAccount.disordered(), scenarioAccount::toString);
            assertEquals(0, scenarioAccount.refused(), scenarioAccount::toString);
            return scenarioAccount;
        }
    }
}
