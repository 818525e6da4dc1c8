package dev.fanfare.k8s;

import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigException;
import dev.fanfare.config.ConfigLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The configuration of a node on Kubernetes: the file of the ConfigMap under the environment of the Pod. */
final class KubernetesConfig {

    private KubernetesConfig() {}

    static Config load() {
        return load(Pods.environment());
    }

    /** With a key in the place of the mounted one. */
    static Config load(Map<String, String> environment) {
        Map<String, String> variables = new HashMap<>(environment);
        try {
            Path keys = Files.createTempFile("access-keys", null);
            try {
                variables.put("FANFARE_AUTH_ACCESS_KEYS_FILE", keys.toString());
                Files.writeString(keys, "x".repeat(40) + "\n");
                return ConfigLoader.load(Manifests.ROOT.resolve("fanfare.yaml"), variables);
            } finally {
                Files.delete(keys);
            }
        } catch (ConfigException | IOException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }
}
