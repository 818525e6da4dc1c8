package dev.fanfare.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fuzzing with Jazzer, one process after the other: {@code mvn -P fuzz test}. Each starts from the input of earlier runs in
 * {@code target/fuzz/<target>/corpus}, where {@code fanfare.fuzzFolder} says nothing else, and writes what fails beside it.
 */
@Timeout(value = 1, unit = TimeUnit.DAYS)
class FuzzRun {

    private static final String SECONDS = System.getProperty("fanfare.fuzzSeconds", "600");

    /** A target; empty for all. */
    private static final String ONLY = System.getProperty(FuzzEntry.TARGET, "");

    private static final Path FOLDER = Path.of(System.getProperty("fanfare.fuzzFolder", "target/fuzz"));

    /** A configuration names files. */
    private static final String NO_FAULT = "com.code_intelligence.jazzer.sanitizers.FilePathTraversal";

    @ParameterizedTest
    @EnumSource
    void nothingFails(FuzzTarget target) throws IOException, InterruptedException {
        assumeTrue(ONLY.isEmpty() || ONLY.equals(target.name()));
        Path folder = FOLDER.resolve(target.folder()).toAbsolutePath();
        Path corpus = Files.createDirectories(folder.resolve("corpus"));
        Path seeds = Files.createDirectories(folder.resolve("seeds"));
        List<byte[]> inputs = target.seeds();
        for (int i = 0; i < inputs.size(); i++) {
            Files.write(seeds.resolve(String.valueOf(i)), inputs.get(i));
        }
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(command(target, corpus, seeds))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertEquals(0, process.waitFor(), () -> "see " + log);
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<String> command(FuzzTarget target, Path corpus, Path seeds) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx512m", "-Xshare:off", "-ea", "-D" + FuzzEntry.TARGET + "=" + target.name()));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add("com.code_intelligence.jazzer.Jazzer");
        command.add("--target_class=" + FuzzEntry.class.getName());
        command.add("--instrumentation_includes=dev.fanfare.**");
        command.add("--custom_hook_includes=dev.fanfare.**");
        command.add("--disabled_hooks=" + NO_FAULT);
        command.addAll(List.of("-max_total_time=" + SECONDS, "-max_len=8192", "-timeout=300", "-rss_limit_mb=2048"));
        command.addAll(List.of("-print_final_stats=1", corpus.toString(), seeds.toString()));
        return command;
    }
}
