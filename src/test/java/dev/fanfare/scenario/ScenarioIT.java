package dev.fanfare.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.NodeNetwork;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Nodes are killed, hang and are cut off, and sockets are cut, under load. */
class ScenarioIT extends ScenarioRuns {

    /** Enough for eight cuts, so that most clients lose several sockets, some of them while they recover. */
    private static final long SOCKETS_MILLIS = Math.max(10_000, FAULT_MILLIS);

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
}
