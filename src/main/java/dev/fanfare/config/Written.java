package dev.fanfare.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A value as somebody wrote it, before it has a type, and where: {@code file:line} or an environment variable. */
sealed interface Written {

    String source();

    /** What this is called in a message. */
    String kind();

    /**
     * @param text the characters as written, whatever they mean; null for nothing at all
     */
    record Scalar(String source, @Nullable String text) implements Written {
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

    record Items(String source, List<Written> items) implements Written {
        @Override
        public String kind() {
            return "a list";
        }
    }

    record Section(String source, Map<String, Written> entries) implements Written {
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
