package dev.fanfare.config;

import static dev.fanfare.config.Config.Auth.MIN_ACCESS_KEY_BYTES;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The rules for access keys. */
public final class AccessKeys {

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
}
