package dev.fanfare.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConsumerRulesTest {

    private static final String DIGEST = "A".repeat(86);
    private static final String HASH = "$pbkdf2$it=210000$3Anw/P27byA95anEoFTPkg$" + DIGEST;

    private static Config load(String hub, String... more) throws ConfigException {
        Map<String, String> environment = new HashMap<>(Map.of("FANFARE_HUBS", "{prices: " + hub + "}"));
        for (String setting : more) {
            environment.put("FANFARE_" + setting.split("=")[0], setting.split("=")[1]);
        }
        return ConfigLoader.load(null, environment);
    }

    private static List<ConfigProblem> problems(String hub, String... more) {
        return assertThrows(ConfigException.class, () -> load(hub, more)).problems();
    }

    private static String client(String hash) {
        return "{consumers: {enabled: true, clients: [{id: acme, secretHash: '" + hash + "'}]}}";
    }

    @Test
    void aHashAndAHandlerAreEnough() throws ConfigException {
        assertEquals("acme", prices(client(HASH)).clients().get(0).id());
        String handler = "[{urlTemplate: 'http://h', systemEvents: [Register]}]";
        assertTrue(prices("{consumers: {enabled: true}, eventHandlers: " + handler + "}")
                .enabled());
    }

    private static Config.ConsumerSettings prices(String hub) throws ConfigException {
        return Objects.requireNonNull(load(hub).hubs().get("prices")).consumers();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "$pbkdf2$it=999999999$3Anw/P27byA95anEoFTPkg$",
                "$pbkdf2$it=1000001$3Anw/P27byA95anEoFTPkg$",
                "$pbkdf2$it=1$3Anw/P27byA95anEoFTPkg$",
                "$pbkdf2$it=99999999999999999999$3Anw/P27byA95anEoFTPkg$",
                "$pbkdf2$it=-5$3Anw/P27byA95anEoFTPkg$",
                "$pbkdf2$it=210000$short$",
                "$sha1$$3Anw/P27byA95anEoFTPkg$",
                "$2y$31$3AnwP27byA95anEoFTPkg."
            })
    void hashesOfAnotherKindOrAnAbsurdCostAreRefused(String prefix) {
        List<ConfigProblem> problems = problems(client(prefix + DIGEST));
        assertEquals(1, problems.size());
        assertTrue(problems.get(0).toString().contains("clients[0].secretHash"), problems::toString);
        assertFalse(problems.toString().contains(DIGEST));
    }

    @Test
    void aHashWithoutEndIsRefusedAtOnce() {
        assertEquals(
                1, problems(client("$pbkdf2$it=210000$" + "A".repeat(100_000))).size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " acme", "acme ", "ac\u0000me", "ac\u202Eme", "ac\u200Bme", "\uFEFFacme", "a\nb", "\uD800"})
    void idsThatLookLikeOthersAreRefused(String id) {
        assertNotNull(ConsumerRules.idProblem(id));
        assertNotNull(ConsumerRules.idProblem("x".repeat(129)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"acme", "Müller & Söhne", "東京", "a:b", "a b"})
    void otherIdsAreFine(String id) {
        assertNull(ConsumerRules.idProblem(id));
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/33", "example.com", "10.0.0", "::/129", "fe80::1%eth0", "*", "", "10.0.0.0/-1"})
    void whatIsNoNetworkIsRefused(String text) {
        List<ConfigProblem> problems = problems("{publishers: {allow: ['" + text + "']}}");
        assertTrue(problems.get(0).toString().contains("publishers.allow[0]"), problems::toString);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{consumers: {enabled: true}} | consumers.clients is empty and no event handler",
                "{connectionsPerUser: 101} | connectionsPerUser is \"101\"",
                "{consumers: {forgetAfterDays: 0}} | forgetAfterDays is \"0\"",
                "{consumers: {onDuplicate: both}} | onDuplicate is \"both\""
            })
    void contradictionsAreReported(String hub, String message) {
        assertTrue(problems(hub).get(0).toString().contains(message), problems(hub)::toString);
    }

    @Test
    void clientsHaveDifferentIds() {
        String one = "{id: acme, secretHash: '" + HASH + "'}";
        assertTrue(problems("{consumers: {enabled: true, clients: [" + one + ", " + one + "]}}")
                .get(0)
                .toString()
                .contains("clients[1].id is given twice"));
        assertTrue(problems("{connectionsPerUser: 2, consumers: {enabled: true, clients: [" + one + "]}}")
                .get(0)
                .toString()
                .contains("a registered consumer has one connection"));
    }

    @Test
    void aClusterNeedsASharedStore() {
        String[] cluster = {
            "AUTH_ACCESS_KEYS=an-access-key-of-more-than-32-bytes",
            "CLUSTER_ENABLED=true",
            "CLUSTER_HOST=127.0.0.1",
            "CLUSTER_DNS=nodes.example"
        };
        assertTrue(problems("{connectionsPerUser: 2}", cluster)
                .get(0)
                .toString()
                .contains("hubs.prices.connectionsPerUser is set, but in a cluster it needs store.engine replicated"));
        assertTrue(problems(client(HASH), cluster).get(0).toString().contains("consumers.enabled"));
    }
}
