package dev.fanfare.config;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Creates records of types that are known at run time only. */
final class Records {

    private Records() {}

    /** Calls the canonical constructor. */
    static <R extends Record> R create(Class<R> type, List<@Nullable Object> values) {
        Class<?>[] parameters = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            return type.getDeclaredConstructor(parameters).newInstance(values.toArray());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("record=" + type.getName(), e);
        }
    }

    /**
     * A copy of a section in which one key has another value.
     *
     * @param path of the key within the section, dotted
     * @throws IllegalArgumentException if there is no such key, or the value is of another type
     */
    static <R extends Record> R with(R section, String path, @Nullable Object value) {
        Class<R> type = typeOf(section);
        int dot = path.indexOf('.');
        String name = dot < 0 ? path : path.substring(0, dot);
        List<Setting> settings = Setting.of(type, "");
        if (settings.stream().noneMatch(setting -> setting.name().equals(name))) {
            throw new IllegalArgumentException("key=" + path + " is not in " + type.getSimpleName());
        }
        List<@Nullable Object> values = new ArrayList<>();
        for (Setting setting : settings) {
            Object old = setting.valueIn(section);
            if (!setting.name().equals(name)) {
                values.add(old);
            } else if (dot < 0) {
                values.add(value);
            } else if (old instanceof Record nested) {
                values.add(with(nested, path.substring(dot + 1), value));
            } else {
                throw new IllegalArgumentException("key=" + name + " is not a section of keys");
            }
        }
        return create(type, values);
    }

    @SuppressWarnings("unchecked") // a record has no subclasses
    private static <R extends Record> Class<R> typeOf(R section) {
        return (Class<R>) section.getClass();
    }

    /** The defaults of a section in a list: the constant {@code DEFAULT} of its type. */
    static <R extends Record> R defaultOf(Class<R> type) {
        try {
            return type.cast(type.getField("DEFAULT").get(null));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("record=" + type.getName(), e);
        }
    }
}
