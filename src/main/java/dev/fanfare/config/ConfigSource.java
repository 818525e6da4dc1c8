package dev.fanfare.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a configuration comes from, so that it can be read again. Immutable.
 *
 * @param file null for none
 * @param environment the variables, as in {@link ConfigLoader#load}; they stay as they were when the process started
 */
public record ConfigSource(@Nullable Path file, Map<String, String> environment) {

    public ConfigSource {
        environment = Map.copyOf(environment);
    }

    /** The files that it is read from: the one of all keys, and those that variables name. */
    public List<Path> files() {
        List<Path> files = new ArrayList<>(new EnvironmentVariables(Config.class, environment).files());
        if (file != null) {
            files.add(file);
        }
        return files;
    }

    /** Reads it. Blocks. */
    public Config load() throws ConfigException {
        return ConfigLoader.load(file, environment);
    }

    /** Without the variables, some of which are secrets. */
    @Override
    public String toString() {
        return "ConfigSource[file=" + file + "]";
    }
}
