package dev.fanfare.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionIdTest {

    private static final String RANDOM = "AAAAAAAAAAAAAAAAAAAAAA";

    @Test
    void anIdNamesItsNode() {
        SecureRandom random = new SecureRandom();
        for (String node : new String[] {"0", "n1", "0123456789abcDEF"}) {
            assertEquals(node, ConnectionId.nodeOf(ConnectionId.create(random, node)));
        }
    }

    @Test
    void idsAreUrlSafeDifferentAndOfOneLength() {
        SecureRandom random = new SecureRandom();
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            String id = ConnectionId.create(random, "n1");
            assertTrue(Pattern.matches("[A-Za-z0-9_-]{24}", id), id);
            assertEquals("n1", ConnectionId.nodeOf(id));
            assertTrue(ids.add(id), id);
        }
    }

    @Test
    void allBitsComeFromTheGenerator() {
        Random random = new Random() {
            private static final long serialVersionUID = 1L;

            @Override
            public long nextLong() {
                return -1;
            }
        };
        assertEquals("_____________________wn1", ConnectionId.create(random, "n1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "n1",
                RANDOM,
                RANDOM + "n-1",
                RANDOM + "n_1",
                RANDOM + "n 1",
                RANDOM + "n\u00e9",
                RANDOM + "01234567890123456",
                "AAAAAAAAAAAAAAAAAAAAABn1",
                "AAAAAAAAAAAAAAAAAAA.AAn1",
                "AAAAAAAAAAAAAAAAAAA/AAn1",
                "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00",
            })
    void otherTextsAreNoIds(String text) {
        assertNull(ConnectionId.nodeOf(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "01234567890123456", "n-1", "n.1", "n\u00e9"})
    void nodesAreLettersAndDigits(String node) {
        assertThrows(IllegalArgumentException.class, () -> ConnectionId.create(new Random(1), node));
    }

    @ParameterizedTest
    @ValueSource(strings = {"feed", "a", "A-b_c~9", "eyJhbGciOiJIUzI1NiJ9"})
    void idsThatAreGivenAreLettersDigitsAndSigns(String id) {
        assertTrue(ConnectionId.mayBeGiven(id));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjI1MzQwMjMwMDc5OX0", "a b", "a/b", RANDOM + "n1"})
    void idsThatLookLikeATokenOrAGeneratedIdAreNotGiven(String id) {
        assertFalse(ConnectionId.mayBeGiven(id));
    }
}
