package dev.fanfare.config;

import java.util.HashMap;
import java.util.Map;

/** Where each key was written. */
final class ConfigSources {

    private static final String DEFAULT = "default";

    private final Map<String, String> sources = new HashMap<>();

    void put(String path, String source) {
        sources.put(path, source);
    }

    /** Whether a key was written. */
    boolean known(String path) {
        return sources.containsKey(path);
    }

    /** The place of the first of these keys that was written at all. */
    String of(String... paths) {
        for (String path : paths) {
            String source = sources.get(path);
            if (source != null) {
                return source;
            }
        }
        return DEFAULT;
    }
}
