package dev.fanfare.k8s;

import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigException;
import dev.fanfare.config.ConfigLoader;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The configuration of a node on Kubernetes: the file of the ConfigMap under the environment of the Pod. */
final class KubernetesConfig {

    private KubernetesConfig() {}

    static Config load() {
        Map<String, String> environment = new HashMap<>(Pods.environment());
        if (Arrays.stream(Config.class.getRecordComponents())
                .noneMatch(section -> section.getName().equals("cluster"))) {
            environment.keySet().removeIf(name -> name.startsWith("FANFARE_CLUSTER_"));
        }
        try {
            return ConfigLoader.load(Manifests.ROOT.resolve("fanfare.yaml"), environment);
        } catch (ConfigException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }
}
