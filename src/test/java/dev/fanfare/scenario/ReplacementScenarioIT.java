package dev.fanfare.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fanfare.testkit.Endurance;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All nodes are replaced under load, beside the other scenarios in another JVM. */
class ReplacementScenarioIT extends ScenarioRuns {

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void allNodesAreReplacedOneAfterTheOtherAndAgain() throws Exception {
        ScenarioAccount scenarioAccount =
                run("all nodes replaced in turn, and again", LARGE, FAULT_MILLIS, faultInjector -> {
                    faultInjector.replaceAll();
                    faultInjector.moveAll();
                    if (Endurance.ON) {
                        faultInjector.replaceAll();
                    } else {
                        faultInjector.replace(0);
                    }
                });
        assertEquals(scenarioAccount.due(), scenarioAccount.delivered(), scenarioAccount::toString);
        assertEquals(0, scenarioAccount.anew(), scenarioAccount::toString);
    }
}
