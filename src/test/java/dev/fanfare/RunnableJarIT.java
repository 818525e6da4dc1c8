package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** The contents of the runnable jar. */
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

    /** Library names as listed in NOTICE. */
    private static final Map<String, String> WORKS = Map.ofEntries(
            Map.entry("io.netty", "Netty"),
            Map.entry("io.vertx", "Eclipse Vert.x"),
            Map.entry("org.jgroups", "JGroups"),
            Map.entry("com.fasterxml.jackson.core", "Jackson"),
            Map.entry("com.fasterxml.jackson.dataformat", "Jackson"),
            Map.entry("org.yaml", "SnakeYAML"),
            Map.entry("io.micrometer", "Micrometer"),
            Map.entry("io.prometheus", "Prometheus Java client"),
            Map.entry("info.picocli", "picocli"),
            Map.entry("org.hdrhistogram", "HdrHistogram"),
            Map.entry("org.slf4j", "SLF4J"),
            Map.entry("ch.qos.logback", "Logback"),
            Map.entry("org.jspecify", "JSpecify"));

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

    /** All that a build can put in by itself. {@link ReproducibleBuildIT} compares whole builds. */
    @Test
    void holdsNothingOfTheMachineOrTheTimeOfItsBuild() throws IOException {
        Instant latest = Instant.parse(System.getProperty("fanfare.outputTimestamp"));
        byte[] directory = System.getProperty("fanfare.basedir").getBytes(StandardCharsets.UTF_8);
        try (JarFile jar = jar()) {
            for (JarEntry entry : Collections.list(jar.entries())) {
                // The format counts every second second in local time, which Java reads as such.
                assertFalse(
                        entry.getTimeLocal().toInstant(ZoneOffset.UTC).isAfter(latest),
                        () -> entry + " of " + entry.getTimeLocal());
                if (isOurs(entry)) {
                    assertFalse(contains(bytes(jar, entry), directory), () -> entry + " names the directory");
                }
            }
            List<String> classes = jar.stream()
                    .filter(RunnableJarIT::isOurs)
                    .map(ZipEntry::getName)
                    .filter(name -> name.endsWith(".class"))
                    .toList();
            assertEquals(classes.stream().sorted().toList(), classes, "in the order of the file system");
        }
    }

    private static boolean isOurs(ZipEntry entry) {
        return entry.getName().startsWith("dev/fanfare/");
    }

    private static boolean contains(byte[] content, byte[] part) {
        return new String(content, StandardCharsets.ISO_8859_1).contains(new String(part, StandardCharsets.ISO_8859_1));
    }

    @Test
    void theBillOfMaterialsNamesTheLibrariesInside() throws IOException {
        Set<String> named = components().map(RunnableJarIT::purl).collect(Collectors.toCollection(TreeSet::new));
        Set<String> wanted;
        try (JarFile jar = jar()) {
            // Each Netty library records its version; the others have no common place for it.
            Properties versions = new Properties();
            versions.load(new StringReader(text(jar, "META-INF/io.netty.versions.properties")));
            wanted = versions.stringPropertyNames().stream()
                    .filter(key -> key.endsWith(".version"))
                    .map(key -> key.substring(0, key.length() - ".version".length()))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
        assertTrue(wanted.size() > 10, wanted.toString());
        wanted.addAll(List.of("vertx-core", "jgroups", "jackson-databind", "snakeyaml", "logback-classic"));
        wanted.removeIf(library -> named.stream().anyMatch(purl -> purl.matches("pkg:maven/[^/]+/" + library + "@.+")));
        assertEquals(Set.of(), wanted, () -> "of " + named);
        for (String library : List.of("junit", "archunit", "azure", "awaitility")) {
            assertTrue(named.stream().noneMatch(purl -> purl.contains(library)), library);
        }
    }

    @Test
    void theNoticeNamesEveryWorkInside() throws IOException {
        try (JarFile jar = jar()) {
            String notice = text(jar, "META-INF/NOTICE");
            String ours = notice.substring(notice.indexOf("The runnable jar contains"));
            components()
                    .map(component -> component.get("group").asText())
                    .distinct()
                    .forEach(group -> {
                        String work = WORKS.get(group);
                        assertNotNull(work, () -> group + ": name the work here and in NOTICE");
                        assertTrue(ours.contains(work), () -> "NOTICE lacks " + work);
                    });
        }
    }

    private static Stream<JsonNode> components() throws IOException {
        Path file = Path.of(System.getProperty("fanfare.jar")).resolveSibling("fanfare-sbom.json");
        assumeTrue(
                Files.exists(file) || !"offline=true".equals(System.getProperty("fanfare.maven.mode")),
                () -> file + " is missing: Maven skips the CycloneDX plugin in offline mode; build without -o");
        JsonNode bill = new ObjectMapper().readTree(file.toFile());
        assertEquals("CycloneDX", bill.get("bomFormat").asText());
        return StreamSupport.stream(bill.get("components").spliterator(), false);
    }

    private static String purl(JsonNode component) {
        return component.get("purl").asText();
    }

    private static String text(JarFile jar, String name) throws IOException {
        return new String(bytes(jar, Objects.requireNonNull(jar.getEntry(name), name)), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(JarFile jar, ZipEntry entry) throws IOException {
        try (InputStream in = jar.getInputStream(entry)) {
            return in.readAllBytes();
        }
    }

    private static JarFile jar() throws IOException {
        return new JarFile(Objects.requireNonNull(System.getProperty("fanfare.jar"), "run by maven-failsafe-plugin"));
    }
}
