package dev.fanfare.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that was refused, with all of its problems. The message is safe to show. */
public final class ConfigException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient List<ConfigProblem> problems;

    ConfigException(List<ConfigProblem> problems) {
        super(message(problems), null, false, false);
        this.problems = List.copyOf(problems);
    }

    /** A configuration that cannot be read at all. */
    public ConfigException(String problem) {
        this(List.of(new ConfigProblem("", "", problem)));
    }

    /** The problems, at least one, in the order in which they were found. */
    public List<ConfigProblem> problems() {
        return problems;
    }

    private static String message(List<ConfigProblem> problems) {
        String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
        return problems.stream()
                .map(configProblem -> "\n  " + configProblem)
                .collect(Collectors.joining("", "The configuration has " + count + ":", ""));
    }
}
