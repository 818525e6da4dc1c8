package dev.fanfare.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.config.Config;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.apps.DeploymentSpec;
import io.fabric8.kubernetes.api.model.apps.RollingUpdateDeployment;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The patience of Kubernetes, held against the time a node takes to leave. */
class DrainTest {

    private final DeploymentSpec deployment = Manifests.deployment().getSpec();
    private final Config.Shutdown shutdown = KubernetesConfig.load().shutdown();

    /** From the decision to take the node away to the end of its process, at the most. */
    private final Duration leaving = Duration.ofSeconds(
            Pods.container().getLifecycle().getPreStop().getSleep().getSeconds() + shutdown.timeoutSeconds());

    @Test
    void theNodeIsNotKilledBeforeItHasDrained() {
        Duration grace = Duration.ofSeconds(Pods.spec().getTerminationGracePeriodSeconds());
        assertTrue(grace.compareTo(leaving.plusSeconds(10)) >= 0);
    }

    @Test
    void theOtherNodesGetItsClientsOneAfterTheOther() {
        assertTrue(shutdown.closeSeconds() >= 20);
        assertTrue(shutdown.closeSeconds() <= (shutdown.timeoutSeconds() - shutdown.delaySeconds()) / 2);
    }

    @Test
    void nodesLeaveOneAfterTheOther() {
        assertTrue(Duration.ofSeconds(deployment.getMinReadySeconds()).compareTo(leaving) > 0);
        assertEquals(
                1,
                Manifests.read("poddisruptionbudget.yaml", PodDisruptionBudget.class)
                        .getSpec()
                        .getMaxUnavailable()
                        .getIntVal());
    }

    @Test
    void anUpdateTakesNoNodeBeforeItsSuccessorIsReady() {
        RollingUpdateDeployment update = deployment.getStrategy().getRollingUpdate();
        assertEquals(1, update.getMaxSurge().getIntVal());
        assertEquals(0, update.getMaxUnavailable().getIntVal());
    }

    @Test
    void readinessIsSeenToBeGoneBeforeTheNodeStopsToAccept() {
        Probe readiness = Pods.container().getReadinessProbe();
        assertEquals("/readyz", readiness.getHttpGet().getPath());
        int seen = readiness.getPeriodSeconds() * readiness.getFailureThreshold() + readiness.getTimeoutSeconds();
        assertTrue(seen <= shutdown.delaySeconds());
    }

    @Test
    void otherNodesNeverMakeANodeDead() {
        assertEquals("/livez", Pods.container().getLivenessProbe().getHttpGet().getPath());
        assertEquals("/livez", Pods.container().getStartupProbe().getHttpGet().getPath());
    }
}
