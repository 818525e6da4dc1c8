package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fanfare.config.Config;
import dev.fanfare.config.ConfigLoader;
import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.core.protocol.JsonCodec;
import dev.fanfare.core.protocol.ProtocolViolation;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Checks statements of the documents against the program. */
final class DocumentationTest {

    private static final Path README = Path.of("README.md");
    private static final Path ARCHITECTURE = Path.of("src/docs/architecture.md");
    private static final Path PROTOCOL = Path.of("src/docs/protocol.md");
    private static final Path ERRORS = Path.of("src/docs/errors.md");

    /** The error types of the connector that this broker generalises. */
    private static final Set<String> CONNECTOR_ERRORS = Set.of(
            "BASIC_AUTHENTICATION",
            "CONNECTIVITY",
            "FORBIDDEN",
            "INTERNAL_SERVER_ERROR",
            "INVALID_SOCKET_ID",
            "NON_UNIQUE_SOCKET_ID",
            "NOT_FOUND",
            "NO_SUCH_SOCKET",
            "REMOTELY_CLOSED",
            "RETRY_EXHAUSTED",
            "SERVICE_UNAVAILABLE",
            "UNAUTHORIZED");

    private static final Path CODE = Path.of("src/main/java");
    private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
    private static final Pattern FENCE = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");
    private static final Pattern VARIABLE = Pattern.compile("FANFARE_[A-Z_]+");
    private static final Pattern CODE_SPAN = Pattern.compile("`([^`\\n]+)`");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Variables that are not keys, and the prefix of all. */
    private static final Set<String> OTHER_VARIABLES =
            Set.of("FANFARE_CONFIG", "FANFARE_CONNECTION_STRING", "FANFARE_");

    /** Client frames; other types are sent by the server. */
    private static final Set<String> CLIENT_TYPES = Set.of(
            "joinGroup",
            "leaveGroup",
            "sendToGroup",
            "event",
            "invoke",
            "cancelInvocation",
            "ping",
            "sequenceAck",
            "refreshToken");

    @Test
    void theTableOfCloseCodesIsThatOfTheCode() throws IOException {
        List<List<String>> expected = Arrays.stream(CloseReason.values())
                .map(reason -> List.of(
                        "`" + reason.label() + "`",
                        String.valueOf(reason.code()),
                        reason.recoverable() ? "yes" : "no",
                        reason.text()))
                .toList();
        assertEquals(lines(expected), lines(table(ERRORS, "| reason | code | outlives | text |")));
    }

    @Test
    void theTableOfErrorsIsThatOfTheCode() throws IOException {
        List<List<String>> expected = Arrays.stream(ErrorCode.values())
                .map(code -> List.of(
                        "`" + code.restName() + "`",
                        String.valueOf(code.httpStatus()),
                        "`" + code.inBandName() + "`",
                        code.when(),
                        code.remedy()))
                .toList();
        assertEquals(lines(expected), lines(table(ERRORS, "| REST | status | in band | when | what to do |")));
    }

    @Test
    void everyErrorOfTheConnectorHasOneOfOurs() throws IOException {
        Set<String> ours = Arrays.stream(ErrorCode.values())
                .map(code -> "`" + code.restName() + "`")
                .collect(Collectors.toSet());
        List<List<String>> rows = table(ERRORS, "| connector | here |");
        assertEquals(
                CONNECTOR_ERRORS,
                rows.stream().map(row -> row.get(0).replace("`", "")).collect(Collectors.toSet()));
        assertEquals(CONNECTOR_ERRORS.size(), rows.size());
        rows.forEach(row -> assertTrue(ours.contains(row.get(1)), row::toString));
    }

