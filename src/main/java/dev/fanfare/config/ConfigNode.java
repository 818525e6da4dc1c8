package dev.fanfare.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A value as somebody wrote it, before it has a type, and where: {@code file:line} or an environment variable. */
sealed interface ConfigNode {

    String source();

    /** What this is called in a message. */
    String kind();

    /** What a single value is by the way it is written. In YAML and variables that says nothing, in JSON it does. */
    enum Form {
        ANY,
        TEXT,
        NUMBER,
        TRUTH
    }

    /**
     * @param text the characters as written, whatever they mean; null for nothing at all
     */
    record Scalar(String source, @Nullable String text, Form form) implements ConfigNode {
        Scalar(String source, @Nullable String text) {
            this(source, text, Form.ANY);
        }

        /** Whether it is written as values of that type are. */
        boolean mayBe(Class<?> type) {
            return switch (form) {
                case ANY -> true;
                case TEXT -> type == String.class || type.isEnum();
                case NUMBER -> type == int.class || type == long.class;
                case TRUTH -> type == boolean.class;
            };
        }

        /** Whether it is written as that value is: in JSON names of constants are compared exactly. */
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

    /** Whether a key stands there, but no value. */
    default boolean isEmpty() {
        return this instanceof Scalar scalar && scalar.text() == null;
    }
}
