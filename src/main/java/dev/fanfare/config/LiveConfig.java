package dev.fanfare.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The configuration that a running node has at present. What is built from it registers as a {@link ConfigPart}, prepares for
 * the next one, and takes it when all parts are prepared. Keys that apply at the next start only keep their values. See
 * {@code src/docs/decisions/0054-reload.md}. Thread-safe.
 */
public final class LiveConfig {

    private static final String KEPT = "with the values that other keys keep until the next start";

    private final List<ConfigPart> parts = new CopyOnWriteArrayList<>();
    private volatile Config present;

    /** What is built from the configuration. */
    @FunctionalInterface
    public interface ConfigPart {

        /**
         * Prepares for another configuration, and changes nothing that is in use. May block. What it makes needs no release:
         * it is dropped if another part refuses.
         *
         * @return takes it; must not fail or block
         * @throws IllegalArgumentException if the part cannot work with it; the message says why, and shows no secret
         */
        Runnable prepare(Config next);
    }

    /**
     * What a change did: paths of keys.
     *
     * @param applied that have new values now; of hubs, those with other settings
     * @param atNextStart that differ, and have their values of the start until the next one
     */
    public record ConfigChange(List<String> applied, List<String> atNextStart) {

        public ConfigChange {
            applied = List.copyOf(applied);
            atNextStart = List.copyOf(atNextStart);
        }
    }

    public LiveConfig(Config present) {
        this.present = present;
    }

    /** A volatile read: not for the path of a message. */
    public Config present() {
        return present;
    }

    /** Registers a part that has been built with the present configuration. */
    public void add(ConfigPart part) {
        parts.add(part);
    }

    /**
     * Changes to another configuration, or not at all. Blocks.
     *
     * @throws ConfigException if it cannot be used, with all problems. The present one stays
     */
    public synchronized ConfigChange change(Config next) throws ConfigException {
        Config before = present;
        Config changed = before;
        List<String> applied = new ArrayList<>();
        List<String> atNextStart = new ArrayList<>();
        for (Setting setting : differing(before, next)) {
            if (ReloadTime.of(setting.path()) == ReloadTime.NEXT_START) {
                atNextStart.add(setting.path());
            } else {
                Object value = valueOf(next, setting.path());
                applied.addAll(changes(setting, valueOf(before, setting.path()), value));
                changed = Records.with(changed, setting.path(), value);
            }
        }
        List<Runnable> prepared = prepare(changed);
        present = changed;
        takeAll(prepared);
        return new ConfigChange(applied, atNextStart);
    }

    private List<Runnable> prepare(Config changed) throws ConfigException {
        List<ConfigProblem> problems = new ArrayList<>(problemsOf(changed));
        List<Runnable> prepared = new ArrayList<>();
        if (problems.isEmpty()) {
            for (ConfigPart part : parts) {
                try {
                    prepared.add(part.prepare(changed));
                } catch (IllegalArgumentException e) {
                    problems.add(new ConfigProblem("", "", String.valueOf(e.getMessage())));
                }
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return prepared;
    }

    /** Even if one fails, which is a bug, the others are not left behind. */
    private static void takeAll(List<Runnable> prepared) {
        RuntimeException bug = null;
        for (Runnable part : prepared) {
            try {
                part.run();
            } catch (RuntimeException e) {
                bug = bug == null ? e : bug;
            }
        }
        if (bug != null) {
            throw bug;
        }
    }

    private static List<Setting> differing(Config present, Config next) {
        return Setting.leaves(Config.class).stream()
                .filter(setting -> !Objects.equals(valueOf(present, setting.path()), valueOf(next, setting.path())))
                .toList();
    }

    /** The names of what changed in a key: itself, or the sections in it that have names of their own. */
    private static List<String> changes(Setting setting, @Nullable Object before, @Nullable Object after) {
        if (!(before instanceof Map<?, ?> old) || !(after instanceof Map<?, ?> changed)) {
            return List.of(setting.path());
        }
        return Stream.concat(old.keySet().stream(), changed.keySet().stream())
                .filter(name -> !Objects.equals(old.get(name), changed.get(name)))
                .map(name -> ConfigProblems.path(setting.path(), name.toString()))
                .collect(TreeSet<String>::new, TreeSet::add, TreeSet::addAll)
                .stream()
                .toList();
    }

    /** What is consistent in the file need not be so with the values that stay until the next start. */
    private static List<ConfigProblem> problemsOf(Config changed) {
        ConfigProblems configProblems = new ConfigProblems(new ConfigSources());
        check(changed, "", configProblems);
        return configProblems.found().stream()
                .map(problem -> new ConfigProblem(KEPT, problem.key(), problem.text()))
                .toList();
    }

    private static void check(Record section, String path, ConfigProblems configProblems) {
        for (Setting setting : Setting.of(section.getClass(), path)) {
            if (setting.isSection() && setting.valueIn(section) instanceof Record nested) {
                check(nested, setting.path(), configProblems);
            }
        }
        if (section instanceof Validated validated) {
            validated.check(configProblems.in(path));
        }
    }

    private static @Nullable Object valueOf(Config config, String path) {
        Object value = config;
        for (String name : path.split("\\.")) {
            Record section = (Record) Objects.requireNonNull(value, path);
            value = Setting.of(section.getClass(), "").stream()
                    .filter(setting -> setting.name().equals(name))
                    .findFirst()
                    .orElseThrow()
                    .valueIn(section);
        }
        return value;
    }
}
