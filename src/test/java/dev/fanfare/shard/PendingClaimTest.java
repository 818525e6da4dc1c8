package dev.fanfare.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Claim;
import dev.fanfare.core.protocol.Subprotocol;
import org.junit.jupiter.api.Test;

class PendingClaimTest {

    @Test
    void whatIsKeptIsBounded() {
        PendingClaim pendingClaim = new PendingClaim(
                new Claim("hub", "id", "token", Subprotocol.JSON_RELIABLE),
                10L * Publications.to("g", 1, 1).weight());
        for (int i = 1; i <= 10; i++) {
            pendingClaim.keep(Publications.to("g", 1, i));
        }
        assertFalse(pendingClaim.overflowed());
        for (int i = 11; i <= 1000; i++) {
            pendingClaim.keep(Publications.to("g", 1, i));
        }
        assertTrue(pendingClaim.overflowed());
        assertEquals(10, pendingClaim.forwarded().size());
    }

    @Test
    void oneFitsHoweverLargeItIs() {
        PendingClaim pendingClaim = new PendingClaim(new Claim("hub", "id", "token", Subprotocol.JSON_RELIABLE), 1);
        pendingClaim.keep(Publications.to("g", 1, 1));
        assertFalse(pendingClaim.overflowed());
        pendingClaim.keep(Publications.to("g", 1, 2));
        assertTrue(pendingClaim.overflowed());
    }
}
