package dev.fanfare.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fanfare.broker.Claim;
import dev.fanfare.core.protocol.Subprotocol;
import org.junit.jupiter.api.Test;

class TransitTest {

    @Test
    void whatIsKeptIsBounded() {
        Transit transit = new Transit(
                new Claim("hub", "id", "token", Subprotocol.JSON_RELIABLE),
                10L * Publications.to("g", 1, 1).weight());
        for (int i = 1; i <= 10; i++) {
            transit.keep(Publications.to("g", 1, i));
        }
        assertFalse(transit.overflowed());
        for (int i = 11; i <= 1000; i++) {
            transit.keep(Publications.to("g", 1, i));
        }
        assertTrue(transit.overflowed());
        assertEquals(10, transit.forwarded().size());
    }

    @Test
    void oneFitsHoweverLargeItIs() {
        Transit transit = new Transit(new Claim("hub", "id", "token", Subprotocol.JSON_RELIABLE), 1);
        transit.keep(Publications.to("g", 1, 1));
        assertFalse(transit.overflowed());
        transit.keep(Publications.to("g", 1, 2));
        assertTrue(transit.overflowed());
    }
}
