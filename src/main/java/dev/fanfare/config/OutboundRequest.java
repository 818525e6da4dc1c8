package dev.fanfare.config;

import dev.fanfare.core.json.JsonNumber;
import dev.fanfare.core.json.JsonReader;
import dev.fanfare.core.json.MalformedJson;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads outbound connections that are requested at run time: JSON with the keys of the configuration. */
public final class OutboundRequest {

    private static final String SOURCE = "body";

    /** The most problems that are reported, so that a large request does not get a large answer. */
    private static final int SHOWN_PROBLEMS = 20;

    /** The most values of a connection, besides the names of its groups. */
    private static final int VALUES_BESIDE_GROUPS = 1000;

    private OutboundRequest() {}

    /**
     * Reads and checks a connection. Whether its target is allowed is not checked.
     *
     * @param json one JSON object
     * @param hub the connection belongs to, known to be valid
     * @param config the limits and keys that apply
     * @throws ConfigException if anything is wrong, with the first 20 problems
     */
    public static OutboundConnection parse(String json, String hub, Config config) throws ConfigException {
        ConfigNode.Section written =
                read(json, VALUES_BESIDE_GROUPS + 2 * config.limits().groupsPerConnection());
        ConfigSources configSources = new ConfigSources();
        ConfigProblems configProblems = new ConfigProblems(configSources);
        if (written.entries().containsKey("hub")) {
            configProblems.add(SOURCE, "hub", "is not a key; the path names the hub");
        }
        written.entries().put("hub", new ConfigNode.Scalar(SOURCE, hub));
        Binder binder = new Binder(configSources, configProblems);
        OutboundConnection connection =
                binder.section(OutboundConnection.class, OutboundConnection.DEFAULT, written, "");
        OutboundChecks.checkNames(connection, config.limits(), configProblems);
        OutboundChecks.checkKey(config.outbound(), connection, "", configProblems);
        OutboundChecks.refuseFiles(connection.tls(), configProblems);
        refuse(configProblems.found());
        return connection;
    }

    private static void refuse(List<ConfigProblem> found) throws ConfigException {
        if (found.size() > SHOWN_PROBLEMS) {
            List<ConfigProblem> first = new ArrayList<>(found.subList(0, SHOWN_PROBLEMS));
            first.add(new ConfigProblem(SOURCE, "", "and " + (found.size() - SHOWN_PROBLEMS) + " more problems"));
            throw new ConfigException(first);
        }
        if (!found.isEmpty()) {
            throw new ConfigException(found);
        }
    }

    private static ConfigNode.Section read(String json, int maxValues) throws ConfigException {
        JsonReader reader = new JsonReader(json.getBytes(StandardCharsets.UTF_8), 0);
        if (reader.peek() != '{') {
            throw refusal("must be a JSON object");
        }
        try {
            ConfigNode.Section section = new Values(reader, maxValues).section();
            reader.expectEnd();
            return section;
        } catch (MalformedJson malformed) {
            throw refusal("is not one JSON value: " + malformed.getMessage());
        }
    }

    /** A problem of the body as a whole, of which nothing else is checked. */
    private static ConfigException refusal(String text) {
        return new ConfigException(List.of(new ConfigProblem(SOURCE, "", text)));
    }

    /** The values of a text, up to the number allowed. */
    private static final class Values {
        private final JsonReader reader;
        private final int most;
        private int count;

        Values(JsonReader reader, int most) {
            this.reader = reader;
            this.most = most;
        }

        ConfigNode.Section section() throws MalformedJson, ConfigException {
            ConfigNode.Section section = new ConfigNode.Section(SOURCE);
            Set<String> names = new HashSet<>();
            boolean more = reader.enterObject();
            while (more) {
                String name = reader.name();
                if (!names.add(name)) {
                    throw refusal("has a key twice, again before byte " + reader.position());
                }
                ConfigNode value = value();
                if (!value.isEmpty()) { // null is as if it were absent
                    section.entries().put(name, value);
                }
                more = reader.moreProperties();
            }
            return section;
        }

        private ConfigNode value() throws MalformedJson, ConfigException {
            if (++count > most) {
                throw refusal("has more than " + most + " values");
            }
            return switch (reader.peek()) {
                case '{' -> section();
                case '[' -> items();
                case '"' -> new ConfigNode.Scalar(SOURCE, reader.string(), ConfigNode.Form.TEXT);
                case 't', 'f' -> new ConfigNode.Scalar(SOURCE, reader.literal(), ConfigNode.Form.TRUTH);
                case 'n' -> {
                    reader.skipValue();
                    yield new ConfigNode.Scalar(SOURCE, null);
                }
                default -> new ConfigNode.Scalar(SOURCE, whole(reader.literal()), ConfigNode.Form.NUMBER);
            };
        }

        private ConfigNode.Items items() throws MalformedJson, ConfigException {
            List<ConfigNode> items = new ArrayList<>();
            boolean more = reader.enterArray();
            while (more) {
                items.add(value());
                more = reader.moreElements();
            }
            return new ConfigNode.Items(SOURCE, items);
        }
    }

    private static String whole(String number) {
        BigInteger integer = JsonNumber.integer(number);
        return integer == null ? number : integer.toString();
    }
}
