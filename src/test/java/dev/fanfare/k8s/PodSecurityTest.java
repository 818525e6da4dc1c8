package dev.fanfare.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules of the Pod Security Standard "restricted", and what goes beyond it. */
class PodSecurityTest {

    private final PodSpec pod = Pods.spec();
    private final PodSecurityContext security = pod.getSecurityContext();
    private final SecurityContext container = Pods.container().getSecurityContext();

    @Test
    void theNamespaceTakesNothingLess() {
        assertEquals(
                "restricted",
                Manifests.read("namespace.yaml", Namespace.class)
                        .getMetadata()
                        .getLabels()
                        .get("pod-security.kubernetes.io/enforce"));
    }

    @Test
    void theProcessIsNotRootAndCannotBecomeIt() {
        assertEquals(true, security.getRunAsNonRoot());
        assertTrue(security.getRunAsUser() > 0 && security.getRunAsGroup() > 0);
        assertEquals(false, container.getAllowPrivilegeEscalation());
        assertEquals(List.of("ALL"), container.getCapabilities().getDrop());
        assertTrue(container.getCapabilities().getAdd().isEmpty());
        assertEquals("RuntimeDefault", security.getSeccompProfile().getType());
    }

    @Test
    void theProcessWritesToNothingButTheTemporaryFolder() {
        assertEquals(true, container.getReadOnlyRootFilesystem());
        Pods.container()
                .getVolumeMounts()
                .forEach(mount -> assertTrue(
                        mount.getMountPath().equals("/tmp") || Boolean.TRUE.equals(mount.getReadOnly()),
                        mount::toString));
    }

    @Test
    void theProcessHasNoTokenForTheApiOfKubernetes() {
        assertEquals(false, pod.getAutomountServiceAccountToken());
        assertEquals(
                false,
                Manifests.read("serviceaccount.yaml", ServiceAccount.class).getAutomountServiceAccountToken());
    }

    /** A Service named fanfare would otherwise bring variables such as FANFARE_PORT, which are no keys. */
    @Test
    void servicesAddNoVariables() {
        assertEquals(false, pod.getEnableServiceLinks());
    }
}
