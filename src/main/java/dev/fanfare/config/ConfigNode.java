package dev.fanfare.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A value as written, before it has a type, and its place: {@code file:line} or an environment variable. */
sealed interface ConfigNode {

    String source();

    /** What it is called in messages. */
    String kind();

    /** The form of a single value. In YAML and variables it says nothing about the type, in JSON it does. */
    enum Form {
        ANY,
        TEXT,
        NUMBER,
        TRUTH
    }

    /**
     * @param text the characters as written; null for no value at all
     */
    record Scalar(String source, @Nullable String text, Form form) implements ConfigNode {
        Scalar(String source, @Nullable String text) {
            this(source, text, Form.ANY);
        }

        /** Whether it has the form of a value of that type. */
        boolean mayBe(Class<?> type) {
            return switch (form) {
                case ANY -> true;
                case TEXT -> type == String.class || type.isEnum();
                case NUMBER -> type == int.class || type == long.class;
                case TRUTH -> type == boolean.class;
            };
        }

        /** Whether it is spelled like that value: in JSON, names of constants are case-sensitive. */
        boolean spells(Object value) {
            return form != Form.TEXT
                    || !(value instanceof Enum<?> constant)
                    || Setting.spelled(constant).equals(text);
        }

        @Override
        public String kind() {
            return text == null ? "empty" : "a single value";
        }

        /** May be a secret. */
        @Override
        public String toString() {
            return "Scalar[" + source + "]";
        }
    }

    record Items(String source, List<ConfigNode> items) implements ConfigNode {
        @Override
        public String kind() {
            return "a list";
        }
    }

    record Section(String source, Map<String, ConfigNode> entries) implements ConfigNode {
        Section(String source) {
            this(source, new LinkedHashMap<>());
        }

        @Override
        public String kind() {
            return "a section of keys";
        }
    }

    /** Whether the key is present without a value. */
    default boolean isEmpty() {
        return this instanceof Scalar scalar && scalar.text() == null;
    }
}
