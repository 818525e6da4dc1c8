package dev.fanfare.core.session;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReconnectionTokensTest {

    private static final long NOW = 1_800_000_000_000L;
    private final ReconnectionTokens tokens = new ReconnectionTokens(List.of(new byte[32]), Duration.ofDays(7));

    @Test
    void aTokenIsGoodForItsConnectionUntilItExpires() {
        String token = tokens.issue("c1", NOW);
        assertTrue(tokens.valid("c1", token, NOW));
        assertTrue(tokens.valid("c1", token, NOW + Duration.ofDays(7).toMillis() - 1));
        assertFalse(tokens.valid("c1", token, NOW + Duration.ofDays(7).toMillis()));
        assertFalse(tokens.valid("c2", token, NOW));
    }

    @Test
    void anotherKeyMakesAnotherToken() {
        byte[] key = new byte[32];
        key[0] = 1;
        String token = new ReconnectionTokens(List.of(key), Duration.ofDays(7)).issue("c1", NOW);
        assertFalse(tokens.valid("c1", token, NOW));
    }

    @Test
    void tokensOfAKeyThatIsBeingReplacedAreGood() {
        byte[] key = new byte[32];
        key[0] = 1;
        ReconnectionTokens both = new ReconnectionTokens(List.of(key, new byte[32]), Duration.ofDays(7));
        assertTrue(both.valid("c1", tokens.issue("c1", NOW), NOW));
        assertFalse(tokens.valid("c1", both.issue("c1", NOW), NOW));
    }

    @Test
    void everyChangedByteIsNoticed() {
        byte[] token = Base64.getUrlDecoder().decode(tokens.issue("c1", NOW));
        for (int i = 0; i < token.length; i++) {
            byte[] changed = token.clone();
            changed[i] ^= 1;
            assertFalse(tokens.valid("c1", Base64.getUrlEncoder().encodeToString(changed), NOW), "byte " + i);
        }
    }

    @Test
    void garbageIsNoToken() {
        for (String garbage : new String[] {"", "x", "äöü", "A".repeat(54), "A".repeat(100_000), "!!", "eyJ.a.b"}) {
            assertFalse(tokens.valid("c1", garbage, NOW), garbage.substring(0, Math.min(10, garbage.length())));
        }
    }
}
