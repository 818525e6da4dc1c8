package dev.fanfare.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicySpec;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class NetworkPolicyTest {

    private final NetworkPolicySpec policy =
            Manifests.read("networkpolicy.yaml", NetworkPolicy.class).getSpec();

    @Test
    void everyPortIsOpenedByOneRuleAndNoOtherIs() {
        List<Integer> opened = policy.getIngress().stream()
                .flatMap(rule -> ports(rule.getPorts()).stream())
                .sorted()
                .toList();
        assertEquals(Pods.ports().values().stream().sorted().toList(), opened);
        assertEquals(List.of("Ingress", "Egress"), policy.getPolicyTypes());
    }

    @Test
    void clientsComeFromEverywhere() {
        assertTrue(ruleFor("http").getFrom().isEmpty());
    }

    @Test
    void theGridAndTheBusAreAmongTheNodes() {
        assertAmongNodes(ruleFor("grid").getFrom());
        assertAmongNodes(ruleFor("bus").getFrom());
        NetworkPolicyEgressRule out = policy.getEgress().get(0);
        assertEquals(Set.of(Pods.ports().get("grid"), Pods.ports().get("bus")), ports(out.getPorts()));
        assertAmongNodes(out.getTo());
    }

    @Test
    void managementIsForPrometheus() {
        List<NetworkPolicyPeer> from = ruleFor("management").getFrom();
        assertEquals(1, from.size());
        NetworkPolicyPeer prometheus = from.get(0);
        assertEquals(
                Map.of("app.kubernetes.io/name", "prometheus"),
                prometheus.getPodSelector().getMatchLabels());
        assertEquals(
                Map.of("kubernetes.io/metadata.name", "monitoring"),
                prometheus.getNamespaceSelector().getMatchLabels());
    }

    @Test
    void nodesReachTheNamesOfTheClusterAndTlsOutside() {
        assertEquals(Set.of(53), ports(policy.getEgress().get(1).getPorts()));
        assertEquals(
                Set.of("UDP", "TCP"),
                policy.getEgress().get(1).getPorts().stream()
                        .map(NetworkPolicyPort::getProtocol)
                        .collect(Collectors.toSet()));
        assertEquals(Set.of(443), ports(policy.getEgress().get(2).getPorts()));
        assertEquals(3, policy.getEgress().size());
    }

    /** A selector of Pods without one of namespaces means those of the same namespace. */
    private static void assertAmongNodes(List<NetworkPolicyPeer> peers) {
        assertEquals(1, peers.size());
        NetworkPolicyPeer peer = peers.get(0);
        assertTrue(Pods.areSelectedBy(peer.getPodSelector()));
        assertTrue(peer.getNamespaceSelector() == null && peer.getIpBlock() == null);
    }

    private NetworkPolicyIngressRule ruleFor(String port) {
        return policy.getIngress().stream()
                .filter(rule -> ports(rule.getPorts()).contains(Pods.ports().get(port)))
                .findFirst()
                .orElseThrow();
    }

    private static Set<Integer> ports(List<NetworkPolicyPort> ports) {
        return ports.stream().map(port -> port.getPort().getIntVal()).collect(Collectors.toSet());
    }
}
