package dev.fanfare.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What callers of the API may request, and what hostile ones get. */
class OutboundRequestTest {

    private static final String URL = "\"url\": \"wss://feeds.example.com/v1\"";

    @Test
    void everyValueMayBeWrittenAsJsonHasIt() throws ConfigException {
        OutboundConnection connection = OutboundRequest.parse(
                "{" + URL + ", \"connectionId\": \"feed\", \"idleTimeoutMillis\": 10, \"durable\": true,"
                        + " \"queue\": {\"policy\": \"drop-newest\"}, \"groups\": [\"a\"], \"headers\": {\"X\": \"y\"}}",
                "chat",
                Config.DEFAULT);
        assertEquals(10, connection.idleTimeoutMillis());
        assertEquals(
                OutboundConnection.Queue.Policy.DROP_NEWEST, connection.queue().policy());
    }

    @Test
    void nullIsAsIfTheKeyWereAbsentAndEmptyIsTheDefault() throws ConfigException {
        String values = "\"url\": \"wss://example.com\", \"tls\": null, \"connectionId\": \"\","
                + " \"idleTimeoutMillis\": null, \"durable\": null, \"queue\": {\"maxBytes\": null}, \"groups\": null";
        assertEquals(
                OutboundRequest.parse("{\"url\": \"wss://example.com\"}", "chat", Config.DEFAULT),
                OutboundRequest.parse("{" + values + "}", "chat", Config.DEFAULT));
    }

    @Test
    void aRefusalNamesWhatWasSent() {
        assertEquals(
                "body: reconnect.initialDelayMillis is 60000; it must be at most maxDelayMillis, which is 30000",
                refusal("\"reconnect\": {\"initialDelayMillis\": 60000}"));
        assertEquals(
                "body: reconnect.maxDelayMillis is 10; it must be at least initialDelayMillis, which is 500",
                refusal("\"reconnect\": {\"maxDelayMillis\": 10}"));
        assertEquals(
                "body: onOpen[0] must have a text or base64 that is not empty, and not both",
                refusal("\"onOpen\": [{\"base64\": \"\"}]"));
    }

    @Test
    void aNumberIsAnIntegerHoweverItIsWritten() throws ConfigException {
        for (String number : List.of("500", "500.0", "5e2", "5.00E+2", "50000e-2")) {
            String body = "{\"url\": \"wss://example.com\", \"idleTimeoutMillis\": " + number + "}";
            assertEquals(
                    500, OutboundRequest.parse(body, "chat", Config.DEFAULT).idleTimeoutMillis());
        }
        for (String number : List.of("1e999999999", "1e-999999999", "9".repeat(100_000), "1e99999999999")) {
            String body = "{\"url\": \"wss://example.com\", \"idleTimeoutMillis\": " + number + "}";
            assertThrows(ConfigException.class, () -> OutboundRequest.parse(body, "chat", Config.DEFAULT));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        "connectionId": 5           | connectionId is 5; it must be a text
        "groups": [true]            | groups[0] is true; it must be a text
        "headers": {"X": 1}         | headers.X is (hidden); it must be a text
        "idleTimeoutMillis": "10"   | idleTimeoutMillis is "10"; it must be a whole number from 0 to 86400000
        "idleTimeoutMillis": true   | idleTimeoutMillis is true; it must be a whole number from 0 to 86400000
        "idleTimeoutMillis": 1.5    | idleTimeoutMillis is 1.5; it must be a whole number from 0 to 86400000
        "durable": "true"           | durable is "true"; it must be true or false
        "durable": 1                | durable is 1; it must be true or false
        "queue": {"policy": 1}      | queue.policy is 1; it must be one of drop-oldest, drop-newest, close
        "queue": {"policy": "Close"} | queue.policy is "Close"; it must be one of drop-oldest, drop-newest, close
        "proxy": {"type": "HTTP"}   | proxy.type is "HTTP"; it must be one of http, socks5
        "query": {"\\ud800": "x"}   | query has an unpaired surrogate, which has no UTF-8 form
        "onOpen": [{"text": "\\ud800"}] | onOpen[0].text has an unpaired surrogate, which has no UTF-8 form
        """)
    void aValueOfAnotherTypeIsRefused(String entry, String problem) {
        assertEquals(
                "body: " + problem,
                problems("{" + URL + ", " + entry.strip() + "}").get(0).toString());
    }

    @Test
    void anEndlessUrlIsRefused() {
        ConfigProblem configProblem = problems("{\"url\": \"wss://feeds.example.com/" + "a".repeat(100_000) + "\"}")
                .get(0);
        assertEquals("url", configProblem.key());
        assertEquals("has 100024 characters; at most 8000 are allowed", configProblem.text());
    }

    @Test
    void ofManyProblemsTheFirstAreTold() {
        String keys = IntStream.range(0, 500).mapToObj(i -> "\"k" + i + "\": 1").collect(Collectors.joining(", "));
        List<ConfigProblem> problems = problems("{" + URL + ", " + keys + "}");
        assertEquals(21, problems.size());
        assertEquals("body: and 480 more problems", problems.get(20).toString());
    }

    @Test
    void moreValuesThanAConnectionCanHaveAreNotLookedAt() {
        int most = 1000 + 2 * Config.DEFAULT.limits().groupsPerConnection();
        String items = "{},".repeat(most) + "{}";
        assertEquals(
                List.of("body: has more than " + most + " values"),
                problems("{" + URL + ", \"onOpen\": [" + items + "]}").stream()
                        .map(ConfigProblem::toString)
                        .toList());
    }

    private static List<ConfigProblem> problems(String json) {
        return assertThrows(ConfigException.class, () -> OutboundRequest.parse(json, "chat", Config.DEFAULT))
                .problems();
    }

    private static String refusal(String entry) {
        return problems("{" + URL + ", " + entry + "}").stream()
                .map(ConfigProblem::toString)
                .collect(Collectors.joining("\n"));
    }
}
