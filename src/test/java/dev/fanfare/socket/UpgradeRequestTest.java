package dev.fanfare.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpgradeRequestTest {

    private static MultiMap headers() {
        return MultiMap.caseInsensitiveMultiMap()
                .add("Host", "example.com")
                .add("Upgrade", "WebSocket")
                .add("Connection", "keep-alive, Upgrade")
                .add("Sec-WebSocket-Version", "13")
                .add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    }

    private static UpgradeRequest read(MultiMap headers) {
        return UpgradeRequest.of(HttpVersion.HTTP_1_1, HttpMethod.GET, headers);
    }

    private static void assertRefused(int status, UpgradeRequest request) {
        assertEquals(
                status,
                assertInstanceOf(UpgradeRequest.RefusedUpgrade.class, request).status());
    }

    @Test
    void theExampleOfTheRfcHasItsAcceptValue() {
        assertEquals(new UpgradeRequest.Valid("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", List.of(), null), read(headers()));
    }

    @Test
    void subprotocolsKeepTheirOrderOverAllHeaders() {
        MultiMap headers = headers().add("Sec-WebSocket-Protocol", "b, a").add("Sec-WebSocket-Protocol", "c");
        UpgradeRequest.Valid valid = assertInstanceOf(UpgradeRequest.Valid.class, read(headers));
        assertEquals(List.of("b", "a", "c"), valid.subprotocols());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a, a", "a b", "", " , ", "a/b", "a, b\"", "\u00e9"})
    void subprotocolsAreDistinctTokens(String value) {
        assertRefused(400, read(headers().add("Sec-WebSocket-Protocol", value)));
    }

    @Test
    void onlyGetOverHttp11Upgrades() {
        assertRefused(405, UpgradeRequest.of(HttpVersion.HTTP_1_1, HttpMethod.POST, headers()));
        assertRefused(400, UpgradeRequest.of(HttpVersion.HTTP_1_0, HttpMethod.GET, headers()));
        assertRefused(400, UpgradeRequest.of(HttpVersion.HTTP_2, HttpMethod.GET, headers()));
        assertRefused(400, UpgradeRequest.of(null, HttpMethod.GET, headers()));
    }

    @Test
    void anotherVersionIsToldOurs() {
        for (String version : List.of("8", "14", "013", "13, 8", "")) {
            UpgradeRequest request = read(headers().set("Sec-WebSocket-Version", version));
            assertRefused(426, request);
            assertEquals(
                    Map.of("Sec-WebSocket-Version", "13", "Upgrade", "websocket", "Connection", "Upgrade, close"),
                    ((UpgradeRequest.RefusedUpgrade) request).headers());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host", "Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key"})
    void everyHeaderIsRequired(String name) {
        assertRefused(400, read(headers().remove(name)));
    }

    @ParameterizedTest
    @CsvSource({"Host, other", "Sec-WebSocket-Version, 13", "Sec-WebSocket-Key, dGhlIHNhbXBsZSBub25jZQ=="})
    void someHeadersMustNotRepeat(String name, String value) {
        assertRefused(400, read(headers().add(name, value)));
    }

    @ParameterizedTest
    @CsvSource({
        "Host, ''",
        "Host, a b",
        "Host, a/b",
        "Host, me@a",
        "Host, a:b",
        "Host, a:1:2",
        "Host, [::1",
        "Host, []",
        "Host, :80",
        "Expect, 100-continue",
        "Upgrade, h2c",
        "Upgrade, websockets",
        "Connection, close",
        "Connection, upgraded",
        "Content-Length, 1",
        "Content-Length, +0",
        "Transfer-Encoding, chunked",
        "Sec-WebSocket-Key, ''",
        "Sec-WebSocket-Key, dGhlIHNhbXBsZSBub25jZQ",
        "Sec-WebSocket-Key, dGhlIHNhbXBsZSBub25j",
        "Sec-WebSocket-Key, dGhlIHNhbXBsZSBub25jZQAA",
        "Sec-WebSocket-Key, dGhlIHNhbXBsZSBub25jZ===",
        "Sec-WebSocket-Key, !!!!IHNhbXBsZSBub25jZQ=="
    })
    void aWrongValueIsABadRequest(String name, String value) {
        assertRefused(400, read(headers().set(name, value)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "a.example:", "127.0.0.1:8080", "[::1]", "[fe80::1]:80", "x%20y"})
    void aHostIsANameOrAnAddressAndPerhapsAPort(String host) {
        assertInstanceOf(UpgradeRequest.Valid.class, read(headers().set("Host", host)));
    }

    @Test
    void aHeaderHasAName() {
        assertRefused(400, read(headers().add("", "x")));
    }

    @Test
    void anEmptyBodyIsNoBody() {
        assertInstanceOf(UpgradeRequest.Valid.class, read(headers().add("Content-Length", "0")));
    }

    @Test
    void listsMayBeSplitOverHeaders() {
        MultiMap headers = headers().set("Connection", "keep-alive").add("Connection", "upgrade");
        assertInstanceOf(UpgradeRequest.Valid.class, read(headers));
    }
}
