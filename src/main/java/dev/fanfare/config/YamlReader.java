package dev.fanfare.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * Reads YAML as plain data with places. Type tags, aliases, duplicate keys and further documents are problems: they
 * hide the value of a key from a reader.
 */
final class YamlReader {

    private static final YAMLFactory YAML = new YAMLFactory();

    private final YAMLParser parser;
    private final String file;
    private final boolean lines;
    private final ConfigProblems configProblems;

    private YamlReader(YAMLParser parser, String file, boolean lines, ConfigProblems configProblems) {
        this.parser = parser;
        this.file = file;
        this.lines = lines;
        this.configProblems = configProblems;
    }

    /** Reads a file; places are {@code file:line}. */
    static ConfigNode file(String text, String file, ConfigProblems configProblems) {
        return read(text, file, true, configProblems);
    }

    /** Reads the value of an environment variable; places are its name. */
    static ConfigNode variable(String text, String name, ConfigProblems configProblems) {
        return read(text, name, false, configProblems);
    }

    private static ConfigNode read(String text, String file, boolean lines, ConfigProblems configProblems) {
        try (YAMLParser parser = YAML.createParser(text)) {
            return new YamlReader(parser, file, lines, configProblems).document();
        } catch (JsonProcessingException e) {
            refuse(e, file, lines, configProblems);
            return new ConfigNode.Scalar(file, null);
        } catch (IOException e) {
            throw new IllegalStateException("reading a string failed", e);
        }
    }

    /** Reports the parser's message without the lines that it quotes, which may hold secrets. */
    private static void refuse(JsonProcessingException e, String file, boolean lines, ConfigProblems configProblems) {
        int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
        String reason = "it cannot be parsed";
        if (e.getCause() instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
            line = marked.getProblemMark().getLine() + 1;
            reason = marked.getProblem();
        }
        configProblems.add(lines ? file + ":" + line : file, "", "is not YAML: " + reason);
    }

    private ConfigNode document() throws IOException {
        if (parser.nextToken() == null) {
            return new ConfigNode.Scalar(file, null);
        }
        ConfigNode document = value("", source());
        if (parser.nextToken() != null) {
            configProblems.add(source(), "", "has a second document; keep everything in the first");
        }
        return document;
    }

    private ConfigNode value(String path, String source) throws IOException {
        refuseReferences(path);
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            return section(path, source);
        }
        if (token == JsonToken.START_ARRAY) {
            return items(path, source);
        }
        return new ConfigNode.Scalar(source, token == JsonToken.VALUE_NULL ? null : parser.getText());
    }

    private ConfigNode section(String path, String source) throws IOException {
        ConfigNode.Section section = new ConfigNode.Section(source);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            String keySource = source();
            String keyPath = path.isEmpty() ? key : path + "." + key;
            parser.nextToken();
            ConfigNode value = value(keyPath, keySource);
            ConfigNode earlier = section.entries().putIfAbsent(key, value);
            if (earlier != null) {
                configProblems.add(keySource, keyPath, "is there twice, first at " + earlier.source() + "; keep one");
            }
        }
        return section;
    }

    private ConfigNode items(String path, String source) throws IOException {
        List<ConfigNode> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(path + "[" + items.size() + "]", source()));
        }
        return new ConfigNode.Items(source, items);
    }

    private void refuseReferences(String path) throws IOException {
        if (parser.isCurrentAlias()) {
            configProblems.add(source(), path, "is a YAML alias (*); write the value out, in quotes if it is a text");
        } else if (parser.getTypeId() != null) {
            configProblems.add(
                    source(), path, "has a YAML type tag (!); remove it, or put the value in quotes if it is a text");
        }
    }

    private String source() {
        return lines ? file + ":" + parser.currentTokenLocation().getLineNr() : file;
    }
}
