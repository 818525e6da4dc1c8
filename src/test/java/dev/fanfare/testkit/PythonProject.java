package dev.fanfare.testkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/**
 * Programs in Python with the packages that their {@code requirements.txt} pins, in a virtual environment of their own below
 * {@code target}. Python is installed with apt-get where it is missing; where that cannot be, the test is skipped and says so.
 */
public final class PythonProject {

    private static final String REQUIREMENTS = "requirements.txt";
    private static final String ENVIRONMENT = "venv";

    private final ScriptProject scripts;

    private PythonProject(ScriptProject scripts) {
        this.scripts = scripts;
    }

    /**
     * Copies {@code src/test/python/NAME} to {@code target/python/NAME}, and installs its packages unless they are there.
     *
     * @param basedir of the project
     */
    public static PythonProject install(Path basedir, String name) throws IOException, InterruptedException {
        PythonProject project = new PythonProject(ScriptProject.copy(
                basedir.resolve("src/test/python/" + name), basedir.resolve("target/python/" + name)));
        project.scripts.install(REQUIREMENTS, ENVIRONMENT, project::installPackages);
        return project;
    }

    private void installPackages() throws IOException, InterruptedException {
        String python = SystemProgram.find(List.of("python3"), "python3-venv").toString();
        String own = program("python").toString();
        // A pip in the environment would take longer to install than all the packages.
        List<String> withoutPip = List.of(python, "-m", "venv", "--clear", "--without-pip", ENVIRONMENT);
        if (scripts.failure(Map.of(), withoutPip) != null
                || scripts.failure(Map.of(), pip(python, "--python", own)) != null) {
            createEnvironment(python);
            scripts.run(Map.of(), pip(own));
        }
    }

    /** The list names every package: nothing comes that it does not pin. Python compiles what it uses of them. */
    private static List<String> pip(String python, String... options) {
        List<String> command = new ArrayList<>(List.of(python, "-m", "pip"));
        command.addAll(List.of(options));
        command.addAll(List.of(
                "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--no-compile", "-r", REQUIREMENTS));
        return command;
    }

    /** Debian has the module for virtual environments in a package of its own. */
    private void createEnvironment(String python) throws IOException, InterruptedException {
        List<String> command = List.of(python, "-m", "venv", "--clear", ENVIRONMENT);
        String failure = scripts.failure(Map.of(), command);
        if (failure != null && SystemProgram.install("python3-venv")) {
            failure = scripts.failure(Map.of(), command);
        }
        if (failure != null) {
            Assumptions.abort("python3 cannot make a virtual environment: " + failure);
        }
    }

    /** A program that one of the packages brings. */
    public Path program(String name) {
        return directory().resolve(ENVIRONMENT).resolve("bin").resolve(name);
    }

    /** Where its files are. */
    public Path directory() {
        return scripts.directory();
    }

    /** Runs Python with arguments; fails with what it printed if it does not end with 0. */
    public void run(Map<String, String> variables, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program("python").toString()));
        command.addAll(List.of(arguments));
        Map<String, String> all = new HashMap<>(variables);
        all.put("PYTHONUNBUFFERED", "1");
        scripts.run(all, command);
    }
}
