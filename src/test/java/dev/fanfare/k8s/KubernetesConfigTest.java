package dev.fanfare.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.config.Config;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Holds {@code k8s/fanfare.yaml} against {@code conf/fanfare.yaml}. After a change of that, write it again with
 * {@code mvn test -Dtest=KubernetesConfigTest -Dfanfare.write=true}.
 */
class KubernetesConfigTest {

    private static final Path FILE = Path.of("k8s/fanfare.yaml");
    private static final Path ORIGINAL = Path.of("conf/fanfare.yaml");

    /** What Kubernetes needs otherwise. */
    private static final Map<String, String> DIFFERENCES = Map.of(
            "management.host", "0.0.0.0",
            "cluster.enabled", "true",
            "reload.fileSeconds", "10",
            "start.warmUpSeconds", "3",
            "shutdown.delaySeconds", "10",
            "shutdown.timeoutSeconds", "60",
            "shutdown.closeSeconds", "20",
            "logging.format", "json");

    private static final Pattern KEY = Pattern.compile("( *)([A-Za-z]+|\"\\*\"):( .*)?");

    @Test
    void theFileIsTheOneOfThisRepositoryButForFewKeys() throws IOException {
        String expected = header(Files.readString(FILE)) + withDifferences(Files.readString(ORIGINAL));
        if (Boolean.getBoolean("fanfare.write")) {
            Files.writeString(FILE, expected);
        }
        assertEquals(expected, Files.readString(FILE));
    }

    @Test
    void theHeaderNamesWhatDiffers() throws IOException {
        String header = header(Files.readString(FILE));
        String differing = header.substring(0, header.indexOf(" Change "));
        assertEquals(
                DIFFERENCES.keySet(),
                Set.copyOf(Pattern.compile("\\b[a-z]+\\.(?!yaml)[a-zA-Z]+\\b")
                        .matcher(differing)
                        .results()
                        .map(key -> key.group())
                        .collect(Collectors.toSet())));
    }

    @Test
    void theNodeTakesTheFileAndTheVariablesOfItsPod() {
        Config config = KubernetesConfig.load();
        assertFalse(config.auth().accessKeys().isEmpty());
        assertEquals(Pods.ports().get("http"), config.server().port());
        assertEquals(Pods.ports().get("management"), config.management().port());
        assertEquals("0.0.0.0", config.management().host());
    }

    @Test
    void nodesAreOneClusterOverThePortsOfTheirPods() {
        Config.ClusterSettings cluster = KubernetesConfig.load().cluster();
        assertTrue(cluster.enabled());
        assertEquals(Pods.ports().get("grid"), cluster.port());
        assertEquals(Pods.ports().get("bus"), cluster.busPort());
        assertEquals(
                Config.ClusterTlsSettings.ClusterTlsMode.DERIVED, cluster.tls().mode());
    }

    @Test
    void theComponentTurnsOnTlsWithTheFilesOfItsSecret(@TempDir Path secret) throws IOException {
        for (String entry : List.of("tls.crt", "tls.key", "ca.crt")) {
            Files.createFile(secret.resolve(entry));
        }
        Map<String, String> environment = Pods.environment();
        Container container = Manifests.read("bus-tls/deployment.yaml", Deployment.class)
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .get(0);
        String mount = container.getVolumeMounts().get(0).getMountPath();
        container
                .getEnv()
                .forEach(variable ->
                        environment.put(variable.getName(), variable.getValue().replace(mount, secret.toString())));
        assertEquals(
                Config.ClusterTlsSettings.ClusterTlsMode.FILES,
                KubernetesConfig.load(environment).cluster().tls().mode());
    }

    /** Up to the first blank line. */
    private static String header(String text) {
        return text.substring(0, text.indexOf("\n\n") + 2);
    }

    private static String withDifferences(String text) {
        Map<String, String> left = new LinkedHashMap<>(DIFFERENCES);
        Deque<String> path = new ArrayDeque<>();
        String changed = text.lines()
                .map(line -> {
                    Matcher key = KEY.matcher(line);
                    return key.matches() ? withDifference(key, path, left) : line;
                })
                .collect(Collectors.joining("\n", "", "\n"));
        assertEquals(Map.of(), left, "no such keys in " + ORIGINAL);
        return changed;
    }

    private static String withDifference(Matcher key, Deque<String> path, Map<String, String> left) {
        int depth = key.group(1).length() / 2;
        while (path.size() > depth) {
            path.removeLast();
        }
        path.addLast(key.group(2));
        String value = left.remove(String.join(".", path));
        return value == null ? key.group() : key.group(1) + key.group(2) + ": " + value;
    }
}
