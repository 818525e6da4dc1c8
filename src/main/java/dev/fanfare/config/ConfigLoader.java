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
     * @throws ConfigException if anything is wrong, with everything that is wrong
     */
    public static Config load(@Nullable Path file, Map<String, String> environment) throws ConfigException {
        Sources sources = new Sources();
        Problems problems = new Problems(sources);
        Written.Section written = file == null ? new Written.Section("") : read(file, problems);
        new Environment(Config.class, environment).writeOver(written, problems);
        Config config = new Binder(sources, problems).section(Config.class, Config.DEFAULT, written, "");
        if (!problems.found().isEmpty()) {
            throw new ConfigException(problems.found());
        }
        return config;
    }

    private static Written.Section read(Path file, Problems problems) {
        try {
            Written written = YamlReader.file(Files.readString(file), file.toString(), problems);
            if (written instanceof Written.Section section) {
                return section;
            }
            if (!written.isEmpty()) {
                problems.add(written.source(), "", "holds " + written.kind() + "; it must hold a section of keys");
            }
        } catch (IOException e) {
            problems.add(file.toString(), "", "cannot be read: " + reason(e));
        }
        return new Written.Section(file.toString());
    }

    private static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file";
        }
        return e instanceof MalformedInputException ? "it is not UTF-8" : String.valueOf(e.getMessage());
    }
}
