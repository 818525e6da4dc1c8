package dev.fanfare.config;

import dev.fanfare.core.Names;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** The rules for the keys of {@code hubs}. */
final class HubNames {

    private static final String SECTION = "hubs";
    private static final String PREFIX = "hub: ";

    private HubNames() {}

    /**
     * Reports keys that are not hub names, and names that differ only in case.
     *
     * @param maxLength in characters
     */
    static void check(Collection<String> keys, int maxLength, ConfigProblems configProblems) {
        Names names = new Names(
                maxLength, Names.DEFAULT.groupLength(), Names.DEFAULT.eventLength(), Names.DEFAULT.userIdLength());
        Map<String, String> seen = new HashMap<>();
        for (String key : keys) {
            String path = ConfigProblems.path(SECTION, key);
            String problem = key.equals(Config.ANY_HUB) ? null : names.hubProblem(key);
            if (problem != null) {
                configProblems.report(path, "is not a hub name: " + problem.substring(PREFIX.length()));
            }
            String first = seen.putIfAbsent(Names.hub(key), path);
            if (first != null) {
                configProblems.report(path, "is the same hub as " + first + ", since case does not matter; keep one");
            }
        }
    }
}
