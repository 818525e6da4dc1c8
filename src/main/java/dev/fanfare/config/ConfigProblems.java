package dev.fanfare.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Collects the problems of a configuration, at most one per key. A view of it belongs to one section. */
final class ConfigProblems {

    private static final int SHOWN_CHARACTERS = 80;
    private static final Pattern PLAIN = Pattern.compile("\\*|[A-Za-z0-9_-]{1," + SHOWN_CHARACTERS + "}");

    private final List<ConfigProblem> found;
    private final Set<String> wrongKeys;
    private final ConfigSources configSources;
    private final String section;

    ConfigProblems(ConfigSources configSources) {
        this(new ArrayList<>(), new HashSet<>(), configSources, "");
    }

    private ConfigProblems(
            List<ConfigProblem> found, Set<String> wrongKeys, ConfigSources configSources, String section) {
        this.found = found;
        this.wrongKeys = wrongKeys;
        this.configSources = configSources;
        this.section = section;
    }

    /** The same problems, with keys relative to the given section. */
    ConfigProblems in(String path) {
        return new ConfigProblems(found, wrongKeys, configSources, path);
    }

    /** Reports a key of this section, or the section itself if it is empty, at the place where it was written. */
    void report(String key, String text) {
        add(configSources.of(path(key)), path(key), text);
    }

    /** Reports a key that conflicts with another one, unless that one is invalid itself. */
    void conflict(String key, String other, String text) {
        if (!wrongKeys.contains(path(other))) {
            add(configSources.of(path(key), path(other)), path(key), text);
        }
    }

    /** The same, but if only the other one was written, that one is reported, with its own text. */
    void conflict(String key, String text, String other, String otherText) {
        if (configSources.known(path(other)) && !configSources.known(path(key))) {
            conflict(other, key, otherText);
        } else {
            conflict(key, other, text);
        }
    }

    void add(String source, String path, String text) {
        if (path.isEmpty() || wrongKeys.add(path)) {
            found.add(new ConfigProblem(source, path, text));
        }
    }

    List<ConfigProblem> found() {
        return found;
    }

    /**
     * The path of a key in a section; unless it is a plain word it is quoted, or its dots would look like separators.
     */
    static String path(String section, String key) {
        return section + "." + (PLAIN.matcher(key).matches() ? key : quoted(key));
    }

    private String path(String key) {
        if (key.isEmpty()) {
            return section;
        }
        return section.isEmpty() ? key : section + "." + key;
    }

    /** A value for a message: quoted, in one line, shortened. */
    static String quoted(String value) {
        return '"' + shown(value) + '"';
    }

    /** A value that is not a text, for a message. */
    static String shown(String value) {
        String line = value.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= SHOWN_CHARACTERS ? line : line.substring(0, SHOWN_CHARACTERS) + "…";
    }
}
