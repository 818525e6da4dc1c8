package dev.fanfare.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The environment variables that set keys: {@code FANFARE_} and the path in upper snake case. With {@code _FILE} behind that
 * the value is in a file, such as one of a mounted secret.
 */
final class EnvironmentVariables {

    static final String PREFIX = "FANFARE_";

    private static final String IN_FILE = "_FILE";

    /** Variables of Fanfare that set no key: the path of the file, and what the token command reads. */
    static final Set<String> IGNORED = Set.of("FANFARE_CONFIG", "FANFARE_CONNECTION_STRING");

    /**
     * What Kubernetes sets in every container for a Service called {@code fanfare}, or {@code fanfare-} and more:
     * {@code FANFARE_SERVICE_HOST}, {@code FANFARE_PORT_8080_TCP_ADDR} and so on.
     */
    private static final Pattern SERVICE_VARIABLE = Pattern.compile("FANFARE_([A-Z0-9_]+_)?"
            + "(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");

    /** {@code FANFARE_PORT} could also be the name of a key; the value distinguishes them. */
    private static final Pattern SERVICE_URL = Pattern.compile("(tcp|udp|sctp)://.+");

    private final Map<String, Setting> settings = new LinkedHashMap<>();
    private final Map<String, String> variables = new TreeMap<>();

    EnvironmentVariables(Class<? extends Record> configuration, Map<String, String> environment) {
        Setting.leaves(configuration).forEach(setting -> settings.put(setting.variable(), setting));
        environment.forEach((name, value) -> {
            if (name.startsWith(PREFIX) && !IGNORED.contains(name) && !isSetByKubernetes(name, value)) {
                variables.put(name, value);
            }
        });
    }

    private static boolean isSetByKubernetes(String name, String value) {
        return SERVICE_VARIABLE.matcher(name).matches()
                || (name.endsWith("_PORT") && SERVICE_URL.matcher(value).matches());
    }

    /** Overrides the values of a file. */
    void writeOver(ConfigNode.Section file, ConfigProblems configProblems) {
        variables.forEach((name, value) -> {
            Setting setting = settings.get(name);
            Setting inFile = inFile(name);
            if (setting != null) {
                put(file, setting.path(), written(setting, name, value, configProblems));
            } else if (inFile == null) {
                configProblems.add(name, "", "is not the variable of a key" + hint(name));
            } else if (variables.containsKey(inFile.variable())) {
                configProblems.add(name, "", "is given and so is " + inFile.variable() + "; give one of them");
            } else {
                writeContent(file, inFile, name, value, configProblems);
            }
        });
    }

    /** The files that variables name. */
    List<Path> files() {
        return variables.entrySet().stream()
                .filter(variable -> inFile(variable.getKey()) != null)
                .map(variable -> Path.of(variable.getValue()))
                .toList();
    }

    /** The key whose value is in the file that a variable names; null if it names none. */
    private @Nullable Setting inFile(String name) {
        return settings.containsKey(name) || !name.endsWith(IN_FILE)
                ? null
                : settings.get(name.substring(0, name.length() - IN_FILE.length()));
    }

    private static void writeContent(
            ConfigNode.Section root, Setting setting, String name, String file, ConfigProblems configProblems) {
        try {
            String content = Files.readString(Path.of(file)).strip();
            put(root, setting.path(), written(setting, name, content, configProblems));
        } catch (IOException e) {
            configProblems.add(name, "", "names a file that cannot be read: " + ConfigLoader.reason(e));
        }
    }

    private String hint(String name) {
        return Retired.variableHint(name).map(hint -> "; " + hint).orElseGet(() -> suggestion(name));
    }

    private String suggestion(String name) {
        List<String> known = settings.keySet().stream()
                .map(variable -> variable.substring(PREFIX.length()))
                .toList();
        return Suggestions.to(name.substring(PREFIX.length()), known)
                .map(near -> "; did you mean " + PREFIX + near + "?")
                .orElse("; variables are " + PREFIX + " and the path of a key, such as FANFARE_SERVER_PORT");
    }

    private static ConfigNode written(Setting setting, String name, String value, ConfigProblems configProblems) {
        if (!setting.isList() && !setting.isMap() && !setting.isTexts()) {
            return new ConfigNode.Scalar(name, value);
        }
        if (!setting.isList() || setting.itemType().isRecord()) {
            return YamlReader.variable(value, name, configProblems);
        }
        List<ConfigNode> items = Arrays.stream(value.split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .<ConfigNode>map(item -> new ConfigNode.Scalar(name, item))
                .toList();
        return new ConfigNode.Items(name, items);
    }

    /** Leaves a value alone that should be a section: it is reported when it is bound. */
    private static void put(ConfigNode.Section root, String path, ConfigNode value) {
        ConfigNode.Section section = root;
        String[] names = path.split("\\.");
        for (int i = 0; i < names.length - 1; i++) {
            ConfigNode next = section.entries().get(names[i]);
            if (next == null || next.isEmpty()) {
                next = new ConfigNode.Section(value.source());
                section.entries().put(names[i], next);
            }
            if (!(next instanceof ConfigNode.Section inner)) {
                return;
            }
            section = inner;
        }
        section.entries().put(names[names.length - 1], value);
    }
}
