package dev.fanfare.k8s;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every file of {@code k8s/} is applied by a kustomization, and follows the schema of its kind. */
class ManifestsTest {

    private static final List<String> FOLDERS = List.of("", "monitoring/", "bus-tls/");

    /** What a chart reads, and no kustomization. */
    private static final Set<String> VALUES = Set.of("monitoring/prometheus-adapter.yaml");

    @Test
    void everyFileIsNamedByItsKustomization() throws IOException {
        Set<String> named = new TreeSet<>(VALUES);
        for (String folder : FOLDERS) {
            named.add(folder + "kustomization.yaml");
            named.addAll(manifests(folder));
            for (JsonNode generator : kustomization(folder).path("configMapGenerator")) {
                generator.path("files").forEach(file -> named.add(folder + file.asText()));
            }
        }
        try (Stream<Path> files = Files.walk(Manifests.ROOT)) {
            Set<String> present = new TreeSet<>();
            files.filter(Files::isRegularFile)
                    .forEach(file -> present.add(Manifests.ROOT.relativize(file).toString()));
            assertEquals(present, named);
        }
    }

    @TestFactory
    Stream<DynamicTest> manifestsFollowTheirSchemas() {
        return FOLDERS.stream()
                .flatMap(folder -> manifests(folder).stream())
                .map(file -> dynamicTest(file, () -> assertDoesNotThrow(() -> Manifests.parse(Manifests.text(file)))));
    }

    @ParameterizedTest
    @CsvSource({
        "deployment.yaml, terminationGracePeriodSeconds:, terminationGracePeriod:",
        "deployment.yaml, readOnlyRootFilesystem:, readOnlyRootFileSystem:",
        "bus-tls/deployment.yaml, 'value: files', 'value: true'",
        "deployment.yaml, 'minReadySeconds: ', 'minReadySeconds: a'",
        "networkpolicy.yaml, podSelector:, podSelectors:",
        "horizontalpodautoscaler.yaml, averageValue:, averageValues:",
        "monitoring/prometheusrule.yaml, 'runbook:', 'runbook: {a: b}\n            runbook:'",
        "monitoring/servicemonitor.yaml, scrapeTimeout:, timeout:",
        "poddisruptionbudget.yaml, policy/v1, 'policy/v1\napiVersion: policy/v1'"
    })
    void mistakesAreRefused(String file, String right, String wrong) {
        String text = Manifests.text(file);
        assertTrue(text.contains(right));
        assertThrows(JsonProcessingException.class, () -> Manifests.parse(text.replaceFirst(right, wrong)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "monitoring/"})
    void everythingIsInOneNamespace(String folder) {
        assertEquals("fanfare", kustomization(folder).path("namespace").asText());
    }

    @Test
    void tlsOnTheBusIsOneLineAway() {
        assertTrue(Manifests.text("kustomization.yaml").contains("# components:\n#   - bus-tls\n"));
        assertEquals("Component", kustomization("bus-tls/").path("kind").asText());
        assertEquals("Kustomization", kustomization("").path("kind").asText());
    }

    private static JsonNode kustomization(String folder) {
        return Manifests.tree(folder + "kustomization.yaml");
    }

    private static List<String> manifests(String folder) {
        List<String> manifests = new ArrayList<>();
        kustomization(folder).path("resources").forEach(file -> manifests.add(folder + file.asText()));
        kustomization(folder)
                .path("patches")
                .forEach(patch -> manifests.add(folder + patch.path("path").asText()));
        return manifests;
    }
}
