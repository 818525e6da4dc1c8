package dev.fanfare.event;

import dev.fanfare.config.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The value of the Authorization header for a handler, from the configuration or from a file. */
final class Authorization {

    private Authorization() {}

    /**
     * The value of the header, null for none.
     *
     * @throws IllegalArgumentException if the file cannot be read or does not hold a header value; the message shows
     *     none of it
     */
    static @Nullable String of(Config.EventHandler handler) {
        String file = handler.authorizationFile();
        if (file.isEmpty()) {
            return handler.authorization();
        }
        try {
            String value = Files.readString(Path.of(file)).strip();
            if (value.isEmpty() || !value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
                throw new IllegalArgumentException(
                        "authorizationFile " + file + " must hold one line of printable ASCII");
            }
            return value;
        } catch (IOException e) {
            throw new IllegalArgumentException("authorizationFile " + file + " cannot be read", e);
        }
    }
}
