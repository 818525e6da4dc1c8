package dev.fanfare.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretVolumeSource;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.CrossVersionObjectReference;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What one object says of another holds. */
class ReferencesTest {

    private final Service service = Manifests.read("service.yaml", Service.class);
    private final Service nodes = Manifests.read("nodes.yaml", Service.class);

    @Test
    void everySelectorFindsThePods() {
        assertTrue(Pods.areSelectedBy(Manifests.deployment().getSpec().getSelector()));
        assertTrue(Pods.areSelectedBy(service.getSpec().getSelector()));
        assertTrue(Pods.areSelectedBy(nodes.getSpec().getSelector()));
        assertTrue(Pods.areSelectedBy(Manifests.read("poddisruptionbudget.yaml", PodDisruptionBudget.class)
                .getSpec()
                .getSelector()));
        assertTrue(Pods.areSelectedBy(Manifests.read("networkpolicy.yaml", NetworkPolicy.class)
                .getSpec()
                .getPodSelector()));
        Pods.spec()
                .getTopologySpreadConstraints()
                .forEach(constraint -> assertTrue(Pods.areSelectedBy(constraint.getLabelSelector())));
    }

    @Test
    void servicesLeadToPortsOfThePod() {
        Stream.of(service, nodes)
                .flatMap(each -> each.getSpec().getPorts().stream())
                .forEach(port ->
                        assertTrue(Pods.ports().containsKey(port.getTargetPort().getStrVal()), port::toString));
    }

    @Test
    void nodesFindEachOtherUnderThePortsTheyListenOn() {
        for (ServicePort port : nodes.getSpec().getPorts()) {
            assertEquals(Pods.ports().get(port.getName()), port.getPort());
        }
        assertEquals("None", nodes.getSpec().getClusterIP());
        assertEquals(true, nodes.getSpec().getPublishNotReadyAddresses());
        String name = nodes.getMetadata().getName() + ".fanfare.svc.cluster.local";
        assertEquals(name, Pods.environment().get("FANFARE_CLUSTER_DNS"));
        assertEquals("10.1.2.3", Pods.environment().get("FANFARE_CLUSTER_HOST"));
    }

    @Test
    void clientsReachNothingButTheirPort() {
        assertEquals(
                Set.of("http"),
                service.getSpec().getPorts().stream().map(ServicePort::getName).collect(Collectors.toSet()));
    }

    @Test
    void probesAskPortsOfThePod() {
        Container container = Pods.container();
        for (Probe probe :
                new Probe[] {container.getStartupProbe(), container.getLivenessProbe(), container.getReadinessProbe()
                }) {
            assertEquals("management", probe.getHttpGet().getPort().getStrVal());
        }
        assertTrue(Pods.ports().containsKey("management"));
    }

    @Test
    void everyMountHasItsVolumeAndEveryVolumeItsMount() {
        assertMounted(Pods.spec());
        assertMounted(Manifests.read("bus-tls/deployment.yaml", Deployment.class)
                .getSpec()
                .getTemplate()
                .getSpec());
    }

    @Test
    void theNodeReadsTheFileOfTheConfigMap() {
        JsonNode generator =
                Manifests.tree("kustomization.yaml").path("configMapGenerator").path(0);
        Volume volume = volume("config");
        assertEquals(generator.path("name").asText(), volume.getConfigMap().getName());
        assertEquals(
                mountOf("config") + "/" + generator.path("files").path(0).asText(),
                Pods.container().getArgs().get(2));
    }

    @Test
    void theKeysComeFromTheSecretThatIsFilledByHand() {
        Secret secret = Manifests.read("secret.yaml", Secret.class);
        SecretVolumeSource mounted = volume("keys").getSecret();
        KeyToPath item = mounted.getItems().get(0);
        assertEquals(secret.getMetadata().getName(), mounted.getSecretName());
        assertEquals(mountOf("keys") + "/" + item.getPath(), Pods.environment().get("FANFARE_AUTH_ACCESS_KEYS_FILE"));
        String comment = Manifests.text("secret.yaml");
        assertTrue(comment.contains("patch secret " + mounted.getSecretName() + " "));
        assertTrue(comment.contains("\\\"" + item.getKey() + "\\\":"));
        assertNull(mounted.getOptional(), "the node waits for it");
        assertTrue(secret.getData().isEmpty() && secret.getStringData().isEmpty(), "an apply would take the keys away");
    }

    @Test
    void theSecretForTheBusIsTheOneOfTheDocuments() {
        Volume volume = Manifests.read("bus-tls/deployment.yaml", Deployment.class)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getVolumes()
                .get(0);
        assertTrue(
                Manifests.text("kustomization.yaml").contains(volume.getSecret().getSecretName()));
        assertTrue(Manifests.text("bus-tls/kustomization.yaml")
                .contains(volume.getSecret().getSecretName()));
    }

    @Test
    void theAutoscalerAloneSaysHowManyNodesThereAre() {
        HorizontalPodAutoscaler autoscaler =
                Manifests.read("horizontalpodautoscaler.yaml", HorizontalPodAutoscaler.class);
        CrossVersionObjectReference target = autoscaler.getSpec().getScaleTargetRef();
        Deployment deployment = Manifests.deployment();
        assertEquals(deployment.getApiVersion(), target.getApiVersion());
        assertEquals(deployment.getKind(), target.getKind());
        assertEquals(deployment.getMetadata().getName(), target.getName());
        assertEquals(3, autoscaler.getSpec().getMinReplicas());
        assertNull(deployment.getSpec().getReplicas());
    }

    @Test
    void prometheusScrapesTheNodesAndNoOtherService() {
        ServiceMonitor monitor = Manifests.read("monitoring/servicemonitor.yaml", ServiceMonitor.class);
        Set<?> wanted = monitor.getSpec().getSelector().getMatchLabels().entrySet();
        assertTrue(nodes.getMetadata().getLabels().entrySet().containsAll(wanted));
        assertFalse(service.getMetadata().getLabels().entrySet().containsAll(wanted));
        String port = monitor.getSpec().getEndpoints().get(0).getPort();
        assertTrue(nodes.getSpec().getPorts().stream()
                .anyMatch(each -> each.getName().equals(port)));
    }

    @Test
    void thePodsHaveTheAccountWithoutRights() {
        ServiceAccount account = Manifests.read("serviceaccount.yaml", ServiceAccount.class);
        assertEquals(account.getMetadata().getName(), Pods.spec().getServiceAccountName());
    }

    @Test
    void theNamespaceIsTheOneEverythingIsIn() {
        assertEquals(
                Manifests.tree("kustomization.yaml").path("namespace").asText(),
                Manifests.read("namespace.yaml", Namespace.class).getMetadata().getName());
    }

    private static void assertMounted(PodSpec pod) {
        assertEquals(
                pod.getVolumes().stream().map(Volume::getName).collect(Collectors.toSet()),
                pod.getContainers().get(0).getVolumeMounts().stream()
                        .map(VolumeMount::getName)
                        .collect(Collectors.toSet()));
    }

    private static Volume volume(String name) {
        return Pods.spec().getVolumes().stream()
                .filter(volume -> volume.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String mountOf(String volume) {
        return Pods.container().getVolumeMounts().stream()
                .filter(each -> each.getName().equals(volume))
                .map(VolumeMount::getMountPath)
                .findFirst()
                .orElseThrow();
    }
}
