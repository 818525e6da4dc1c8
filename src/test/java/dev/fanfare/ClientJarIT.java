package dev.fanfare;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.testkit.AnyNode;
import dev.fanfare.testkit.FreePorts;
import dev.fanfare.testkit.JsonClient;
import dev.fanfare.testkit.TestCluster;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The artifact for JVM code in the cluster, as the example uses it that joins one. */
@Timeout(300)
final class ClientJarIT {

    private static final Path BASE = Path.of(property("fanfare.basedir"));
    private static final Path TARGET =
            Objects.requireNonNull(Path.of(property("fanfare.jar")).getParent());
    private static final Path JAR = TARGET.resolve("fanfare-client.jar");

    /** Classes outside of these directories belong to the broker. */
    private static final Pattern OWN =
            Pattern.compile("dev/fanfare/(cluster|core|guest|operations|socket)/[A-Za-z$0-9-]+");

    private static final Pattern DEPENDENCY = Pattern.compile("<artifactId>([a-z0-9-]+)</artifactId>\\s*<version>");
    private static final Pattern USED = Pattern.compile("-> (?:\\S*/)?([a-z0-9-]+?)-[0-9][^/\\s]*\\.jar");

    /** What the example runs with: its own jar, and {@code lib} beside it. */
    private static Path example;

    private static final Path WORK = TARGET.resolve("client-jar-it");

    @BeforeAll
    static void buildExample() throws Exception {
        delete(WORK);
        Path sources = Files.createDirectories(WORK.resolve("greeter"));
        for (String file : List.of("pom.xml", "Greeter.java")) {
            Files.copy(BASE.resolve("src/examples/greeter").resolve(file), sources.resolve(file));
        }
        List<String> command = new ArrayList<>(
                List.of(property("fanfare.maven"), "-B", "-q", "-Dmaven.repo.local=" + repository(), "package"));
        if (property("fanfare.maven.mode").equals("offline=true")) {
            command.add("-o");
        }
        Process build = new ProcessBuilder(command)
                .directory(sources.toFile())
                .inheritIO()
                .start();
        assertEquals(0, build.waitFor());
        example = sources.resolve("target");
    }

    /** A local repository with the client of this build; everything else is that of the user. */
    private static Path repository() throws IOException {
        Path users = Path.of(property("fanfare.maven.repository"));
        Path ours = WORK.resolve("repository");
        shadow(users, ours, "dev");
        shadow(users.resolve("dev"), ours.resolve("dev"), "fanfare");
        String version = version();
        Path client = ours.resolve("dev/fanfare/fanfare-client").resolve(version);
        Files.createDirectories(client);
        Files.copy(JAR, client.resolve("fanfare-client-" + version + ".jar"));
        Files.copy(TARGET.resolve("fanfare-client.pom"), client.resolve("fanfare-client-" + version + ".pom"));
        return ours;
    }

