package dev.fanfare.config;

import java.lang.reflect.RecordComponent;
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

    /** The defaults of a section in a list: the constant {@code DEFAULT} of its type. */
    static <R extends Record> R defaultOf(Class<R> type) {
        try {
            return type.cast(type.getField("DEFAULT").get(null));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("record=" + type.getName(), e);
        }
    }
}
