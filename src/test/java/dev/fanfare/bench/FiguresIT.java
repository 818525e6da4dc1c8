package dev.fanfare.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs in {@code src/bench}, which are not part of the build, match what they measure. */
final class FiguresIT {

    private static final Path FLOOR = Path.of("src/bench/floor.c");

    @TempDir
    Path directory;

    @Test
    void theRunnersCompile() throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter problems = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            boolean compiled = compiler.getTask(
                            problems,
                            files,
                            null,
                            List.of(
                                    "-d",
                                    directory.toString(),
                                    "-proc:none",
                                    "-Xlint:all,-path,-classfile",
                                    "-Werror",
                                    "-cp",
                                    System.getProperty("java.class.path")),
                            null,
                            files.getJavaFileObjects(
                                    Path.of("src/bench/Figures.java"), Path.of("src/bench/StoreBench.java")))
                    .call();
            assertTrue(compiled, problems::toString);
        }
    }

    @Test
    void theFloorDeliversWhatADriverPublishes() throws Exception {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "the floor uses epoll");
        assumeTrue(onPath("cc"), "there is a C compiler");
        Path program = directory.resolve("floor");
        Process compiler = new ProcessBuilder(
                        "cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program.toString(), FLOOR.toString())
                .redirectErrorStream(true)
                .start();
        String problems = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, compiler.waitFor(), problems);

        Process floor = new ProcessBuilder(program.toString(), Bench.expectedAccept()).start();
        try {
            String port = floor.inputReader(StandardCharsets.UTF_8).readLine();
            for (int size : new int[] {40, 125, 126, 10_000}) {
                BenchReport benchReport = Bench.run(plan(URI.create("ws://127.0.0.1:" + port), size), RunObserver.NONE);

                assertEquals(50, benchReport.messages().published());
                assertEquals(50 * 10, benchReport.messages().delivered());
                assertEquals(0, benchReport.messages().lost());
            }
        } finally {
            floor.destroyForcibly().waitFor();
        }
    }

    private static boolean onPath(String program) {
        return Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static Plan plan(URI url, int size) {
        return new Plan(
                Mode.FANOUT,
                new Plan.Endpoints(url, LoadSubprotocol.RAW, Tokens.same(""), List.of(), null),
                new Plan.Load(10, 1, "g", 1, 100, 1, size),
                new Plan.Timing(
                        Duration.ofMillis(100),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(20),
                        10,
                        Duration.ofSeconds(1)),
                1);
    }
}
