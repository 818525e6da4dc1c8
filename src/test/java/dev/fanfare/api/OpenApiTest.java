package dev.fanfare.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.fanfare.api.OpenApiDocument.Described;
import dev.fanfare.core.ContentType;
import dev.fanfare.core.ErrorCode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Checks openapi.yaml against the table of routes, in both directions, and against the schema of OpenAPI. */
class OpenApiTest {

    private final OpenApiDocument document = new OpenApiDocument();

    @Test
    void theDocumentIsValidOpenApi31() {
        JsonNode schema = OpenApiDocument.read(Path.of("src/test/resources/openapi-3.1-schema.yaml"));
        String errors = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(schema)
                .validate(document.root.toString(), InputFormat.JSON)
                .toString();
        assertEquals("[]", errors);
    }

    @Test
    void everyRouteIsDescribedAndEveryDescriptionIsARoute() {
        Map<String, String> described = new TreeMap<>();
        document.operations()
                .forEach((id, operation) ->
                        described.put(id, operation.method().toUpperCase(Locale.ROOT) + " " + operation.path()));
        Map<String, String> routed = Routes.TABLE.stream()
                .collect(Collectors.toMap(
                        Route::operationId,
                        route -> route.method() + " " + route.template(),
                        (a, b) -> a + " and " + b,
                        TreeMap::new));
        assertEquals(routed, described);
        assertEquals(
                43,
                Routes.TABLE.size(),
                "25 operations, three more for connections, eight for revocations, four for consumers, one for the node, and"
                        + " two descriptions");
    }

    @Test
    void pathParametersAreThoseOfTheTemplate() {
        for (Map.Entry<String, Described> operation : document.operations().entrySet()) {
            Set<String> inTemplate = Arrays.stream(operation.getValue().path().split("/"))
                    .filter(segment -> segment.startsWith("{"))
                    .map(segment -> segment.substring(1, segment.length() - 1))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(inTemplate, new TreeSet<>(operation.getValue().parametersIn("path")), operation.getKey());
        }
    }

    @Test
    void queryParametersAreThoseOfTheRoutes() {
        for (Route route : Routes.TABLE) {
            Set<String> named = new TreeSet<>(route.query());
            if (!route.open()) {
                named.add(RequestQuery.API_VERSION);
            }
            assertEquals(named, new TreeSet<>(operation(route).parametersIn("query")), route.operationId());
        }
    }

    @Test
    void onlyOpenRoutesNeedNoToken() {
        assertEquals(1, document.root.get("security").size());
        for (Route route : Routes.TABLE) {
            JsonNode own = operation(route).operation().get("security");
            if (route.bodyKind() == Route.BodyKind.CREDENTIALS) {
                assertTrue(own.get(0).has("basic"), route.operationId());
                continue;
            }
            assertEquals(route.open(), own != null && own.isEmpty(), route.operationId());
            assertEquals(
                    route.open(),
                    operation(route).operation().at("/responses/401").isMissingNode());
        }
    }

    @Test
    void bodiesAreDescribedWhereTheyAreRead() {
        Map<Route.BodyKind, List<String>> types = Map.of(
                Route.BodyKind.NONE, List.of(),
                Route.BodyKind.MESSAGE, List.of(ContentType.JSON, ContentType.TEXT, ContentType.BINARY),
                Route.BodyKind.JSON, List.of(ContentType.JSON),
                Route.BodyKind.CREDENTIALS, List.of(ContentType.JSON));
        for (Route route : Routes.TABLE) {
            JsonNode body = operation(route).operation().get("requestBody");
            List<String> described = body == null
                    ? List.of()
                    : document.resolve(body)
                            .get("content")
                            .propertyStream()
                            .map(Map.Entry::getKey)
                            .toList();
            assertEquals(types.get(route.bodyKind()), described, route.operationId());
        }
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        for (JsonNode ref : document.root.findValues("$ref")) {
            assertFalse(document.root.at(ref.asText().substring(1)).isMissingNode(), ref.asText());
        }
    }

    @Test
    void errorCodesAreThoseOfTheTable() {
        Set<String> described = new TreeSet<>();
        document.root.at("/components/schemas/ErrorCode/enum").forEach(code -> described.add(code.asText()));
        Set<String> known = Arrays.stream(ErrorCode.values())
                .filter(code -> code != ErrorCode.DUPLICATE)
                .map(ErrorCode::restName)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(known, described);
    }

    @Test
    void errorAnswersHaveTheBodyOfAProblemButForHead() {
        document.operations()
                .forEach((id, operation) -> operation
                        .operation()
                        .get("responses")
                        .propertyStream()
                        .filter(response -> Integer.parseInt(response.getKey()) >= 400)
                        .map(response -> document.resolve(response.getValue()))
                        .forEach(response -> assertEquals(
                                !operation.method().equals("head"),
                                response.toString().contains("#/components/schemas/Problem"),
                                id)));
    }

    private Described operation(Route route) {
        return document.operation(route.operationId());
    }
}
