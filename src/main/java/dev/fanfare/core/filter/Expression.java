package dev.fanfare.core.filter;

import org.jspecify.annotations.Nullable;

/**
 * A checked part of a filter.
 *
 * @param valueType what {@code value} yields: a Boolean, Long, String or Set
 * @param position where it begins in the text, counted from 1
 */
record Expression(ValueType valueType, int position, Value value) {

    /** Yields a value for a connection. Never throws: types were checked when the filter was parsed. */
    interface Value {
        @Nullable
        Object of(Filter.Subject subject);
    }

    /** For an expression of type boolean. */
    boolean test(Filter.Subject subject) {
        return Boolean.TRUE.equals(value.of(subject));
    }
}
