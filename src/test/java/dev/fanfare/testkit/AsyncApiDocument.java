package dev.fanfare.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** {@code asyncapi.yaml}, for tests that hold it against something. */
public final class AsyncApiDocument {

    private static final JsonSchemaFactory SCHEMAS = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7);

    public final JsonNode root = read(Path.of("src/main/resources/asyncapi.yaml"));

    private static JsonNode read(Path file) {
        try {
            return new YAMLMapper().readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the schema of AsyncAPI says against the document; empty for nothing. */
    public String errors() {
        JsonNode schema = read(Path.of("src/test/resources/asyncapi-3.0-schema.json"));
        return SCHEMAS.getSchema(schema)
                .validate(root.toString(), InputFormat.JSON)
                .toString();
    }

    /** The names of the messages that an operation has. */
    public List<String> messagesOf(String operation) {
        return root.at("/operations/" + operation + "/messages")
                .valueStream()
                .map(message -> message.get("$ref").asText())
                .map(reference -> reference.substring(reference.lastIndexOf('/') + 1))
                .toList();
    }

    /** The examples of a message. */
    public List<String> examplesOf(String message) {
        return root.at("/components/messages/" + message + "/examples")
                .valueStream()
                .map(example -> example.get("payload").toString())
                .toList();
    }

    /** What the schema of a message says against a payload; empty for nothing. */
    public String errorsOf(String message, String payload) {
        return schemaOf(message).validate(payload, InputFormat.JSON).toString();
    }

    /** The same of a payload that has been read. */
    public String errorsOf(String message, JsonNode payload) {
        return schemaOf(message).validate(payload).toString();
    }

    private JsonSchema schemaOf(String message) {
        ObjectNode schema =
                root.at("/components/messages/" + message + "/payload").deepCopy();
        schema.set("components", root.get("components"));
        return SCHEMAS.getSchema(schema);
    }

    /** All references of the document and where they lead. */
    public Map<String, JsonNode> references() {
        return root.findValues("$ref").stream()
                .map(JsonNode::asText)
                .distinct()
                .collect(java.util.stream.Collectors.toMap(
                        reference -> reference, reference -> root.at(reference.substring(1))));
    }
}
