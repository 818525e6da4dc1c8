package dev.fanfare.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.ClusterNodes;
import dev.fanfare.testkit.Endurance;
import dev.fanfare.testkit.NodeNetwork;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.opentest4j.TestAbortedException;

/**
 * What a cluster promises under load while it is hurt. {@code -Dseed=N} repeats the choices of a run, as far as processes
 * and networks repeat anything. Faults last as long as it takes to notice them; {@code mvn -P endurance verify} makes each
 * last a minute at least ({@code fanfare.faultSeconds}).
 */
class ScenarioIT {

    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final long FAULT_MILLIS = 1000 * Long.getLong("fanfare.faultSeconds", 0);

    /** Enough for eight cuts, so that most clients lose several sockets, some of them while they recover. */
    private static final long SOCKETS_MILLIS = Math.max(10_000, FAULT_MILLIS);

    private static final Scenario.Load SMALL = new Scenario.Load(300, 6, 6, 10);
    private static final Scenario.Load LARGE = new Scenario.Load(Endurance.count(600, 3000), 30, 6, 5);

    /** Before a fault and after it: five messages of each publisher, or more. */
    private static final int CALM_MILLIS = Endurance.count(1000, 3000);

    private static final ScenarioTable TABLE = new ScenarioTable();

    private static String noNetwork = "";
    private static @Nullable NodeNetwork network;
    private static ClusterNodes cluster;

    private interface Course {
        void run(FaultInjector faultInjector) throws Exception;
    }

    @BeforeAll
    static void start() throws Exception {
        System.out.println("ScenarioIT seed=" + SEED);
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
        }
    }

    @Test
    void oneNodeIsKilled() throws Exception {
        ScenarioAccount scenarioAccount = run("one node killed", SMALL, FAULT_MILLIS, FaultInjector::kill);
        assertTrue(scenarioAccount.anew() > 0, scenarioAccount::toString);
    }

    @Test
    void oneNodeHangs() throws Exception {
        run("one node hung", SMALL, FAULT_MILLIS, FaultInjector::hang);
    }

    @Test
    void oneNodeIsCutOff() throws Exception {
        NodeNetwork cuttable = network == null ? Assumptions.abort(noNetwork) : network;
        ScenarioAccount scenarioAccount =
                run("one node cut off", SMALL, FAULT_MILLIS, faultInjector -> faultInjector.cutOff(cuttable));
        assertEquals(0, scenarioAccount.anew(), scenarioAccount::toString);
    }

    @Test
    void socketsAreCut() throws Exception {
        ScenarioAccount scenarioAccount =
                run("sockets cut at random", SMALL, SOCKETS_MILLIS, FaultInjector::cutSockets);
        assertEquals(scenarioAccount.due(), scenarioAccount.delivered(), scenarioAccount::toString);
        assertEquals(0, scenarioAccount.anew(), scenarioAccount::toString);
        assertTrue(scenarioAccount.resumed() > SMALL.members(), scenarioAccount::toString);
    }

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void allNodesAreReplacedOneAfterTheOtherAndAgain() throws Exception {
        ScenarioAccount scenarioAccount =
                run("all nodes replaced in turn, twice", LARGE, FAULT_MILLIS, faultInjector -> {
                    faultInjector.replaceAll();
                    faultInjector.moveAll();
                    faultInjector.replaceAll();
                });
        assertEquals(scenarioAccount.due(), scenarioAccount.delivered(), scenarioAccount::toString);
        assertEquals(0, scenarioAccount.anew(), scenarioAccount::toString);
    }

    private static ScenarioAccount run(String name, Scenario.Load load, long faultMillis, Course course)
            throws Exception {
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
