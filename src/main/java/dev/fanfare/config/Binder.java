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
 * Makes records of what was written. Knows no key by name: a section is a record, a key is a component of it, and what
 * is absent or wrong is as in the section's default. A map is a section whose keys are free, each of them a text, or a
 * section, where what is absent or wrong is as under the key {@value #ANY}.
 */
final class Binder {

    /** The key of a map whose section is the default of all others. */
    static final String ANY = "*";

    private final Sources sources;
    private final Problems problems;

    Binder(Sources sources, Problems problems) {
        this.sources = sources;
        this.problems = problems;
    }

    /** Binds a section and everything in it, then has it checked. */
    <R extends Record> R section(Class<R> type, Record defaults, Written written, String path) {
        if (!(written instanceof Written.Section) && !written.isEmpty()) {
            problems.add(written.source(), path, "is " + written.kind() + "; it must be a section of keys");
            return type.cast(defaults);
        }
        Map<String, Written> entries = written instanceof Written.Section given ? given.entries() : Map.of();
        List<Setting> settings = Setting.of(type, path);
        refuseUnknown(entries, settings, path);
        List<@Nullable Object> values = new ArrayList<>();
        for (Setting setting : settings) {
            Written value = entries.get(setting.name());
            Object fallback = setting.valueIn(defaults);
            values.add(value == null ? absent(setting, fallback) : present(setting, value, fallback));
        }
        R section = Records.create(type, values);
        if (section instanceof Checked checked) {
            checked.check(problems.in(path));
        }
        return section;
    }

    private void refuseUnknown(Map<String, Written> entries, List<Setting> settings, String path) {
        Map<String, String> known = new LinkedHashMap<>();
        settings.forEach(setting -> known.put(setting.name(), setting.path()));
        entries.forEach((name, written) -> {
            if (!known.containsKey(name)) {
                String hint = Nearest.to(name, known.keySet())
                        .map(near -> "did you mean " + known.get(near) + "?")
                        .orElseGet(() -> "the keys here are " + String.join(", ", known.keySet()));
                problems.add(written.source(), path.isEmpty() ? name : path + "." + name, "is not a key; " + hint);
            }
        });
    }

    /** The default; that of a section is checked too, for it may not fit the rest. */
    private @Nullable Object absent(Setting setting, @Nullable Object fallback) {
        return setting.isSection() ? subsection(setting, new Written.Section(""), fallback) : fallback;
    }

    private @Nullable Object present(Setting setting, Written written, @Nullable Object fallback) {
        sources.put(setting.path(), written.source());
        if (setting.isSection()) {
            return subsection(setting, written, fallback);
        }
        if (written.isEmpty() && (setting.isList() || setting.isMap() || setting.isTexts() || fallback == null)) {
            return fallback;
        }
        if (setting.isTexts()) {
            return texts(setting, written);
        }
        if (setting.isMap()) {
            return map(setting, written, (Map<?, ?>) Objects.requireNonNull(fallback, setting::path));
        }
        return setting.isList() ? list(setting, written) : scalar(setting, written, fallback);
    }

    private Record subsection(Setting setting, Written written, @Nullable Object defaults) {
        Record section = (Record) Objects.requireNonNull(defaults, setting::path);
        return section(setting.type().asSubclass(Record.class), section, written, setting.path());
    }

    private Map<?, ?> map(Setting setting, Written written, Map<?, ?> fallback) {
        if (!(written instanceof Written.Section map)) {
            refuse(setting, setting.path(), written, setting.allowed());
            return fallback;
        }
        Record defaults = (Record) Objects.requireNonNull(fallback.get(ANY), setting::path);
        Written any = map.entries().get(ANY);
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

    private Map<String, String> texts(Setting setting, Written written) {
        if (!(written instanceof Written.Section map)) {
            refuse(setting, setting.path(), written, setting.allowed());
            return Map.of();
        }
        Map<String, String> values = new LinkedHashMap<>();
        map.entries().forEach((name, entry) -> {
            String path = Problems.path(setting.path(), name);
            sources.put(path, entry.source());
            values.put(encodable(entry.source(), name, setting.path()), text(setting, entry, path));
        });
        return Collections.unmodifiableMap(values);
    }

    private Record mapped(Setting setting, String name, Written entry, Record defaults) {
        String path = Problems.path(setting.path(), name);
        sources.put(path, entry.source());
        return section(setting.itemType().asSubclass(Record.class), defaults, entry, path);
    }

    private List<Object> list(Setting setting, Written written) {
        if (!(written instanceof Written.Items list)) {
            refuse(setting, setting.path(), written, setting.allowed());
            return List.of();
        }
        List<Object> values = new ArrayList<>();
        for (Written item : list.items()) {
            String path = setting.path() + "[" + values.size() + "]";
            sources.put(path, item.source());
            values.add(setting.itemType().isRecord() ? listed(setting, item, path) : text(setting, item, path));
        }
        return List.copyOf(values);
    }

    private Record listed(Setting setting, Written item, String path) {
        Class<? extends Record> type = setting.itemType().asSubclass(Record.class);
        return section(type, Records.defaultOf(type), item, path);
    }

    private String text(Setting setting, Written item, String path) {
        if (item instanceof Written.Scalar scalar && scalar.text() != null && scalar.mayBe(String.class)) {
            return encodable(scalar.source(), scalar.text(), path);
        }
        refuse(setting, path, item, "a text");
        return "";
    }

    private @Nullable Object scalar(Setting setting, Written written, @Nullable Object fallback) {
        if (written instanceof Written.Scalar scalar && scalar.text() != null && scalar.mayBe(setting.type())) {
            Optional<Object> value = setting.parse(encodable(scalar.source(), scalar.text(), setting.path()))
                    .filter(scalar::spells);
            if (value.isPresent()) {
                return value.get();
            }
        }
        refuse(setting, setting.path(), written, setting.allowed());
        return fallback;
    }

    /** The text, unless it has no UTF-8 form. */
    private String encodable(String source, String text, String path) {
        if (StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            return text;
        }
        problems.add(source, path, "has an unpaired surrogate, which has no UTF-8 form");
        return "";
    }

    private void refuse(Setting setting, String path, Written written, String allowed) {
        problems.add(written.source(), path, "is " + shown(setting, written) + "; it must be " + allowed);
    }

    private static String shown(Setting setting, Written written) {
        if (written instanceof Written.Scalar scalar && scalar.text() != null) {
            if (setting.isSecret()) {
                return "(hidden)";
            }
            boolean text = scalar.mayBe(String.class);
            return text ? Problems.quoted(scalar.text()) : Problems.shown(scalar.text());
        }
        return written.kind();
    }
}