    @Test
    void theTableOfPackagesIsComplete() throws IOException {
        Set<String> listed = table(ARCHITECTURE, "| package | purpose |").stream()
                .map(row -> row.get(0).replace("`", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        try (Stream<Path> files = Files.walk(CODE)) {
            Set<String> present = files.filter(file -> file.endsWith("package-info.java"))
                    .map(file -> CODE.relativize(file.getParent()).toString().replace('/', '.'))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(present, listed);
        }
    }

    @TestFactory
    Stream<DynamicTest> linksLeadSomewhere() throws IOException {
        return eachDocument(document -> {
            for (String link : all(LINK, Files.readString(document))) {
                if (!link.startsWith("https://")) {
                    checkLink(document, link);
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> variablesAreThoseOfKeys() throws IOException {
        Set<String> known = keys().stream().map(DocumentationTest::variable).collect(Collectors.toSet());
        known.addAll(OTHER_VARIABLES);
        return eachDocument(document -> {
            for (MatchResult variable : matches(VARIABLE, Files.readString(document))) {
                assertTrue(
                        known.contains(variable.group().replaceFirst("_KEYS_FILE$", "_KEYS")),
                        () -> document + ": " + variable.group());
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> keysExist() throws IOException {
        Set<String> known = keys();
        known.add("cluster.local"); // the usual DNS domain on Kubernetes
        Set<String> sections = Arrays.stream(Config.class.getRecordComponents())
                .map(RecordComponent::getName)
                .collect(Collectors.toSet());
        Pattern key = Pattern.compile("(" + String.join("|", sections) + ")(\\.([a-z][A-Za-z]+|\\*))+");
        return eachDocument(document -> {
            for (String span : all(CODE_SPAN, Files.readString(document))) {
                boolean meant = key.matcher(span).matches();
                assertTrue(!meant || known.contains(span), () -> document + ": " + span);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> configurationsAreValid(@TempDir Path directory) throws IOException {
        Files.createFile(directory.resolve("tls.key"));
        Files.createFile(directory.resolve("tls.crt"));
        Files.createFile(directory.resolve("smtp-password"));
        Files.createFile(directory.resolve("hook-authorization"));
        return eachDocument(document -> {
            for (String yaml : fenced("yaml", document)) {
                String here = yaml.replace("/etc/fanfare", directory.toString());
                Path file = Files.writeString(directory.resolve("example.yaml"), here);
                assertDoesNotThrow(() -> ConfigLoader.load(file, Map.of()), () -> document + "\n" + yaml);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> framesFollowTheProtocol() throws IOException {
        return eachDocument(document -> {
            for (String block : fenced("json", document)) {
                for (String frame : block.split("\n")) {
                    checkFrame(frame);
                }
            }
        });
    }

    @Test
    void clientFramesOfEveryTypeAreShown() throws IOException {
        Set<String> shown = new TreeSet<>();
        for (String block : fenced("json", PROTOCOL)) {
            for (String frame : block.split("\n")) {
                shown.add(JSON.readTree(frame).path("type").asText());
            }
        }
        assertTrue(shown.containsAll(CLIENT_TYPES), shown::toString);
    }

    private static void checkLink(Path document, String link) throws IOException {
        int hash = link.indexOf('#');
        String path = hash < 0 ? link : link.substring(0, hash);
        Path target = path.isEmpty() ? document : document.resolveSibling(path).normalize();
        assertTrue(Files.exists(target), () -> document + ": " + link);
        if (hash >= 0) {
            List<String> anchors = all(HEADING, Files.readString(target)).stream()
                    .map(DocumentationTest::anchor)
                    .toList();
            assertTrue(anchors.contains(link.substring(hash + 1)), () -> document + ": " + link);
        }
    }

    /** The anchor of a heading in rendered Markdown. */
    private static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    private static void checkFrame(String text) throws IOException, ProtocolViolation {
        JsonNode frame = JSON.readTree(text);
        assertTrue(frame.isObject(), text);
        assertEquals(frame.toString(), text, "a frame has no white space between its parts");
        if (CLIENT_TYPES.contains(frame.path("type").asText())) {
            JsonCodec.RELIABLE.decode(true, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** The rows below a header, without the line of hyphens. */
    private static List<List<String>> table(Path document, String header) throws IOException {
        List<String> lines = Files.readAllLines(document);
        int start = lines.indexOf(header);
        assertFalse(start < 0, () -> document + " has no table " + header);
        List<List<String>> rows = new ArrayList<>();
        for (String line : lines.subList(start + 2, lines.size())) {
            if (!line.startsWith("|")) {
                break;
            }
            String[] cells = line.substring(1, line.length() - 1).split("\\|", -1);
            rows.add(Arrays.stream(cells).map(String::strip).toList());
        }
        return rows;
    }

    private static String lines(List<List<String>> rows) {
        return rows.stream().map(row -> String.join(" | ", row)).collect(Collectors.joining("\n"));
    }

    private static Set<String> keys() {
        Set<String> keys = new TreeSet<>();
        addKeys(Config.class, "", keys);
        return keys;
    }

    private static void addKeys(Class<?> section, String prefix, Set<String> keys) {
        for (RecordComponent component : section.getRecordComponents()) {
            String path = prefix + component.getName();
            keys.add(path);
            if (component.getType().isRecord()) {
                addKeys(component.getType(), path + ".", keys);
            } else if (component.getGenericType() instanceof ParameterizedType type
                    && lastArgument(type) instanceof Class<?> item
                    && item.isRecord()) {
                addKeys(item, path + (component.getType() == Map.class ? ".*." : "."), keys);
            }
        }
    }

    private static Type lastArgument(ParameterizedType type) {
        return type.getActualTypeArguments()[type.getActualTypeArguments().length - 1];
    }

    private static String variable(String key) {
        return "FANFARE_"
                + key.replace('.', '_').replaceAll("([a-z0-9])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
    }

    private static List<String> fenced(String language, Path document) throws IOException {
        return matches(FENCE, Files.readString(document)).stream()
                .filter(block -> block.group(1).equals(language))
                .map(block -> block.group(2))
                .toList();
    }

    private static List<String> all(Pattern pattern, String text) {
        return matches(pattern, text).stream().map(match -> match.group(1)).toList();
    }

    private static List<MatchResult> matches(Pattern pattern, String text) {
        return pattern.matcher(text).results().toList();
    }

    /** A check of one document. */
    private interface Check {
        void run(Path document) throws Exception;
    }

    private static Stream<DynamicTest> eachDocument(Check check) throws IOException {
        List<Path> documents = new ArrayList<>(List.of(README, Path.of("CHANGELOG.md")));
        for (String directory : List.of("src/docs", "src/examples")) {
            try (Stream<Path> files = Files.walk(Path.of(directory))) {
                files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
            }
        }
        return documents.stream().map(document -> dynamicTest(document.toString(), () -> check.run(document)));
    }
}
