package dev.fanfare.k8s;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The Pods that the Deployment makes. */
final class Pods {

    /** What stands for the values that only a cluster has. */
    private static final Map<String, String> FIELDS =
            Map.of("status.podIP", "10.1.2.3", "metadata.namespace", "fanfare");

    private static final Pattern REFERENCE = Pattern.compile("\\$\\(([A-Z_]+)\\)");

    private Pods() {}

    static PodSpec spec() {
        return Manifests.deployment().getSpec().getTemplate().getSpec();
    }

    static Container container() {
        return spec().getContainers().get(0);
    }

    static Map<String, String> labels() {
        return Manifests.deployment().getSpec().getTemplate().getMetadata().getLabels();
    }

    static boolean areSelectedBy(LabelSelector selector) {
        return selector.getMatchExpressions().isEmpty() && areSelectedBy(selector.getMatchLabels());
    }

    static boolean areSelectedBy(Map<String, String> selector) {
        return !selector.isEmpty() && labels().entrySet().containsAll(selector.entrySet());
    }

    static Map<String, Integer> ports() {
        return container().getPorts().stream()
                .collect(Collectors.toMap(ContainerPort::getName, ContainerPort::getContainerPort));
    }

    /** The environment of the process, as the kubelet makes it. */
    static Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        for (EnvVar variable : container().getEnv()) {
            environment.put(variable.getName(), value(variable, environment));
        }
        return environment;
    }

    /** References reach what stands before them only; others are left as they are. */
    private static String value(EnvVar variable, Map<String, String> before) {
        if (variable.getValueFrom() == null) {
            return REFERENCE
                    .matcher(variable.getValue())
                    .replaceAll(
                            reference -> before.getOrDefault(reference.group(1), "\\$(" + reference.group(1) + ")"));
        }
        return FIELDS.getOrDefault(variable.getValueFrom().getFieldRef().getFieldPath(), "");
    }
}
