package dev.fanfare.config;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration: a YAML file, environment variables over it, and the defaults below. Reads files, so it must
 * not be called on an event loop.
 */
public final class ConfigLoader {

    private ConfigLoader() {}

    /**
     * Loads and checks a configuration.
     *
     * @param file YAML; null for none
     * @param environment variables by name, as from {@link System#getenv()}; those that do not begin with
     *     {@code FANFARE_} are ignored
     * @throws ConfigException if anything is wrong, with all problems
     */
    public static Config load(@Nullable Path file, Map<String, String> environment) throws ConfigException {
        ConfigSources configSources = new ConfigSources();
        ConfigProblems configProblems = new ConfigProblems(configSources);
        ConfigNode.Section written = file == null ? new ConfigNode.Section("") : read(file, configProblems);
        new EnvironmentVariables(Config.class, environment).writeOver(written, configProblems);
        Config config = new Binder(configSources, configProblems).section(Config.class, Config.DEFAULT, written, "");
        if (!configProblems.found().isEmpty()) {
            throw new ConfigException(configProblems.found());
        }
        return config;
    }

    private static ConfigNode.Section read(Path file, ConfigProblems configProblems) {
        try {
            ConfigNode configNode = YamlReader.file(Files.readString(file), file.toString(), configProblems);
            if (configNode instanceof ConfigNode.Section section) {
                return section;
            }
            if (!configNode.isEmpty()) {
                configProblems.add(
                        configNode.source(), "", "holds " + configNode.kind() + "; it must hold a section of keys");
            }
        } catch (IOException e) {
            configProblems.add(file.toString(), "", "cannot be read: " + reason(e));
        }
        return new ConfigNode.Section(file.toString());
    }

    /** Why a file cannot be read. */
    static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file";
        }
        return e instanceof MalformedInputException ? "it is not UTF-8" : String.valueOf(e.getMessage());
    }
}
