package dev.fanfare.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {

    @ParameterizedTest
    @CsvSource({
        "https://a.example, https://a.example",
        "https://a.example/, https://a.example",
        "http://localhost:8080/, http://localhost:8080",
        "ws://localhost:8080, http://localhost:8080",
        "WSS://a.example, https://a.example",
        "http://[::1]:8080, http://[::1]:8080"
    })
    void addressesAreReadInSeveralForms(String text, String endpoint) {
        assertEquals(endpoint, Endpoint.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a.example",
                "localhost:8080",
                "ftp://a.example",
                "https://",
                "https://a b",
                "https://u:p@a.example",
                "https://a.example:0",
                "https://a.example:65536",
                "https://a.example:-1",
                "https://a.example/path",
                "https://a.example?q",
                "https://a.example#f"
            })
    void whatIsNoHostIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Endpoint.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "false, 0.0.0.0, http://localhost:80",
        "true, ::, https://localhost:80",
        "false, ::1, http://[::1]:80",
        "false, 10.0.0.1, http://10.0.0.1:80"
    })
    void listenersAreReachedFromTheSameMachine(boolean secure, String host, String endpoint) {
        assertEquals(endpoint, Endpoint.local(secure, host, 80).toString());
    }

    @Test
    void theUrlOfAClientNamesTheHub() {
        assertEquals(
                "wss://a.example/client/hubs/a%5B1%5D?access_token=t",
                Endpoint.parse("https://a.example").clientUrl("a[1]", "t"));
        assertEquals(
                "ws://a:1/client/hubs/chat?access_token=t",
                Endpoint.parse("http://a:1").clientUrl("chat", "t"));
    }

    @ParameterizedTest
    @CsvSource({
        "Endpoint=https://a.example;AccessKey=k=;Version=1.0;, https://a.example, k=",
        "endpoint=http://localhost:8080/ ; ACCESSKEY = k, http://localhost:8080, k",
        "AccessKey=k;Endpoint=http://localhost:1;Port=8080, http://localhost:8080, k",
        "AccessKey=k;Endpoint=http://[::1];Port=8080, http://[::1]:8080, k",
        "AccessKey=k;Endpoint=https://a.example;;nonsense, https://a.example, k"
    })
    void connectionStringsAreRead(String text, String endpoint, String accessKey) {
        ConnectionString parsed = ConnectionString.parse(text);

        assertEquals(endpoint, parsed.endpoint().toString());
        assertEquals(accessKey, parsed.accessKey());
        assertEquals(parsed, ConnectionString.parse(parsed.reveal()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hunter2",
                "AccessKey=hunter2",
                "Endpoint=http://a",
                "Endpoint=hunter2 ;AccessKey=",
                "Endpoint=http://u:hunter2@a;AccessKey=k",
                "Endpoint=http://a;AccessKey=k;Port=hunter2",
                "Endpoint=http://a;AccessKey=k;Port=0",
                "Endpoint=http://a;AccessKey=k;Ports=hunter2",
                "Endpoint=http://a;hunter2="
            })
    void badConnectionStringsAreRefusedWithoutRepeatingThem(String text) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> ConnectionString.parse(text));
        assertFalse(refused.toString().contains("hunter2"), refused::toString);
    }

    @Test
    void aConnectionStringHidesItsKey() {
        assertEquals(
                "ConnectionString[endpoint=http://a]",
                ConnectionString.parse("Endpoint=http://a;AccessKey=hunter2").toString());
    }
}
