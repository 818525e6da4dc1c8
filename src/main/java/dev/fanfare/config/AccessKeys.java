package dev.fanfare.config;

import static dev.fanfare.config.Config.Auth.MIN_ACCESS_KEY_BYTES;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The rules for access keys. */
public final class AccessKeys {

    private static final int MAX_SCOPED_KEYS = 32;

    private AccessKeys() {}

    /** Why an access key is not valid, as the rest of a sentence about it and without any part of it. */
    public static Optional<String> problem(String key) {
        int bytes = key.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < MIN_ACCESS_KEY_BYTES) {
            return Optional.of("has " + bytes + " bytes; it must have at least " + MIN_ACCESS_KEY_BYTES
                    + ", such as the output of: openssl rand -base64 48");
        }
        if (key.chars().anyMatch(c -> c == ';' || c <= ' ' || c == 0x7f)) {
            return Optional.of(
                    "has a semicolon, a space or a control character; a connection string cannot carry these");
        }
        return Optional.empty();
    }

    /** All keys that sign tokens of the node's own, by their secret, each with its path within {@code auth}. */
    static Map<String, String> paths(List<String> accessKeys, List<Config.ScopedKey> scopedKeys) {
        Map<String, String> paths = new HashMap<>();
        for (int i = 0; i < accessKeys.size(); i++) {
            paths.putIfAbsent(accessKeys.get(i), "accessKeys[" + i + "]");
        }
        for (int i = 0; i < scopedKeys.size(); i++) {
            paths.putIfAbsent(scopedKeys.get(i).key(), "scopedKeys[" + i + "]");
        }
        return paths;
    }

    /** Checks that a scoped key has a name of its own, and grants no more than its own section says. */
    static void checkScoped(List<String> accessKeys, List<Config.ScopedKey> scopedKeys, ConfigProblems configProblems) {
        if (scopedKeys.size() > MAX_SCOPED_KEYS) {
            configProblems.report(
                    "scopedKeys",
                    "has " + scopedKeys.size() + " keys; it may have " + MAX_SCOPED_KEYS
                            + ", since a forged token is compared with each");
        }
        Map<String, String> paths = paths(accessKeys, scopedKeys);
        List<String> names = scopedKeys.stream().map(Config.ScopedKey::name).toList();
        for (int i = 0; i < scopedKeys.size(); i++) {
            String path = "scopedKeys[" + i + "]";
            String first = paths.getOrDefault(scopedKeys.get(i).key(), path);
            if (!first.equals(path) && !scopedKeys.get(i).key().isEmpty()) {
                configProblems.report(path + ".key", "equals that of auth." + first + "; give each its own");
            }
            int named = names.indexOf(names.get(i));
            if (named < i && !names.get(i).isEmpty()) {
                configProblems.report(
                        path + ".name", "equals that of auth.scopedKeys[" + named + "]; names must differ");
            }
        }
    }
}
