package dev.fanfare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.core.CloseReason;
import dev.fanfare.core.ErrorCode;
import dev.fanfare.operations.FanfareClient;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The migration page covers all operations of the connector, and names only what exists here. */
class ConnectorPageTest {

    private static final Path PAGE = Path.of("src/docs/connector.md");
    private static final Path ERRORS = Path.of("src/docs/errors.md");

    private static final Set<String> OPERATIONS = Set.of(
            "*Open Outbound Socket*",
            "*Send*",
            "*Subscribe Groups*",
            "*Unsubscribe Groups*",
            "*Broadcast*",
            "*Close Socket*",
            "*Bulk Close Sockets*");

    private static final Set<String> TRIGGERS = Set.of(
            "*On New Inbound Connection*",
            "*On New Inbound Message*",
            "*On New Outbound Message*",
            "*On Socket Closed*");

    private static final Set<String> CLOSE_CODES = Set.of(
            "`NORMAL_CLOSURE`", "`ENDPOINT_GOING_DOWN`", "`PROTOCOL_ERROR`", "`INVALID_DATA`", "`MESSAGE_TOO_LARGE`");

    private static final Pattern CALL = Pattern.compile("`(GET|HEAD|POST|PUT|DELETE) (/api/[^`?]+)`");
    private static final Pattern COMMAND = Pattern.compile("(?m)^call (GET|HEAD|POST|PUT|DELETE) '?(/api/[^ '?]+)");
    private static final Pattern ERROR = Pattern.compile("Error\\.[A-Z]\\w+");
    private static final Pattern SPAN = Pattern.compile("`(\\w+)`");
    private static final Pattern METRIC = Pattern.compile("fanfare_\\w+");

    @Test
    void itNamesEveryOperationTriggerAndCloseCode() throws IOException {
        assertEquals(new TreeSet<>(OPERATIONS), firstCells("| connector | REST | `FanfareClient` | |"));
        assertEquals(new TreeSet<>(TRIGGERS), firstCells("| connector | event | differs |"));
        assertEquals(new TreeSet<>(CLOSE_CODES), firstCells("| connector | `code` |"));
    }

    @Test
    void itsCloseCodesMayBeSent() throws IOException {
        for (List<String> row : table(PAGE, "| connector | `code` |")) {
            List<MatchResult> codes =
                    Pattern.compile("\\d{4}").matcher(row.get(1)).results().toList();
            assertFalse(codes.isEmpty(), row::toString);
            codes.forEach(code -> assertTrue(CloseReason.maySend(Integer.parseInt(code.group())), row::toString));
        }
    }

    @Test
    void itsErrorsAreThoseOfTheTable() throws IOException {
        Map<String, String> here = new TreeMap<>();
        table(PAGE, "| connector | here | where |").forEach(row -> here.put(row.get(0), row.get(1)));
        Map<String, String> there = new TreeMap<>();
        table(ERRORS, "| connector | here |").forEach(row -> there.put(row.get(0), row.get(1)));
        assertEquals(there, here);
        Set<String> known =
                Arrays.stream(ErrorCode.values()).map(ErrorCode::restName).collect(Collectors.toSet());
        all(ERROR).forEach(error -> assertTrue(known.contains(error.group()), error::group));
    }

    @Test
    void itsCallsAreThoseOfTheApi() throws IOException {
        Set<String> routes = routes();
        List<MatchResult> calls = all(CALL);
        assertFalse(calls.isEmpty());
        calls.forEach(call -> assertTrue(routes.contains(call.group(1) + " " + call.group(2)), call::group));
        Set<String> shapes =
                routes.stream().map(route -> route.replaceAll("\\{\\w+}", "*")).collect(Collectors.toSet());
        List<MatchResult> commands = all(COMMAND);
        assertFalse(commands.isEmpty());
        commands.forEach(command -> assertTrue(
                shapes.contains(command.group(1) + " "
                        + command.group(2).replaceAll("(?<=/(hubs|groups|connections)/)(?!:)[^/]+", "*")),
                command::group));
    }

    /** Method and path of each operation, as openapi.yaml indents them. */
    private static Set<String> routes() throws IOException {
        Set<String> routes = new TreeSet<>();
        String path = "";
        for (String line : Files.readAllLines(Path.of("src/main/resources/openapi.yaml"))) {
            if (line.matches(" {2}/\\S+:")) {
                path = line.substring(2, line.length() - 1);
            } else if (line.matches(" {4}(get|head|post|put|delete):")) {
                routes.add(line.strip().replace(":", "").toUpperCase(Locale.ROOT) + " " + path);
            }
        }
        return routes;
    }

    @Test
    void itsMethodsAreThoseOfTheClient() throws IOException {
        Set<String> methods = Arrays.stream(FanfareClient.class.getMethods())
                .map(Method::getName)
                .collect(Collectors.toSet());
        for (List<String> row : table(PAGE, "| connector | REST | `FanfareClient` | |")) {
            List<MatchResult> named = SPAN.matcher(row.get(2)).results().toList();
            assertFalse(named.isEmpty(), row::toString);
            named.forEach(method -> assertTrue(methods.contains(method.group(1)), method::group));
        }
    }

    @Test
    void itsMetricsAreDescribed() throws IOException {
        String metrics = Files.readString(Path.of("src/docs/metrics.md"));
        all(METRIC).forEach(metric -> assertTrue(metrics.contains(metric.group()), metric::group));
    }

    private static List<MatchResult> all(Pattern pattern) throws IOException {
        return pattern.matcher(Files.readString(PAGE)).results().toList();
    }

    private static Set<String> firstCells(String header) throws IOException {
        return table(PAGE, header).stream().map(row -> row.get(0)).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The rows below a header, without the line of hyphens. */
    private static List<List<String>> table(Path document, String header) throws IOException {
        List<String> lines = Files.readAllLines(document);
        int start = lines.indexOf(header);
        assertFalse(start < 0, () -> document + " has no table " + header);
        return lines.subList(start + 2, lines.size()).stream()
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> Arrays.stream(line.substring(1, line.length() - 1).split("\\|", -1))
                        .map(String::strip)
                        .toList())
                .toList();
    }
}
