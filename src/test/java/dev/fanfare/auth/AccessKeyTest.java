package dev.fanfare.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class AccessKeyTest {

    @Test
    void randomKeysAreLongAndDifferAndFitIntoConnectionStrings() {
        String key = AccessKey.random();

        assertEquals(64, key.length());
        assertTrue(key.matches("[A-Za-z0-9_-]+"));
        assertNotEquals(key, AccessKey.random());
    }
}
