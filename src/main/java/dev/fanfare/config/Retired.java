package dev.fanfare.config;

import java.util.Map;
import java.util.Optional;

/** Keys of earlier releases, and what to do instead of setting them. */
final class Retired {

    private static final Map<String, String> KEYS = Map.of(
            "cluster.tls.enabled",
            "TLS between nodes is on by default; set cluster.tls.mode to files for certificates of your own, or to off");

    private Retired() {}

    /** For a key; empty if there never was one. */
    static Optional<String> hint(String path) {
        return Optional.ofNullable(KEYS.get(path));
    }

    /** For the environment variable of a key. */
    static Optional<String> variableHint(String variable) {
        return KEYS.entrySet().stream()
                .filter(entry -> Setting.variable(entry.getKey()).equals(variable))
                .map(Map.Entry::getValue)
                .findFirst();
    }
}
