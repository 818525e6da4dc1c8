package dev.fanfare.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fanfare.core.protocol.DataType;
import dev.fanfare.core.protocol.Payload;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON bodies of events. */
final class EventBodies {

    static final Payload EMPTY = Payload.json("{}");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonFactory FACTORY = new JsonFactory();

    private EventBodies() {}

    static Payload connect(ConnectEvent event) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("claims", event.claims());
        body.put("query", event.query());
        body.put("headers", event.headers());
        body.put("subprotocols", event.subprotocols());
        body.put("clientCertificates", event.clientCertificates());
        body.put("remoteAddress", event.remoteAddress());
        return json(body);
    }

    static Payload register(RegisterEvent event) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("clientId", event.clientId());
        body.put("clientSecret", event.clientSecret());
        body.put("remoteAddress", event.remoteAddress());
        return json(body);
    }

    static Payload disconnected(String reason, int code) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("reason", reason);
        body.put("code", code);
        return json(body);
    }

    private static Payload json(Map<String, Object> body) {
        try {
            return new Payload(DataType.JSON, JSON.writeValueAsBytes(body));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of texts cannot be written", e);
        }
    }

    /** An event in the JSON format of CloudEvents 1.0; JSON data is embedded verbatim. */
    static String structured(CloudEvent event) {
        StringWriter text = new StringWriter(512 + event.payload().bytes().length);
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("specversion", "1.0");
            json.writeStringField("type", event.type());
            json.writeStringField("source", event.source());
            json.writeStringField("id", event.id());
            json.writeStringField("time", event.time());
            json.writeStringField("hub", event.identity().hub());
            json.writeStringField("connectionid", event.identity().connectionId());
            json.writeStringField("eventname", event.name());
            optional(json, "userid", event.identity().userId());
            optional(json, "subprotocol", event.subprotocol());
            json.writeStringField("connectiontype", event.identity().type().label());
            json.writeStringField("path", event.identity().path());
            metadata(json, event.metadata());
            json.writeStringField("datacontenttype", event.contentType());
            data(json, event.payload());
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing a string failed", e);
        }
        return text.toString();
    }

    private static void optional(JsonGenerator json, String name, @Nullable String value) throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    /** CloudEvents attributes cannot be objects, so the metadata is JSON in a string. */
    private static void metadata(JsonGenerator json, Map<String, String> metadata) throws IOException {
        if (!metadata.isEmpty()) {
            json.writeStringField("metadata", JSON.writeValueAsString(metadata));
        }
    }

    private static void data(JsonGenerator json, Payload payload) throws IOException {
        switch (payload.type()) {
            case TEXT -> json.writeStringField("data", new String(payload.bytes(), StandardCharsets.UTF_8));
            case JSON -> {
                json.writeFieldName("data");
                json.writeRawValue(new String(payload.bytes(), StandardCharsets.UTF_8));
            }
            case BINARY, PROTOBUF -> json.writeBinaryField("data_base64", payload.bytes());
        }
    }
}
