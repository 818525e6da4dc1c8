package dev.fanfare.config;

import static dev.fanfare.core.SlowConsumerPolicy.DISCONNECT;
import static dev.fanfare.core.SlowConsumerPolicy.DROP_NEWEST;
import static dev.fanfare.core.SlowConsumerPolicy.DROP_OLDEST;
import static dev.fanfare.core.SlowConsumerPolicy.KEEP_LATEST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class HubsTest {

    @Test
    void hubsThatAreNotNamedHaveWhatHoldsForAll() throws ConfigException {
        Hubs hubs = load("{'*': {slowConsumerPolicy: drop-newest}, prices: {compression: {enabled: true}}}");

        assertEquals(DROP_NEWEST, hubs.of("chat").slowConsumerPolicy());
        assertFalse(hubs.of("chat").compression().enabled());
        assertTrue(hubs.of("prices").compression().enabled());
    }

    @Test
    void hubsAreFoundInTheirOneSpelling() throws ConfigException {
        assertTrue(load("{PriceS: {compression: {enabled: true}}}")
                .of("prices")
                .compression()
                .enabled());
    }

    @Test
    void theFirstPatternThatMatchesAGroupHolds() throws ConfigException {
        HubSettings hub = load("""
                chat:
                  slowConsumerPolicy: drop-newest
                  groups:
                    - {pattern: "prices.all", slowConsumerPolicy: disconnect}
                    - {pattern: "prices.*", slowConsumerPolicy: keep-latest}
                    - {pattern: "**", slowConsumerPolicy: drop-oldest}
                """).of("chat");

        assertEquals(DISCONNECT, hub.slowConsumerPolicy("prices.all"));
        assertEquals(KEEP_LATEST, hub.slowConsumerPolicy("prices.x"));
        assertEquals(DROP_OLDEST, hub.slowConsumerPolicy("Prices.x"));
        assertEquals(DROP_NEWEST, hub.slowConsumerPolicy());
    }

    @Test
    void groupsThatNoPatternMatchesHaveWhatTheirHubHas() throws ConfigException {
        HubSettings hub = load("chat: {groups: [{pattern: a, slowConsumerPolicy: keep-latest}]}")
                .of("chat");

        assertEquals(DISCONNECT, hub.slowConsumerPolicy("b"));
    }

    private static Hubs load(String hubs) throws ConfigException {
        return new Hubs(ConfigLoader.load(null, Map.of("FANFARE_HUBS", hubs)));
    }
}
