package dev.fanfare.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

    private static final Names NAMES = Names.DEFAULT;

    @ParameterizedTest
    @ValueSource(strings = {"c", "Chat", "a_b`c,d.e[f]0"})
    void hubNamesOfTheProtocolAreGood(String name) {
        assertNull(NAMES.hubProblem(name));
        assertNull(NAMES.hubProblem(name + "x".repeat(128 - name.length())));
    }

    @Test
    void hubNamesHaveOneSpelling() {
        assertEquals("chat.i", Names.hub("CHAT.I"));
    }

    @Test
    void badHubNamesAreExplained() {
        assertEquals("hub: has 0 characters; 1 to 128 are allowed", NAMES.hubProblem(""));
        assertEquals("hub: has 129 characters; 1 to 128 are allowed", NAMES.hubProblem("h".repeat(129)));
        assertEquals("hub: begins with '1'; a letter from A to Z is needed", NAMES.hubProblem("1a"));
        assertEquals("hub: character 2 is '-'; letters, digits and _`,.[] are allowed", NAMES.hubProblem("a-b"));
        assertEquals("hub: character 2 is U+00E9; letters, digits and _`,.[] are allowed", NAMES.hubProblem("h\u00e9"));
        assertEquals("hub: character 2 is U+000A; letters, digits and _`,.[] are allowed", NAMES.hubProblem("h\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"message", "Order.Placed", "a_b-c.9"})
    void eventNamesOfTheProtocolAreGood(String name) {
        assertNull(NAMES.eventProblem(name));
    }

    @Test
    void badEventNamesAreExplained() {
        assertEquals("event: has 0 characters; 1 to 128 are allowed", NAMES.eventProblem(""));
        assertEquals("event: has 129 characters; 1 to 128 are allowed", NAMES.eventProblem("e".repeat(129)));
        assertEquals("event: begins with '_'; a letter from A to Z is needed", NAMES.eventProblem("_a"));
        assertEquals("event: character 2 is U+0020; letters, digits and _.- are allowed", NAMES.eventProblem("a b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"g", " g ", "a/b?c#d", "\u00e9\u6f22\ud83d\ude00", "\u0000", "\u200b"})
    void groupNamesMayHaveAnyCharacters(String name) {
        assertNull(NAMES.groupProblem(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "\t\n", "\u00a0\u3000\u0085"})
    void groupNamesOfWhiteSpaceAreRefused(String name) {
        assertEquals("group: is white space only; another character is needed", NAMES.groupProblem(name));
    }

    @Test
    void badGroupNamesAreExplained() {
        assertNull(NAMES.groupProblem("g".repeat(1024)));
        assertEquals("group: has 0 characters; 1 to 1024 are allowed", NAMES.groupProblem(""));
        assertEquals("group: has 1025 characters; 1 to 1024 are allowed", NAMES.groupProblem("g".repeat(1025)));
        String surrogate = "is an unpaired surrogate; it has no UTF-8 form";
        assertEquals("group: character 2 " + surrogate, NAMES.groupProblem("g\ud83d"));
        assertEquals("group: character 1 " + surrogate, NAMES.groupProblem("\ude00g"));
        assertEquals("group: character 3 " + surrogate, NAMES.groupProblem("\ud83d\ude00\ude00"));
        assertEquals("group: character 1 " + surrogate, NAMES.groupProblem("\ud800"));
        assertEquals("group: character 1 " + surrogate, NAMES.groupProblem("\udfff"));
        assertNull(NAMES.groupProblem("\ud7ff\ue000"));
    }

    @Test
    void userIdsTravelInHeaders() {
        assertNull(NAMES.userIdProblem("alice@example.org \u00e9"));
        assertEquals("userId: has 0 characters; 1 to 1024 are allowed", NAMES.userIdProblem(""));
        assertEquals(
                "userId: character 2 is U+000D; control characters are not allowed", NAMES.userIdProblem("a\r\nb"));
        assertEquals(
                "userId: character 1 is an unpaired surrogate; it has no UTF-8 form", NAMES.userIdProblem("\ud83d"));
    }

    @Test
    void lengthsAreParameters() {
        Names names = new Names(1, 2, 3, 4);
        assertNull(names.hubProblem("h"));
        assertNotNull(names.hubProblem("hh"));
        assertNull(names.groupProblem("gg"));
        assertNotNull(names.groupProblem("ggg"));
        assertNull(names.eventProblem("eee"));
        assertNotNull(names.eventProblem("eeee"));
        assertNull(names.userIdProblem("uuuu"));
        assertNotNull(names.userIdProblem("uuuuu"));
    }

    @Test
    void lengthsAreAtLeastOne() {
        assertNull(new Names(1, 1, 1, 1).hubProblem("h"));
        assertThrows(IllegalArgumentException.class, () -> new Names(0, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Names(1, 0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Names(1, 1, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Names(1, 1, 1, 0));
    }

    @Test
    void systemEventsAreRecognisedInAnyCase() {
        assertTrue(Names.isSystemEvent("connect"));
        assertTrue(Names.isSystemEvent("Disconnected"));
        assertFalse(Names.isSystemEvent("connects"));
    }

    @Test
    void metadataOfTheProtocolIsGood() {
        assertNull(Names.metadataProblem(Map.of()));
        assertNull(Names.metadataProblem(Map.of("!#$%&'*+-.^_`|~09azAZ", " tab\tand ~ ", "empty", "")));
        assertNull(Names.metadataProblem(Map.of("k".repeat(256), "v".repeat(1024))));
    }

    @Test
    void badMetadataIsExplained() {
        assertEquals("metadata: a key has 0 bytes; 1 to 256 are allowed", Names.metadataProblem(Map.of("", "v")));
        assertEquals(
                "metadata: a key has 257 bytes; 1 to 256 are allowed",
                Names.metadataProblem(Map.of("k".repeat(257), "v")));
        assertEquals(
                "metadata: a key has ':'; letters, digits and !#$%&'*+-.^_`|~ are allowed",
                Names.metadataProblem(Map.of("a:b", "v")));
        assertEquals(
                "metadata: a value has 1025 bytes; at most 1024 are allowed",
                Names.metadataProblem(Map.of("k", "v".repeat(1025))));
        assertEquals(
                "metadata: a value has U+000A; printable ASCII is allowed",
                Names.metadataProblem(Map.of("k", "a\nx-evil: 1")));
        assertEquals(
                "metadata: a value has U+00E9; printable ASCII is allowed",
                Names.metadataProblem(Map.of("k", "\u00e9")));
    }

    @Test
    void metadataIsBoundedAsAWhole() {
        Map<String, String> metadata = new HashMap<>();
        for (int i = 0; i < 8; i++) {
            metadata.put("k" + i, "v".repeat(1022));
        }
        assertNull(Names.metadataProblem(metadata));
        metadata.put("k", "");
        assertEquals("metadata: is over 8192 bytes in all", Names.metadataProblem(metadata));
    }

    @Test
    void problemsFitIntoACloseFrame() {
        for (String problem : new String[] {
            NAMES.hubProblem("h" + '\u6f22'),
            NAMES.groupProblem("\ude00"),
            NAMES.userIdProblem("\u0000"),
            Names.metadataProblem(Map.of("(", ""))
        }) {
            assertNotNull(problem);
            assertTrue(problem.getBytes(StandardCharsets.UTF_8).length <= 123, problem);
        }
    }
}
