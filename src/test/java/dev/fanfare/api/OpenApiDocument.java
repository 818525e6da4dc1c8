package dev.fanfare.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The description of the API, for tests. */
final class OpenApiDocument {

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final String IRI = "https://fanfare.test/openapi";

    final JsonNode root = read(Path.of("src/main/resources/openapi.yaml"));

    private final JsonSchemaFactory schemas = JsonSchemaFactory.getInstance(
            SpecVersion.VersionFlag.V202012,
            builder -> builder.schemaLoaders(loaders -> loaders.schemas(Map.of(IRI, definitions()))));

    /** The schemas as a JSON Schema. */
    private String definitions() {
        String schemas = root.at("/components/schemas").toString();
        return "{\"$defs\":" + schemas.replace("#/components/schemas/", "#/$defs/") + "}";
    }

    static JsonNode read(Path file) {
        try {
            return YAML.readTree(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By operationId: the operation with path and method, and with the parameters of its path. */
    Map<String, Described> operations() {
        Map<String, Described> operations = new TreeMap<>();
        for (Map.Entry<String, JsonNode> path : root.get("paths").properties()) {
            for (Map.Entry<String, JsonNode> method : path.getValue().properties()) {
                if (method.getKey().equals("parameters")) {
                    continue;
                }
                List<JsonNode> parameters =
                        new ArrayList<>(resolved(path.getValue().get("parameters")));
                parameters.addAll(resolved(method.getValue().get("parameters")));
                JsonNode operation = method.getValue();
                operations.put(
                        operation.get("operationId").asText(),
                        new Described(path.getKey(), method.getKey(), operation, parameters));
            }
        }
        return operations;
    }

    Described operation(String id) {
        Described operation = operations().get(id);
        if (operation == null) {
            throw new AssertionError("not described: " + id);
        }
        return operation;
    }

    record Described(String path, String method, JsonNode operation, List<JsonNode> parameters) {

        List<String> parametersIn(String place) {
            return parameters.stream()
                    .filter(parameter -> parameter.get("in").asText().equals(place))
                    .map(parameter -> parameter.get("name").asText())
                    .toList();
        }

        /** The declared status below 400; where there are two, that of a request without {@code report}. */
        int success() {
            return operation
                    .get("responses")
                    .propertyStream()
                    .mapToInt(response -> Integer.parseInt(response.getKey()))
                    .filter(status -> status < 400)
                    .max()
                    .orElseThrow();
        }
    }

    private List<JsonNode> resolved(@Nullable JsonNode array) {
        List<JsonNode> nodes = new ArrayList<>();
        if (array != null) {
            array.forEach(node -> nodes.add(resolve(node)));
        }
        return nodes;
    }

    /** The target of a reference, or the node itself. */
    JsonNode resolve(JsonNode node) {
        JsonNode ref = node.get("$ref");
        return ref == null ? node : root.at(ref.asText().substring(1));
    }

    /** Why a JSON body violates the schema of that name. */
    String errors(String schema, String json) {
        JsonSchema validator = schemas.getSchema(
                SchemaLocation.of(IRI + "#/$defs/" + schema),
                SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build());
        return validator.validate(json, InputFormat.JSON).toString();
    }
}