    /** A directory with links to everything in another one, except for one entry. */
    private static void shadow(Path directory, Path shadow, String except) throws IOException {
        Files.createDirectories(shadow);
        if (Files.isDirectory(directory)) {
            try (Stream<Path> entries = Files.list(directory)) {
                for (Path entry : (Iterable<Path>) entries::iterator) {
                    if (!entry.endsWith(except)) {
                        Files.createSymbolicLink(shadow.resolve(entry.getFileName()), entry);
                    }
                }
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            List<Path> all;
            try (Stream<Path> files = Files.walk(directory)) { // does not follow links
                all = files.sorted(Comparator.reverseOrder()).toList();
            }
            for (Path each : all) {
                Files.delete(each);
            }
        }
    }

    private static String version() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            return jar.getManifest().getMainAttributes().getValue("Implementation-Version");
        }
    }

    @Test
    void exampleRunsWithoutClassesOfTheBroker() throws IOException {
        Set<String> classes = new TreeSet<>();
        for (Path library : libraries()) {
            try (JarFile jar = new JarFile(library.toFile())) {
                jar.stream()
                        .map(ZipEntry::getName)
                        .filter(name -> name.startsWith("dev/fanfare/") && name.endsWith(".class"))
                        .forEach(classes::add);
            }
        }
        assertTrue(classes.contains("dev/fanfare/guest/Guest.class"));
        assertEquals(
                Set.of(),
                classes.stream()
                        .filter(name -> !OWN.matcher(name.replace(".class", "")).matches())
                        .collect(Collectors.toSet()));
    }

    @Test
    void exampleRunsWithoutNativeLibrariesOfNetty() throws IOException {
        for (Path library : libraries()) {
            try (JarFile jar = new JarFile(library.toFile())) {
                assertTrue(jar.stream().noneMatch(entry -> entry.getName().contains("libnetty")), library::toString);
            }
        }
    }

    @Test
    void jarHoldsItsOwnClassesOnly() throws IOException {
        try (JarFile jar = new JarFile(JAR.toFile())) {
            List<String> foreign = jar.stream()
                    .filter(entry -> !entry.isDirectory())
                    .map(ZipEntry::getName)
                    .filter(name -> !OWN.matcher(name.replace(".class", "")).matches())
                    .sorted()
                    .toList();
            assertEquals(List.of("META-INF/LICENSE", "META-INF/MANIFEST.MF"), foreign);
        }
    }

    @Test
    void everyReferencedClassIsInTheJarOrALibrary() throws IOException {
        assertEquals("", jdeps("--missing-deps").strip());
    }

    @Test
    void pomListsWhatTheJarUses() throws IOException {
        String pom = Files.readString(TARGET.resolve("fanfare-client.pom"));
        Set<String> used = find(USED, jdeps("-summary"));
        used.removeIf(library -> library.startsWith("netty-")); // comes with Vert.x, in versions that fit
        assertEquals(find(DEPENDENCY, pom.substring(pom.indexOf("<dependencies>"))), used);
        assertTrue(!pom.contains("${"), pom);
    }

    private static Set<String> find(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult match) -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The output of {@code jdeps} for the jar with the libraries of the example. */
    private static String jdeps(String option) throws IOException {
        StringWriter out = new StringWriter();
        PrintWriter printer = new PrintWriter(out);
        String libraries = libraries().stream()
                .filter(library -> !isClient(library))
                .map(Path::toString)
                .collect(Collectors.joining(System.getProperty("path.separator")));
        int status = ToolProvider.findFirst("jdeps")
                .orElseThrow()
                .run(printer, printer, option, "--multi-release", "17", "-cp", libraries, JAR.toString());
        assertEquals(0, status, out::toString);
        return out.toString();
    }

    private static boolean isClient(Path library) {
        return String.valueOf(library.getFileName()).startsWith("fanfare-client-");
    }

    @Test
    void sourcesAreThoseOfTheClasses() throws IOException {
        assertEquals(
                entries(JAR, "(\\$.*)?\\.class$"), entries(TARGET.resolve("fanfare-client-sources.jar"), "\\.java$"));
    }

    /** The entries with this end, without it. */
    private static Set<String> entries(Path file, String end) throws IOException {
        try (JarFile jar = new JarFile(file.toFile())) {
            return jar.stream()
                    .map(ZipEntry::getName)
                    .filter(name -> name.startsWith("dev/") && !name.endsWith("/"))
                    .map(name -> name.replaceFirst(end, ""))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static List<Path> libraries() throws IOException {
        try (Stream<Path> files = Files.list(example.resolve("lib"))) {
            return files.sorted().toList();
        }
    }

    @Test
    void exampleGreetsClientsOfAnyNode() throws Exception {
        try (TestCluster cluster =
                TestCluster.start(2, "HUBS={lobby: {busEvents: {systemEvents: [connected, disconnected]}}}")) {
            List<String> arguments =
                    FreePorts.take(2).stream().map(String::valueOf).collect(Collectors.toList());
            cluster.ports().stream().limit(2).map(port -> "127.0.0.1:" + port).forEach(arguments::add);
            Process greeter = start(arguments);
            try {
                List<String> log = new CopyOnWriteArrayList<>();
                CompletableFuture<Void> read = CompletableFuture.runAsync(() ->
                        greeter.inputReader(StandardCharsets.UTF_8).lines().forEach(log::add));
                await().until(() -> log.contains("greeter is in the cluster"));
                try (JsonClient alice =
                                cluster.node(0).client("alice").hub("lobby").json();
                        JsonClient bob =
                                cluster.node(1).client("bob").hub("lobby").json()) {
                    assertTrue(alice.text().matches("Welcome, alice! Connections: [12]"));
                    assertTrue(bob.text().matches("Welcome, bob! Connections: [12]"));
                }
                await().until(() -> log.containsAll(List.of("alice came", "bob came", "alice left", "bob left")));
                greeter.toHandle().destroy();
                read.join();
            } finally {
                greeter.destroyForcibly();
            }
        }
    }

    private static Process start(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(Arrays.asList(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                example.resolve("greeter.jar").toString()));
        command.addAll(arguments);
        ProcessBuilder process = new ProcessBuilder(command).redirectErrorStream(true);
        process.environment().put("FANFARE_AUTH_ACCESS_KEYS", AnyNode.ACCESS_KEY);
        return process.start();
    }

    private static String property(String name) {
        return Objects.requireNonNull(System.getProperty(name), "run by maven-failsafe-plugin");
    }
}
