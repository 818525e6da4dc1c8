package dev.fanfare.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints a configuration. */
public final class ConfigText {

    private static final String HIDDEN = "(hidden)";

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
            .build();

    private ConfigText() {}

    /** All keys as YAML, with {@code (hidden)} in place of secrets. */
    public static String yaml(Config config) {
        try {
            return YAML.writeValueAsString(section(config));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a configuration cannot be written", e);
        }
    }

    private static Map<String, @Nullable Object> section(Record section) {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        for (Setting setting : Setting.of(section.getClass(), "")) {
            entries.put(setting.name(), shown(setting.valueIn(section), setting.isSecret()));
        }
        return entries;
    }

    private static Map<String, @Nullable Object> entries(Map<?, ?> map, boolean secret) {
        Map<String, @Nullable Object> entries = new LinkedHashMap<>();
        map.forEach((name, value) -> entries.put(name.toString(), shown(value, secret)));
        return entries;
    }

    private static @Nullable Object shown(@Nullable Object value, boolean secret) {
        if (value instanceof Record section) {
            return section(section);
        }
        if (value instanceof Map<?, ?> map) {
            return entries(map, secret);
        }
        if (value instanceof List<?> list) {
            return list.stream().map(item -> shown(item, secret)).toList();
        }
        if (value instanceof Enum<?> constant) {
            return Setting.spelled(constant);
        }
        return secret && value != null && !value.equals("") ? HIDDEN : value;
    }
}
