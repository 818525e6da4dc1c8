package dev.fanfare.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigCopyTest {

    @ParameterizedTest
    @MethodSource("dev.fanfare.config.ConfigEnvironmentTest#everyKey")
    void aCopyDiffersInOneKeyOnly(String path, String variable, String text, Object value) {
        Config copy = Config.DEFAULT.with(path, value);

        assertNotEquals(Config.DEFAULT, copy);
        for (Setting setting : Setting.leaves(Config.class)) {
            Object expected =
                    setting.path().equals(path) ? value : ConfigEnvironmentTest.valueAt(Config.DEFAULT, setting.path());
            assertEquals(expected, ConfigEnvironmentTest.valueAt(copy, setting.path()), setting.path());
        }
    }

    @Test
    void unknownKeysAreRefused() {
        for (String key : List.of("server.ports", "servers.port", "server.port.number", "")) {
            assertThrows(IllegalArgumentException.class, () -> Config.DEFAULT.with(key, 1), key);
        }
    }

    @Test
    void valuesOfAnotherTypeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> Config.DEFAULT.with("server.port", "8080"));
        assertThrows(IllegalArgumentException.class, () -> Config.DEFAULT.with("server.allowedOrigins", "*"));
    }
}
