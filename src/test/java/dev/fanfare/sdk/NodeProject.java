package dev.fanfare.sdk;

import dev.fanfare.testkit.ScriptProject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The tests in {@code src/test/js}, copied to {@code target/js}, with the packages that their lock names. */
final class NodeProject {

    private final ScriptProject scripts;

    private NodeProject(ScriptProject scripts) {
        this.scripts = scripts;
    }

    /** Copies the tests, and installs the packages unless they are there. */
    static NodeProject install(Path basedir) throws IOException, InterruptedException {
        ScriptProject scripts = ScriptProject.copy(basedir.resolve("src/test/js"), basedir.resolve("target/js"));
        scripts.install(
                "package-lock.json",
                "node_modules",
                () -> scripts.run(Map.of(), List.of("npm", "ci", "--no-audit", "--no-fund", "--prefer-offline")));
        return new NodeProject(scripts);
    }

    /** Runs the tests of a file; fails if one of them does. */
    void test(String file, Map<String, String> environment) throws IOException, InterruptedException {
        scripts.run(
                environment,
                List.of(
                        "node",
                        // The client SDK handles rejections late at times; broker.js says why.
                        "--disable-warning=PromiseRejectionHandledWarning",
                        "--test",
                        "--test-reporter=spec",
                        "--test-timeout=300000",
                        // The client SDK leaves timers behind that run for up to 40 seconds.
                        "--test-force-exit",
                        file));
    }
}
