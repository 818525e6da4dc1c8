package dev.fanfare.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How tests start the broker in a process of its own. */
public final class JavaCommand {

    /** A JVM for a process that does not live long enough to be compiled well. */
    static final List<String> JAVA = List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1");

    private JavaCommand() {}

    /** From another runnable jar. */
    public static List<String> ofJar(Path jar) {
        return Stream.concat(JAVA.stream(), Stream.of("-Xmx512m", "-jar", jar.toString()))
                .toList();
    }

    /**
     * From the runnable jar where the system property {@code fanfare.jar} names it, else from the classes.
     *
     * @param options of the JVM
     */
    public static List<String> of(Class<?> main, String... options) {
        @Nullable String jar = System.getProperty("fanfare.jar");
        List<String> command = new ArrayList<>(JAVA);
        command.addAll(List.of(options));
        if (jar == null) {
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        } else {
            command.addAll(List.of("-XX:SharedArchiveFile=" + ClassArchive.of(Path.of(jar)), "-jar", jar));
        }
        return command;
    }
}
