package dev.fanfare.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;

/** Reads outbound connections that somebody asks for at run time: JSON with the keys that the configuration has. */
public final class OutboundRequest {

    private static final String SOURCE = "body";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private OutboundRequest() {}

    /**
     * Reads and checks a connection. Whether it may lead where it does is not looked at.
     *
     * @param json one JSON object
     * @param hub the connection belongs to, known to be valid
     * @param config with the limits and keys that hold
     * @throws ConfigException if anything is wrong, with everything that is wrong
     */
    public static OutboundConnection parse(String json, String hub, Config config) throws ConfigException {
        Problems problems = new Problems(new Sources());
        Written.Section written = read(json, problems);
        if (written.entries().containsKey("hub")) {
            problems.add(SOURCE, "hub", "is not a key; the path names the hub");
        }
        written.entries().put("hub", new Written.Scalar(SOURCE, hub));
        Binder binder = new Binder(new Sources(), problems);
        OutboundConnection connection =
                binder.section(OutboundConnection.class, OutboundConnection.DEFAULT, written, "");
        OutboundChecks.checkNames(connection, config.limits(), problems);
        OutboundChecks.checkKey(config.outbound(), connection, "", problems);
        OutboundChecks.refuseFiles(connection.tls(), problems);
        if (!problems.found().isEmpty()) {
            throw new ConfigException(problems.found());
        }
        return connection;
    }

    private static Written.Section read(String json, Problems problems) {
        try {
            if (written(JSON.readTree(json)) instanceof Written.Section section) {
                return section;
            }
            problems.add(SOURCE, "", "must be a JSON object");
        } catch (JsonProcessingException malformed) {
            problems.add(SOURCE, "", "is not JSON, or has a key twice");
        }
        return new Written.Section(SOURCE);
    }

    private static Written written(JsonNode node) {
        if (node.isObject()) {
            Written.Section section = new Written.Section(SOURCE);
            node.properties().forEach(entry -> section.entries().put(entry.getKey(), written(entry.getValue())));
            return section;
        }
        if (node.isArray()) {
            List<Written> items = new ArrayList<>();
            node.forEach(item -> items.add(written(item)));
            return new Written.Items(SOURCE, items);
        }
        return new Written.Scalar(SOURCE, node.isNull() || node.isMissingNode() ? null : node.asText());
    }
}
