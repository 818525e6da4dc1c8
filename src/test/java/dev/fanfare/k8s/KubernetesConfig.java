package dev.fanfare.k8s;

import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigException;
import dev.fanfare.config.ConfigLoader;
import java.util.Map;

/** The configuration of a node on Kubernetes: the file of the ConfigMap under the environment of the Pod. */
final class KubernetesConfig {

    private KubernetesConfig() {}

    static Config load() {
        return load(Pods.environment());
    }

    static Config load(Map<String, String> environment) {
        try {
            return ConfigLoader.load(Manifests.ROOT.resolve("fanfare.yaml"), environment);
        } catch (ConfigException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }
}
