package dev.fanfare.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Binds nodes of the configuration to records. Knows no key by name: a section is a record, a key is a component of it,
 * and a missing or invalid value takes the section's default. A map is a section with arbitrary keys, each of them a
 * text, or a section, whose missing or invalid values are as under the key {@value #ANY}.
 */
final class Binder {

    /** The key of a map whose section has the defaults of all others. */
    static final String ANY = "*";

    private final ConfigSources configSources;
    private final ConfigProblems configProblems;

    Binder(ConfigSources configSources, ConfigProblems configProblems) {
        this.configSources = configSources;
        this.configProblems = configProblems;
    }

    /** Binds a section and everything in it, then validates it. */
    <R extends Record> R section(Class<R> type, Record defaults, ConfigNode configNode, String path) {
        if (!(configNode instanceof ConfigNode.Section) && !configNode.isEmpty()) {
            configProblems.add(configNode.source(), path, "is " + configNode.kind() + "; it must be a section of keys");
            return type.cast(defaults);
        }
        Map<String, ConfigNode> entries = configNode instanceof ConfigNode.Section given ? given.entries() : Map.of();
        List<Setting> settings = Setting.of(type, path);
        refuseUnknown(entries, settings, path);
        List<@Nullable Object> values = new ArrayList<>();
        for (Setting setting : settings) {
            ConfigNode value = entries.get(setting.name());
            Object fallback = setting.valueIn(defaults);
            values.add(value == null ? absent(setting, fallback) : present(setting, value, fallback));
        }
        R section = Records.create(type, values);
        if (section instanceof Validated validated) {
            validated.check(configProblems.in(path));
        }
        return section;
    }

    private void refuseUnknown(Map<String, ConfigNode> entries, List<Setting> settings, String path) {
        Map<String, String> known = new LinkedHashMap<>();
        settings.forEach(setting -> known.put(setting.name(), setting.path()));
        entries.forEach((name, configNode) -> {
            if (!known.containsKey(name)) {
                String full = path.isEmpty() ? name : path + "." + name;
                String hint = Retired.hint(full)
                        .orElseGet(() -> Suggestions.to(name, known.keySet())
                                .map(near -> "did you mean " + known.get(near) + "?")
                                .orElseGet(() -> "the keys here are " + String.join(", ", known.keySet())));
                configProblems.add(configNode.source(), full, "is not a key; " + hint);
            }
        });
    }

    /** The default; that of a section is validated too, for it may not be consistent with the rest. */
    private @Nullable Object absent(Setting setting, @Nullable Object fallback) {
        return setting.isSection() ? subsection(setting, new ConfigNode.Section(""), fallback) : fallback;
    }

    private @Nullable Object present(Setting setting, ConfigNode configNode, @Nullable Object fallback) {
        configSources.put(setting.path(), configNode.source());
        if (setting.isSection()) {
            return subsection(setting, configNode, fallback);
        }
        if (configNode.isEmpty() && (setting.isList() || setting.isMap() || setting.isTexts() || fallback == null)) {
            return fallback;
        }
        if (setting.isTexts()) {
            return texts(setting, configNode);
        }
        if (setting.isMap()) {
            return map(setting, configNode, (Map<?, ?>) Objects.requireNonNull(fallback, setting::path));
        }
        return setting.isList() ? list(setting, configNode) : scalar(setting, configNode, fallback);
    }

    private Record subsection(Setting setting, ConfigNode configNode, @Nullable Object defaults) {
        Record section = (Record) Objects.requireNonNull(defaults, setting::path);
        return section(setting.type().asSubclass(Record.class), section, configNode, setting.path());
    }

    private Map<?, ?> map(Setting setting, ConfigNode configNode, Map<?, ?> fallback) {
        if (!(configNode instanceof ConfigNode.Section map)) {
            refuse(setting, setting.path(), configNode, setting.allowed());
            return fallback;
        }
        Record defaults = (Record) Objects.requireNonNull(fallback.get(ANY), setting::path);
        ConfigNode any = map.entries().get(ANY);
        Record forAny = any == null ? defaults : mapped(setting, ANY, any, defaults);
        Map<String, Record> values = new LinkedHashMap<>();
        values.put(ANY, forAny);
        map.entries().forEach((name, entry) -> {
            if (!name.equals(ANY)) {
                values.put(name, mapped(setting, name, entry, forAny));
            }
        });
        return Collections.unmodifiableMap(values);
    }

    private Map<String, String> texts(Setting setting, ConfigNode configNode) {
        if (!(configNode instanceof ConfigNode.Section map)) {
            refuse(setting, setting.path(), configNode, setting.allowed());
            return Map.of();
        }
        Map<String, String> values = new LinkedHashMap<>();
        map.entries().forEach((name, entry) -> {
            String path = ConfigProblems.path(setting.path(), name);
            configSources.put(path, entry.source());
            values.put(encodable(entry.source(), name, setting.path()), text(setting, entry, path));
        });
        return Collections.unmodifiableMap(values);
    }

    private Record mapped(Setting setting, String name, ConfigNode entry, Record defaults) {
        String path = ConfigProblems.path(setting.path(), name);
        configSources.put(path, entry.source());
        return section(setting.itemType().asSubclass(Record.class), defaults, entry, path);
    }

    private List<Object> list(Setting setting, ConfigNode configNode) {
        if (!(configNode instanceof ConfigNode.Items list)) {
            refuse(setting, setting.path(), configNode, setting.allowed());
            return List.of();
        }
        List<Object> values = new ArrayList<>();
        for (ConfigNode item : list.items()) {
            String path = setting.path() + "[" + values.size() + "]";
            configSources.put(path, item.source());
            values.add(setting.itemType().isRecord() ? listed(setting, item, path) : text(setting, item, path));
        }
        return List.copyOf(values);
    }

    private Record listed(Setting setting, ConfigNode item, String path) {
        Class<? extends Record> type = setting.itemType().asSubclass(Record.class);
        return section(type, Records.defaultOf(type), item, path);
    }

    private String text(Setting setting, ConfigNode item, String path) {
        if (item instanceof ConfigNode.Scalar scalar && scalar.text() != null && scalar.mayBe(String.class)) {
            return encodable(scalar.source(), scalar.text(), path);
        }
        refuse(setting, path, item, "a text");
        return "";
    }

    private @Nullable Object scalar(Setting setting, ConfigNode configNode, @Nullable Object fallback) {
        if (configNode instanceof ConfigNode.Scalar scalar && scalar.text() != null && scalar.mayBe(setting.type())) {
            Optional<Object> value = setting.parse(encodable(scalar.source(), scalar.text(), setting.path()))
                    .filter(scalar::spells);
            if (value.isPresent()) {
                return value.get();
            }
        }
        refuse(setting, setting.path(), configNode, setting.allowed());
        return fallback;
    }

    /** The text, unless it cannot be encoded in UTF-8. */
    private String encodable(String source, String text, String path) {
        if (StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            return text;
        }
        configProblems.add(source, path, "has an unpaired surrogate, which has no UTF-8 form");
        return "";
    }

    private void refuse(Setting setting, String path, ConfigNode configNode, String allowed) {
        configProblems.add(configNode.source(), path, "is " + shown(setting, configNode) + "; it must be " + allowed);
    }

    private static String shown(Setting setting, ConfigNode configNode) {
        if (configNode instanceof ConfigNode.Scalar scalar && scalar.text() != null) {
            if (setting.isSecret()) {
                return "(hidden)";
            }
            boolean text = scalar.mayBe(String.class);
            return text ? ConfigProblems.quoted(scalar.text()) : ConfigProblems.shown(scalar.text());
        }
        return configNode.kind();
    }
}
