package dev.fanfare.k8s;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.config.Config;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the container, the virtual machine, the configuration and the autoscaler say of one node's size. */
class SizingTest {

    private static final long MIB = 1024 * 1024;
    private static final Pattern FLAG = Pattern.compile("(?m)^\\s*\\w+ (\\w+)\\s+= (\\S*)");

    private final Config config = KubernetesConfig.load();
    private final Map<String, Quantity> limits = Pods.container().getResources().getLimits();
    private final Map<String, Quantity> requests =
            Pods.container().getResources().getRequests();

    @Test
    void heapAndDirectMemoryLeaveRoomInTheContainer() throws Exception {
        long container = bytes(limits.getOrDefault("memory", new Quantity("0")));
        Map<String, String> flags = flagsOfTheMachine();
        double heap = Double.parseDouble(flags.getOrDefault("MaxRAMPercentage", "")) / 100;
        long direct = directMemory(flags);
        assertTrue(heap <= 0.6, "40 % of the memory are for what is not heap");
        assertTrue(container * heap + direct + 512 * MIB <= container);
        assertTrue(config.limits().inFlightBytes() < direct);
    }

    @Test
    void theMachineTakesTheFlags() throws Exception {
        Map<String, String> flags = flagsOfTheMachine();
        assertEquals("2", flags.get("ActiveProcessorCount"));
        assertEquals(512 * MIB, directMemory(flags));
        assertEquals("true", flags.get("UseG1GC"));
    }

    @Test
    void memoryIsGuaranteedAndProcessorsAreNotLimited() {
        assertEquals(limits.get("memory"), requests.get("memory"));
        assertNull(limits.get("cpu"));
        assertEquals(Quantity.parse("1"), requests.get("cpu"));
    }

    @Test
    void nodesAreAddedBeforeTheOthersAreFull() {
        HorizontalPodAutoscalerSpec autoscaler = Manifests.read(
                        "horizontalpodautoscaler.yaml", HorizontalPodAutoscaler.class)
                .getSpec();
        long target = bytes(autoscaler.getMetrics().get(0).getPods().getTarget().getAverageValue());
        long most = config.limits().connections();
        int least = autoscaler.getMinReplicas();
        assertTrue(target * least <= most * (least - 1), "without one node there is room for all clients");
        assertTrue(target >= most / 2);
    }

    static long directMemory(Map<String, String> flags) {
        return Long.parseLong(flags.getOrDefault("MaxDirectMemorySize", ""));
    }

    /** What a machine makes of the options of the image and those of the Deployment. */
    static Map<String, String> flagsOfTheMachine() throws Exception {
        Path out = Files.createTempFile("fanfare-flags", ".txt");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@conf/jvm.options",
                        "-XX:+PrintFlagsFinal",
                        "-version")
                .redirectErrorStream(true)
                .redirectOutput(out.toFile());
        builder.environment().put("JDK_JAVA_OPTIONS", Pods.environment().getOrDefault("JDK_JAVA_OPTIONS", ""));
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
            assertEquals(0, process.exitValue(), Files.readString(out));
            return FLAG.matcher(Files.readString(out))
                    .results()
                    .collect(Collectors.toMap(flag -> flag.group(1), (MatchResult flag) -> flag.group(2)));
        } finally {
            process.destroyForcibly();
            Files.delete(out);
        }
    }

    private static long bytes(Quantity quantity) {
        return Quantity.getAmountInBytes(quantity).longValueExact();
    }
}
