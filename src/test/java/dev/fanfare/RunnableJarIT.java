package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** What is in the jar that people run, and what is not. */
final class RunnableJarIT {

    private static final List<String> TEST_LIBRARIES = List.of(
            "org/junit/",
            "org/opentest4j/",
            "com/tngtech/",
            "org/awaitility/",
            "org/hamcrest/",
            "com/azure/",
            "com/networknt/",
            "reactor/core/");

    @Test
    void holdsNoLibraryOfTheTests() throws IOException {
        try (JarFile jar = jar()) {
            Set<String> found = TEST_LIBRARIES.stream()
                    .filter(library ->
                            jar.stream().anyMatch(entry -> entry.getName().startsWith(library)))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(Set.of(), found);
        }
    }

    @Test
    void holdsNativesForLinuxOnly() throws IOException {
        try (JarFile jar = jar()) {
            Set<String> natives = jar.stream()
                    .map(ZipEntry::getName)
                    .filter(name -> name.matches(".*\\.(so|dll|dylib|jnilib)"))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(
                    Set.of(
                            "META-INF/native/libnetty_transport_native_epoll_aarch_64.so",
                            "META-INF/native/libnetty_transport_native_epoll_x86_64.so"),
                    natives);
        }
    }

    @Test
    void holdsTheLicenceAndTheNotices() throws IOException {
        try (JarFile jar = jar()) {
            assertTrue(text(jar, "META-INF/LICENSE").contains("Apache License"));
            String notice = text(jar, "META-INF/NOTICE");
            for (String work : List.of("Fanfare", "Logback", "Eclipse Public License", "Jackson JSON processor")) {
                assertTrue(notice.contains(work), work);
            }
        }
    }

    private static String text(JarFile jar, String name) throws IOException {
        try (InputStream in = jar.getInputStream(Objects.requireNonNull(jar.getEntry(name), name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static JarFile jar() throws IOException {
        return new JarFile(Objects.requireNonNull(System.getProperty("fanfare.jar"), "run by maven-failsafe-plugin"));
    }
}
