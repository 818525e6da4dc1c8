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

    /** So many problems are told; who sends a megabyte of them gets no more than that back. */
    private static final int SHOWN_PROBLEMS = 20;

    /** So many values a connection may have beside the names of its groups. */
    private static final int VALUES_BESIDE_GROUPS = 1000;

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
     * @throws ConfigException if anything is wrong, with the first 20 things that are wrong
     */
    public static OutboundConnection parse(String json, String hub, Config config) throws ConfigException {
        Written.Section written =
                read(json, VALUES_BESIDE_GROUPS + 2 * config.limits().groupsPerConnection());
        Problems problems = new Problems(new Sources());
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
        refuse(problems.found());
        return connection;
    }

    private static void refuse(List<Problem> found) throws ConfigException {
        if (found.size() > SHOWN_PROBLEMS) {
            List<Problem> first = new ArrayList<>(found.subList(0, SHOWN_PROBLEMS));
            first.add(new Problem(SOURCE, "", "and " + (found.size() - SHOWN_PROBLEMS) + " more are wrong"));
            throw new ConfigException(first);
        }
        if (!found.isEmpty()) {
            throw new ConfigException(found);
        }
    }

    private static Written.Section read(String json, int maxValues) throws ConfigException {
        JsonNode tree;
        try {
            tree = JSON.readTree(json);
        } catch (JsonProcessingException malformed) {
            throw refusal("is not JSON, or has a key twice");
        }
        if (!tree.isObject()) {
            throw refusal("must be a JSON object");
        }
        if (values(tree, maxValues) > maxValues) {
            throw refusal("has more than " + maxValues + " values");
        }
        return section(tree);
    }

    /** Of the body as a whole, of which nothing else is looked at. */
    private static ConfigException refusal(String text) {
        return new ConfigException(List.of(new Problem(SOURCE, "", text)));
    }

    /** How many values there are in a tree; more than {@code enough} are not counted. */
    private static int values(JsonNode node, int enough) {
        int count = 1;
        for (JsonNode child : node) {
            if (count > enough) {
                break;
            }
            count += values(child, enough - count);
        }
        return count;
    }

    private static Written.Section section(JsonNode object) {
        Written.Section section = new Written.Section(SOURCE);
        object.properties().forEach(entry -> section.entries().put(entry.getKey(), written(entry.getValue())));
        return section;
    }

    private static Written written(JsonNode node) {
        if (node.isObject()) {
            return section(node);
        }
        if (node.isArray()) {
            List<Written> items = new ArrayList<>();
            node.forEach(item -> items.add(written(item)));
            return new Written.Items(SOURCE, items);
        }
        return new Written.Scalar(SOURCE, node.isNull() ? null : node.asText(), form(node));
    }

    private static Written.Form form(JsonNode node) {
        if (node.isNumber()) {
            return Written.Form.NUMBER;
        }
        return node.isBoolean() ? Written.Form.TRUTH : Written.Form.TEXT;
    }
}
